"""Recovery points of many vaults, the newest first, while they are still being read: memory holds a few parts, however many there are."""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from math import inf
from operator import itemgetter
from threading import Event

from runbooks import parts
from runbooks.aws.recovery_points import Page, Point
from runbooks.clock import Clock, jittered
from runbooks.errors import AwsError, Busy, Expired, Skewed, Unreachable
from runbooks.parts import Part

Row = tuple[float, Point]
Ask = Callable[[Part, str], Page]
"""Asks AWS for one page of a part, after a token."""

AT_ONCE = 8
"""Requests to one region at a time."""

AHEAD = 16
"""Parts that are asked for, or wait to be shown, besides two of each vault."""

TRIES = 6
"""Of a page that AWS refuses because it is busy; with every second one refused, one page in sixty stays open, and is told."""

SECOND_TRY = 2
"""A region that has answered may miss one page; one that has not is not waited for again."""

MADE = itemgetter(0)


@dataclass(slots=True)
class Answer:
    """What a part's pages held; one that takes too many has only the moments of the first, as they came."""

    rows: list[Row] = field(default_factory=list)
    too_many: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Slot:
    """A part on its way: not asked for, asked for, or with its rows in ascending order of when they were made."""

    part: Part
    asked: Future[Answer] | None = None
    rows: list[Row] | None = None

    @property
    def waits(self) -> bool:
        return self.asked is None and self.rows is None


class Listing:
    """The points of *vaults*. ``troubles`` say what could not be read, by region or vault: with any, the listing is incomplete."""

    def __init__(self, vaults: Sequence[Part], ask: Ask, clock: Clock) -> None:
        self._ask, self._clock = ask, clock
        self._stopped = Event()
        now = clock.now().timestamp()
        self._shelves = {part: deque(Slot(each) for each in parts.first(part, now)) for part in vaults}
        self._most = 2 * len(self._shelves) + AHEAD
        self._answered: set[str] = set()
        self._asked: dict[Future[Answer], tuple[Part, Slot]] = {}
        self.troubles: dict[str, str] = {}

    def batches(self) -> Generator[list[Point], None, None]:
        """Yield the points in batches, each and all of them the newest first, each as soon as nothing newer can come."""
        regions = {part.region for part in self._shelves}
        pools = {region: ThreadPoolExecutor(AT_ONCE, thread_name_prefix=region) for region in regions}
        try:
            while True:
                self._submit(pools)
                ripe = self._ripe()
                if ripe:
                    yield ripe
                elif self._asked:
                    self._settle(wait(self._asked, return_when=FIRST_COMPLETED).done)
                elif not any(self._shelves.values()):
                    return
        finally:
            self._stopped.set()
            for pool in pools.values():
                pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, pools: Mapping[str, ThreadPoolExecutor]) -> None:
        """Ask for the newest parts that are not asked for, of whichever vault: so all are read at one pace, and none runs far ahead."""
        slots = [(slot.part.before, key, slot) for key, shelf in self._shelves.items() for slot in shelf]
        free = sorted((each for each in slots if each[2].waits), key=MADE, reverse=True)
        for _, key, slot in free[: max(0, self._most - len(slots) + len(free))]:
            slot.asked = pools[slot.part.region].submit(self._read, slot.part)
            self._asked[slot.asked] = key, slot

    def _ripe(self) -> list[Point]:
        """Take the rows that nothing unread can be newer than."""
        unread = (next((slot.part.before for slot in shelf if slot.rows is None), -inf) for shelf in self._shelves.values())
        horizon = max(unread, default=-inf)
        taken: list[Row] = []
        for shelf in self._shelves.values():
            for slot in shelf:
                if slot.rows is None:
                    break
                place = bisect_left(slot.rows, horizon, key=MADE)
                taken += reversed(slot.rows[place:])
                del slot.rows[place:]
            while shelf and shelf[0].rows is not None and not shelf[0].rows:
                shelf.popleft()
        taken.sort(key=MADE, reverse=True)
        return [point for _, point in taken]

    def _settle(self, done: set[Future[Answer]]) -> None:
        for future in done:
            key, slot = self._asked.pop(future)
            slot.asked = None
            try:
                answer = future.result()
            except (Expired, Skewed):
                raise
            except AwsError as error:
                self._give_up(key, slot, error)
                continue
            if answer.too_many:
                self._cut(self._shelves[key], slot, answer.too_many)
            else:
                slot.rows = answer.rows

    @staticmethod
    def _cut(shelf: deque[Slot], slot: Slot, made: Sequence[float]) -> None:
        place = shelf.index(slot)
        del shelf[place]
        for piece in reversed(parts.cut(slot.part, made)):
            shelf.insert(place, Slot(piece))

    def _give_up(self, key: Part, slot: Slot, error: AwsError) -> None:
        """Leave out what could not be read: a page too often refused is a part, a region without an answer all that is left of it."""
        slot.rows = []
        lost = isinstance(error, Unreachable)
        self.troubles.setdefault(key.region if lost else f"{key.region}/{key.vault}", error.message)
        if isinstance(error, Busy):
            return
        for other, shelf in self._shelves.items():
            if other is key or (lost and other.region == key.region):
                self._drop(shelf)

    def _drop(self, shelf: deque[Slot]) -> None:
        for slot in shelf:
            if slot.rows is None and (slot.asked is None or slot.asked.cancel()):
                self._asked.pop(slot.asked, None) if slot.asked else None
                slot.asked, slot.rows = None, []

    def _read(self, part: Part) -> Answer:
        """Read a part on a thread of its own, page after page."""
        answer, more, pages = Answer(), "", 0
        while not self._stopped.is_set():
            page = self._patiently(part, more)
            answer.rows += page.points
            more, pages = page.more, pages + 1
            if not more:
                break
            if pages >= parts.PAGES and answer.rows and not part.whole:
                return Answer(too_many=[made for made, _ in answer.rows])
        answer.rows.sort(key=MADE)
        return answer

    def _patiently(self, part: Part, more: str) -> Page:
        for attempt in range(1, TRIES):
            try:
                page = self._ask(part, more)
            except Unreachable:
                if part.region not in self._answered or attempt >= SECOND_TRY:
                    raise
            except Busy:
                pass
            else:
                self._answered.add(part.region)
                return page
            self._clock.sleep(jittered(min(0.1 * 2**attempt, 2.0)))
        return self._ask(part, more)
