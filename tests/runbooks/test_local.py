"""A directory as a store: whole files or none, conditional writes that hold between processes."""

from pathlib import Path

import pytest

from runbooks.errors import Conflict, LocalJournalFailed
from runbooks.local import Directory


def test_a_new_file_is_written_once(tmp_path: Path) -> None:
    """The same body again is harmless; another is refused and changes nothing."""
    store = Directory(tmp_path)
    store.write_new("runs/a/0001.json", b"one")
    store.write_new("runs/a/0001.json", b"one")
    with pytest.raises(Conflict):
        store.write_new("runs/a/0001.json", b"two")
    stored = store.read("runs/a/0001.json")
    assert stored is not None
    assert stored.body == b"one"


def test_swap_needs_the_version_it_read(tmp_path: Path) -> None:
    """Compare and set: a stale version loses."""
    store = Directory(tmp_path)
    first = store.swap("lease.json", b"1", None)
    store.swap("lease.json", b"2", first)
    with pytest.raises(Conflict):
        store.swap("lease.json", b"3", first)


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    """What cannot be written is an error with a way out, and leaves no half a record."""
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    store = Directory(blocked)
    with pytest.raises(LocalJournalFailed, match="cannot use") as failed:
        store.write_new("runs/a/0001.json", b"one")
    assert "XDG_STATE_HOME" in failed.value.hint
    assert (store.read("runs/a/0001.json"), store.keys("runs/a/"), store.folders("runs/")) == (None, [], [])


def test_what_is_there_and_cannot_be_read_is_not_taken_for_absent(tmp_path: Path) -> None:
    """Nobody acts as if there were no lease because this machine could not read it."""
    (tmp_path / "lease.json").symlink_to("lease.json")
    with pytest.raises(LocalJournalFailed, match="cannot use"):
        Directory(tmp_path).read("lease.json")


def test_keys_and_folders(tmp_path: Path) -> None:
    """Listing shows records only, never a half-written temporary file."""
    store = Directory(tmp_path)
    store.write_new("runs/a/0001.json", b"1")
    store.write_new("runs/b/0001.json", b"1")
    (tmp_path / "runs" / "a" / ".half").write_text("x")
    assert store.keys("runs/a/") == ["runs/a/0001.json"]
    assert store.folders("runs/") == ["a", "b"]
