"""What backups there are: which vaults are asked, for what, and what is shown of it."""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor, inf

from names import Names
from runbooks import collector
from runbooks.aws import recovery_points
from runbooks.aws.recovery_points import TYPES, Page, Point, Question
from runbooks.clock import Clock
from runbooks.errors import Refused
from runbooks.listing import Listing
from runbooks.parts import Part
from runbooks.reach import Reach

STATES = ("AVAILABLE", "COMPLETED", "CREATING", "DELETING", "EXPIRED", "PARTIAL", "STOPPED")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an operator asks for; what is empty is asked for whatever it is. ``limit`` 0 is all, of the newest first."""

    target: str = ""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None
    region: str = ""
    vaults: tuple[str, ...] = ()
    limit: int = 0


def wanted(names: Names, now: datetime, given: dict[str, str], vaults: Sequence[str], limit: int) -> Wanted:
    """Return what *given* (each option's text, by its name) asks for; raise :class:`Refused` for what means nothing."""
    target, state, region = given["target"], given["state"].upper(), given["region"]
    if target == "application":
        kept = " and ".join(names.artifacts_bucket(each) for each in names.settings.regions)
        raise Refused("what is kept of the application are no recovery points of AWS Backup", f"it lies in {kept}")
    _one_of("--target", target, tuple(TYPES))
    _one_of("--state", state, STATES)
    _one_of("--region", region, names.settings.regions)
    if limit < 0:
        raise Refused(f"--limit {limit} is no number of backups", "give 1 or more, or leave it out for all")
    since, until = (moment(option, given[option], now) for option in ("since", "until"))
    if since and until and since >= until:
        raise Refused(f"--since {given['since']} is not before --until {given['until']}", "exchange them")
    return Wanted(target, state, since, until, region, tuple(dict.fromkeys(vaults)), limit)


def moment(option: str, text: str, now: datetime) -> datetime | None:
    """Return the moment that *text* names, as such (ISO 8601, UTC without a zone) or by how long ago it was; None for no text."""
    if not text:
        return None
    if ago := re.fullmatch(r"(\d{1,5})([mhdw])", text):
        return now - int(ago[1]) * UNITS[ago[2]]
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        hint = "write it as 2026-11-22 or 2026-11-22T10:04:59Z, or by its age: 90m, 12h, 7d, 4w"
        raise Refused(f"--{option} {text} is not a moment", hint) from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def vaults(names: Names, wish: Wanted) -> list[Part]:
    """Return the vaults to read, with the span of time that is wanted of each.

    One of ours is asked for in its own region. Another's name is asked for in each region, where the wish names none.
    """
    regions = (wish.region,) if wish.region else names.settings.regions
    span = (floor(wish.since.timestamp()) if wish.since else -inf, ceil(wish.until.timestamp()) if wish.until else inf)
    here = {region: ours(names, region) for region in names.settings.regions}
    known = {vault for each in here.values() for vault in each}
    chosen = [(region, vault) for region in regions for vault in wish.vaults or here[region] if vault in here[region] or vault not in known]
    if not chosen:
        raise Refused(f"{', '.join(wish.vaults)} is not in {wish.region}", "leave out --region, or name the vault that is there")
    return [Part(region, vault, *span) for region, vault in chosen]


class Backups:
    """The backups that are wanted, and what could not be read. ``known`` is asked, while the first page is read, which were found broken,
    each with what was found: what is shown of those says so.
    """

    def __init__(self, reach: Reach, wish: Wanted, clock: Clock, known: Callable[[], Mapping[str, str]] = dict) -> None:
        self._wish, self._reach, self._now, self._known = wish, reach, clock.now().timestamp(), known
        self._listing = Listing(vaults(reach.names, wish), self._ask, clock)
        self.count = 0

    @property
    def troubles(self) -> dict[str, str]:
        return dict(sorted(self._listing.troubles.items()))

    def batches(self) -> Generator[list[Point], None, None]:
        """Yield them, the newest first, as soon as nothing newer can come."""
        reading, asking = self._listing.batches(), ThreadPoolExecutor(1)
        with collector.resting():
            try:
                broken = asking.submit(self._known)
                for batch in reading:
                    _mark(batch, broken.result())
                    shown = [point for point in batch if self._shows(point)] if self._chooses else batch
                    if self._wish.limit:
                        shown = shown[: self._wish.limit - self.count]
                    self.count += len(shown)
                    if shown:
                        yield shown
                    if self._wish.limit and self.count >= self._wish.limit:
                        return
            finally:
                asking.shutdown(wait=False, cancel_futures=True)
                reading.close()

    def _ask(self, part: Part, more: str) -> Page:
        question = Question(part.vault, TYPES.get(self._wish.target, ""), self._now)
        return recovery_points.page(self._reach.list_door(part.region), question, (part.after, part.before), more)

    @property
    def _chooses(self) -> bool:
        """Whether anything is wanted that AWS cannot be asked for, or only by whole seconds."""
        return bool(self._wish.state or self._wish.since or self._wish.until)

    def _shows(self, point: Point) -> bool:
        wish = self._wish
        return (
            (not wish.state or point.state == wish.state)
            and (wish.since is None or point.created >= wish.since)
            and (wish.until is None or point.created < wish.until)
        )


def _mark(batch: Sequence[Point], broken: Mapping[str, str]) -> None:
    for point in batch if broken else ():
        if said := broken.get(point.arn):
            point.trouble = f"found broken: {said}"


def ours(names: Names, region: str) -> tuple[str, ...]:
    """Return the names of our vaults in *region*."""
    air_gapped = (names.air_gapped_vault(region),) if names.settings.vaults.air_gapped else ()
    return names.vault(region), *air_gapped


def _one_of(option: str, text: str, known: Sequence[str]) -> None:
    if text and text not in known:
        raise Refused(f"{option} {text} is unknown", f"choose {', '.join(known[:-1])} or {known[-1]}")
