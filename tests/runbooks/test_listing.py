"""Many vaults, read side by side and shown newest first, with a fake where AWS would be asked."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Barrier, Event

import pytest

from runbooks import listing, parts
from runbooks.aws.recovery_points import Page, Point
from runbooks.clock import RealClock
from runbooks.errors import AwsError, Busy, Denied, Expired, Unreachable
from runbooks.listing import Listing
from runbooks.parts import Part

EAST, WEST = "us-east-1", "us-west-2"
NOW = datetime.now(UTC).timestamp()


class Swift(RealClock):
    """A clock on which nobody waits."""

    def sleep(self, seconds: float) -> None:
        del seconds


def point(region: str, vault: str, made: float) -> Point:
    at = datetime.fromtimestamp(made, UTC)
    return Point(f"arn:{region}:{vault}:{made}", "database", "snapshot", "COMPLETED", at, None, 1, "warm", region, vault, "db", "")


class Aws:
    """Vaults with the moments of their points, answered in pages of ten and in the order they are given."""

    def __init__(self, vaults: dict[Part, list[float]]) -> None:
        self.vaults = vaults
        self.trouble: Callable[[Part, str], AwsError | None] = lambda _part, _more: None
        self.asked: list[Part] = []

    def __call__(self, part: Part, more: str) -> Page:
        self.asked.append(part)
        if error := self.trouble(part, more):
            raise error
        made = self.vaults[Part(part.region, part.vault)]
        inside = [moment for moment in made if part.after <= moment < part.before]
        begin = int(more or 0)
        shown = [(moment, point(part.region, part.vault, moment)) for moment in inside[begin : begin + 10]]
        return Page(shown, str(begin + 10) if begin + 10 < len(inside) else "")

    def listing(self) -> Listing:
        return Listing(list(self.vaults), self, Swift())


def moments(count: int, order: str) -> list[float]:
    made = [NOW - 3600 * number - 0.25 for number in range(count)]
    if order == "none":
        made = [made[number * 7919 % count] for number in range(count)]
    return made[::-1] if order == "oldest first" else made


def read(one: Listing) -> list[Point]:
    return [each for batch in one.batches() for each in batch]


@pytest.mark.parametrize("order", ["none", "newest first", "oldest first"])
def test_every_point_comes_once_and_the_newest_first(order: str) -> None:
    """Whatever order AWS has, and however much one vault holds of all."""
    aws = Aws({Part(EAST, "big"): moments(2000, order), Part(EAST, "small"): moments(30, order), Part(WEST, "big"): moments(400, order)})
    one = aws.listing()
    seen = read(one)
    assert one.troubles == {}
    assert len({each.arn for each in seen}) == len(seen) == 2430
    assert [each.created for each in seen] == sorted((each.created for each in seen), reverse=True)


def test_a_burst_within_one_second_is_read_to_its_end() -> None:
    """No span of time is short enough to cut it, and none of it is lost."""
    aws = Aws({Part(EAST, "v"): [NOW - 200_000 + number / 10_000 for number in range(500)]})
    assert len(read(aws.listing())) == 500


def test_the_first_rows_do_not_wait_for_the_rest() -> None:
    """What is of today is shown while what is older has not been answered."""
    answer, aws = Event(), Aws({Part(EAST, "v"): moments(100, "none")})

    def slow(part: Part, _more: str) -> AwsError | None:
        if part.before < NOW:
            answer.wait(20)
        return None

    aws.trouble = slow
    batches = aws.listing().batches()
    first = next(batches)
    assert 0 < len(first) <= parts.RECENT / 3600
    answer.set()
    assert len(first) + sum(len(batch) for batch in batches) == 100


def test_a_vault_is_read_by_many_at_once() -> None:
    """Half of all that there is does not come page after page."""
    together, aws = Barrier(4), Aws({Part(EAST, "v"): moments(2000, "none")})

    def meet(part: Part, _more: str) -> AwsError | None:
        if part.after > 0 and part.before < NOW - 400_000 and not together.broken and not met:
            together.wait(20)
            met.append(True)
        return None

    met: list[bool] = []
    aws.trouble = meet
    assert len(read(aws.listing())) == 2000
    assert met


def test_memory_holds_a_few_parts_however_many_there_are() -> None:
    """Nobody runs ahead of what is shown: the parts that are asked for are counted."""
    aws = Aws({Part(EAST, f"v{number}"): moments(5000, "none") for number in range(2)})
    batches = aws.listing().batches()
    next(batches)
    assert len({(part.vault, part.after) for part in aws.asked}) <= 2 * 2 + listing.AHEAD
    batches.close()


def test_a_region_that_is_dark_hides_nothing_of_the_other() -> None:
    """It is asked once for each part that is on its way, told once, and the rest of it is left."""
    aws = Aws({Part(EAST, "v"): moments(300, "none"), Part(WEST, "v"): moments(300, "none")})
    aws.trouble = lambda part, _more: Unreachable(f"no answer of {part.region}") if part.region == WEST else None
    one = aws.listing()
    seen = read(one)
    assert ({each.region for each in seen}, len(seen)) == ({EAST}, 300)
    assert one.troubles == {WEST: "no answer of us-west-2"}
    assert 1 <= sum(part.region == WEST for part in aws.asked) <= 2


def test_a_region_that_has_answered_is_asked_again_once() -> None:
    """One lost packet is no lost region."""
    aws = Aws({Part(EAST, "v"): moments(300, "none")})
    lost = iter([None, None, None, Unreachable("lost")])
    aws.trouble = lambda _part, _more: next(lost, None)
    one = aws.listing()
    assert (len(read(one)), one.troubles) == (300, {})


def test_a_page_that_stays_refused_makes_the_list_incomplete() -> None:
    """The other parts of the same vault are shown."""
    aws = Aws({Part(EAST, "v"): moments(300, "none")})
    aws.trouble = lambda part, _more: Busy("throttled") if part.before > NOW else None
    one = aws.listing()
    assert 0 < len(read(one)) < 300
    assert one.troubles == {"us-east-1/v": "throttled"}


def test_a_storm_of_throttling_loses_nothing() -> None:
    """Each third page is refused, and asked for again."""
    aws = Aws({Part(EAST, "v"): moments(300, "none")})
    aws.trouble = lambda _part, _more: Busy("throttled") if len(aws.asked) % 3 == 0 else None
    one = aws.listing()
    assert (len(read(one)), one.troubles) == (300, {})


def test_a_vault_that_may_not_be_read_is_told_and_left() -> None:
    """Its neighbours are shown."""
    aws = Aws({Part(EAST, "closed"): moments(300, "none"), Part(EAST, "open"): moments(30, "none")})
    aws.trouble = lambda part, _more: Denied("not you") if part.vault == "closed" else None
    one = aws.listing()
    assert {each.vault for each in read(one)} == {"open"}
    assert one.troubles == {"us-east-1/closed": "not you"}


def test_without_credentials_nothing_is_listed() -> None:
    """An empty list would be believed."""
    aws = Aws({Part(EAST, "v"): moments(30, "none")})
    aws.trouble = lambda _part, _more: Expired("sign in")
    with pytest.raises(Expired):
        read(aws.listing())
