"""Lists of objects compared and merged as streams."""

import tracemalloc
from collections.abc import Iterator

import pytest

from runbooks.errors import BackupBroken
from runbooks.files.entries import Entry, changes, copied, in_order, resolved


def listed(**versions: str) -> list[Entry]:
    return [Entry(key, version, 1, "e") for key, version in sorted(versions.items())]


def test_what_changed_is_what_is_new_in_another_version_or_gone() -> None:
    """And nothing else; what is gone is said as deleted."""
    found = changes(listed(a="1", b="2", d="1"), listed(a="1", b="1", c="1"))
    assert [(each.key, each.state) for each in found] == [("b", "kept"), ("c", "deleted"), ("d", "kept")]


def test_the_last_layer_that_knows_a_key_decides() -> None:
    """A deletion hides what is below it, and a later copy shows again."""
    gone = [Entry("a", "", 0, "", "deleted"), Entry("b", "", 0, "", "deleted")]
    assert [(number, each.key, each.version) for number, each in resolved([listed(a="1", b="1", c="1"), gone, listed(b="2")])] == [
        (2, "b", "2"),
        (0, "c", "1"),
    ]


def test_a_copy_that_is_missing_or_of_another_size_is_told() -> None:
    """What is deleted needs none."""
    missing: list[str] = []
    wanted = [*listed(a="1", b="1"), Entry("c", "", 0, "", "deleted"), Entry("d", "1", 1, "e")]
    found = list(copied(wanted, [Entry("a", "copy", 1, "x"), Entry("d", "copy", 2, "x")], missing))
    assert ([(each.key, each.copy) for each in found], missing) == ([("a", "copy"), ("c", "")], ["b", "d"])


def test_a_list_that_is_not_sorted_is_refused() -> None:
    """A merge would pass over what comes late without a word."""
    with pytest.raises(BackupBroken, match="not sorted: 'a' comes after 'b'"):
        list(in_order([Entry("b", "1", 1, "e"), Entry("a", "1", 1, "e")]))


def test_memory_stays_flat_however_many_objects_there_are() -> None:
    """A hundred times as many take no more than 100 KB, compared and resolved."""

    def many(count: int, version: str) -> Iterator[Entry]:
        return (Entry(f"{number:09}", version if number % 3 else "1", 1, "e") for number in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        assert sum(1 for _ in changes(many(count, "2"), (each for _, each in resolved([many(count, "1")])))) > count / 2
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(50_000) < peak(500) + 100_000
