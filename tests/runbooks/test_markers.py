"""Marks in the journal, found by what they say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runbooks import markers
from runbooks.errors import Conflict, Refused
from runbooks.local import Directory
from runbooks.markers import Marker

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def marked(store: Directory, *texts: str) -> list[Marker]:
    return [markers.mark(store, Marker(NOON + timedelta(minutes=number), text, "ana@there")) for number, text in enumerate(texts)]


def test_the_newest_that_says_it_is_found(tmp_path: Path) -> None:
    """Whatever the case of its letters; all are told newest first."""
    store = Directory(tmp_path)
    first, second, third = marked(store, "Deploy 1", "deploy 2", "prices")
    assert markers.newest(store, "DEPLOY") == second
    assert markers.newest(store, "deploy 1") == first
    assert markers.marked(store) == (third, second, first)


def test_a_text_that_nobody_marked_is_refused(tmp_path: Path) -> None:
    """With the two ways out."""
    with pytest.raises(Refused, match="no marker says 'deploy'") as refused:
        markers.newest(Directory(tmp_path), "deploy")
    assert refused.value.hint == "see invoke marks, or give the moment itself with --at"


@pytest.mark.parametrize("text", ["", "  ", "x" * 201])
def test_a_mark_says_something_short(tmp_path: Path, text: str) -> None:
    """A blank one could not be found again."""
    with pytest.raises(Refused):
        marked(Directory(tmp_path), text)


def test_a_mark_is_written_once(tmp_path: Path) -> None:
    """Another at the same moment does not take its place."""
    store = Directory(tmp_path)
    marked(store, "deploy")
    with pytest.raises(Conflict):
        marked(store, "something else")
