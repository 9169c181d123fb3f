"""How a vault is cut into spans of time: nothing between them, nothing twice, whatever order AWS answers in."""

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as some

from runbooks.parts import Part, cut, first

NOW = 1_790_000_000.5
WHOLE = Part("us-east-1", "v")


@given(
    made=some.lists(some.floats(0, 1000), min_size=1), bounds=some.sampled_from([(-inf, inf), (-inf, 900.0), (100.0, inf), (10.0, 1000.0)])
)
def test_pieces_are_all_of_a_part_and_nothing_twice(made: list[float], bounds: tuple[float, float]) -> None:
    """Each begins where the older one ends, in whole seconds, and one that cannot be cut is followed to its end."""
    pieces = cut(Part("us-east-1", "v", *bounds), made)
    assert (pieces[-1].after, pieces[0].before) == bounds
    assert all(newer.after == older.before for newer, older in pairwise(pieces))
    assert all(piece.after < piece.before for piece in pieces)
    assert pieces[0].whole == (len(pieces) == 1)
    assert all(piece.after == int(piece.after) for piece in pieces[:-1])


def test_a_sample_in_no_order_is_cut_into_equal_shares() -> None:
    """Where most were made, the pieces are short."""
    made = [float(second) for second in (*range(1000, 2000, 10), *range(0, 1000, 100))]
    made = made[::2] + made[1::2]
    shares = [sum(piece.after <= second < piece.before for second in made) for piece in cut(WHOLE, made)]
    assert max(shares) <= 8


@pytest.mark.parametrize("made", [[5000.0, 4500.0, 4000.0], [4000.0, 4500.0, 5000.0]])
def test_a_sample_in_order_goes_on_in_its_direction(made: list[float]) -> None:
    """It says nothing of what is beyond it but how dense that may be."""
    bounds = [piece.after for piece in cut(WHOLE, made)[:-1]]
    assert (min(bounds) < 4000, max(bounds) > 5000) == (made[0] > made[-1], made[0] < made[-1])
    assert {newer - older for newer, older in pairwise(bounds)} == {500.0}


def test_what_was_made_in_one_second_is_followed_to_its_end() -> None:
    """A schedule that backs up ten thousand things makes them all at once."""
    part = Part("us-east-1", "v", 100.0, 101.0)
    assert cut(part, [100.1, 100.9, 100.2]) == [Part("us-east-1", "v", 100.0, 101.0, whole=True)]


def test_today_is_asked_for_alone() -> None:
    """Unless nothing of today is wanted."""
    assert [(part.after, part.before) for part in first(WHOLE, NOW)] == [(1_789_913_600.0, inf), (-inf, 1_789_913_600.0)]
    assert first(Part("us-east-1", "v", before=5.0), NOW) == [Part("us-east-1", "v", before=5.0)]
