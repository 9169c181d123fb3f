"""A run's records: written once, hash-chained, in the recovery region; the only source of times in reports.

Record *n* is the object ``runs/<run>/<n>.json``, created only if absent. A process that lost the lease therefore collides
with its successor's records instead of writing beside them.

The operator's machine keeps a mirror, and in it, written first, the record that is on its way: whether the bucket took the last
one is not always known, and who goes on without the bucket must not write another in its place.
"""

import getpass
import hashlib
import json
import socket
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from threading import RLock
from typing import Literal, Protocol

from runbooks.aws.s3 import Stored
from runbooks.clock import Clock
from runbooks.errors import AwsError, Conflict, Expired, JournalBroken, JournalLost, LeaseLost, LocalJournalFailed, Paused, RunbookError

Kind = Literal["opened", "resumed", "step-started", "step-finished", "step-failed", "step-skipped", "paused", "closed"]
Fact = str | float | int | bool | None | list["Fact"] | dict[str, "Fact"]
Facts = Mapping[str, Fact]
GENESIS = "0" * 64
GIVEN_UP = "abandoned.json"
READERS = 8
OUT_OF_REACH = "if the journal bucket stays out of reach, add --local-journal and the stack's name"


class Store(Protocol):
    """Where records and the lease live: S3 in the recovery region, or a directory when that cannot be reached."""

    @property
    def where(self) -> str: ...

    def read(self, key: str) -> Stored | None: ...

    def write_new(self, key: str, body: bytes) -> None: ...

    def swap(self, key: str, body: bytes, version: str | None) -> str: ...

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under *prefix*, sorted, each as often as it was written; those that were deleted too, where that is known."""

    def folders(self, prefix: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened in a run. ``previous`` is the digest of the record before; ``token`` the writer's fencing token."""

    run: str
    seq: int
    kind: Kind
    at: datetime
    token: int
    operator: str
    previous: str
    step: str = ""
    outcome: str = ""
    seconds: float | None = None
    facts: Facts = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        content = {name: getattr(self, name) for name in self.__dataclass_fields__} | {"at": self.at.isoformat()}
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @property
    def key(self) -> str:
        return key_of(self.run, self.seq)


def key_of(run: str, seq: int) -> str:
    return f"runs/{run}/{seq:04d}.json"


def intent_key(run: str) -> str:
    return f"intents/{run}.json"


def parsed(body: bytes, key: str) -> Record:
    """Return the record in *body*; raise :class:`JournalBroken` when it is not one, or not byte for byte what it says."""
    try:
        content = json.loads(body)
        record = Record(**(content | {"at": datetime.fromisoformat(content["at"])}))
    except (ValueError, TypeError, KeyError) as error:
        raise JournalBroken(f"the record {key} cannot be read: {error}", KEEP_IT) from None
    if record.body != body:
        raise JournalBroken(f"the record {key} is not in the form it was written in", KEEP_IT)
    return record


KEEP_IT = "keep the bucket as it is, compare it with the operator's local copy, then give this run up: invoke abandon --reason WHY"


def verified(records: Iterable[Record]) -> tuple[Record, ...]:
    """Return *records* as they are if each follows from the one before; raise :class:`JournalBroken` naming the first that does not."""
    chain, previous = tuple(records), GENESIS
    for place, record in enumerate(chain, start=1):
        if record.seq != place:
            raise JournalBroken(f"the record {key_of(record.run, place)} is missing", KEEP_IT)
        if record.previous != previous:
            raise JournalBroken(f"the record {record.key} does not follow from the one before it: one of the two was altered", KEEP_IT)
        previous = record.digest
    return chain


def contents(store: Store, run: str) -> dict[str, bytes]:
    """Return everything that *store* holds of *run*, by key: the records, and the evidence beside them."""
    found: dict[str, bytes] = {}
    keys = store.keys(f"runs/{run}/")
    with ThreadPoolExecutor(READERS) as pool:  # who resumes waits for it, and each record is a journey to S3
        for key, stored in zip(keys, pool.map(store.read, keys), strict=True):
            if stored is None or key in found:
                raise JournalBroken(f"{store.where}/{key} was {'deleted' if stored is None else 'written over'}", KEEP_IT)
            found[key] = stored.body
    return found


def records_in(found: Mapping[str, bytes]) -> tuple[Record, ...]:
    """Return the verified records among what was *found* of one run."""
    return verified(parsed(body, key) for key, body in sorted(found.items()) if PurePosixPath(key).stem.isdigit())


def read_run(store: Store, run: str) -> tuple[Record, ...]:
    """Return the verified records of *run*; raise :class:`JournalBroken` when they do not hold together or there are none."""
    records = records_in(contents(store, run))
    if not records:
        raise JournalBroken(f"{store.where} holds no run {run}", "see `invoke runs` for what there is")
    return records


def runs(store: Store) -> list[str]:
    """Return the names of all runs, oldest first (they begin with their date)."""
    return store.folders("runs/")


@dataclass(frozen=True, slots=True)
class Line:
    """Runs that stand in one line: one of them acts at a time, under the lease of this name, and none starts before the newest is finished.

    A restore, which takes hours and touches nothing that is there, has a line of its own, so that it holds up no failover.
    """

    commands: tuple[str, ...]
    lease: str


MOVES = Line(("failover", "failback", "swap"), "lease.json")
SCENARIOS = ("database-corrupted", "region-lost", "bucket-emptied", "application-rebuilt", "backup-tampered", "operator-unavailable")
DRILLS = Line(tuple(f"drill-{scenario}" for scenario in SCENARIOS), "lease-drill.json")


def restores(target: str) -> Line:
    return Line((f"restore-{target}",), f"lease-restore-{target}.json")


def command_of(run: str) -> str:
    """Return what kind of run it is: ``restore-files`` of ``20261122T100459Z-restore-files-3f9c``."""
    return run.partition("-")[2].rpartition("-")[0]


def newest_of(store: Store, line: Line = MOVES) -> str:
    """Return the name of the newest run of *line*, or nothing when there is none or it was given up."""
    newest = next((run for run in reversed(runs(store)) if command_of(run) in line.commands), "")
    return "" if newest and store.read(f"runs/{newest}/{GIVEN_UP}") else newest


def newest_open(store: Store, line: Line = MOVES) -> tuple[Record, ...] | None:
    """Return the records of the unfinished run of *line*, or None. There is at most one and it is the newest: none starts beside it."""
    newest = newest_of(store, line)
    if not newest or _ends_closed(store, newest):
        return None
    return read_run(store, newest)


def _ends_closed(store: Store, run: str) -> bool:
    """Return whether the last record of *run* closes it: whether all of them hold together is no matter for the next run."""
    keys = [key for key in store.keys(f"runs/{run}/") if PurePosixPath(key).stem.isdigit()]
    last = store.read(keys[-1]) if keys else None
    return last is not None and parsed(last.body, keys[-1]).kind == "closed"


def closed(records: Iterable[Record]) -> bool:
    return any(record.kind == "closed" for record in records)


def operator() -> str:
    """Return who runs this, as ``user@host``."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


class Journal:
    """The pen of one run: appends to every store, the first of which must take the record before anything is done on its strength."""

    def __init__(self, stores: tuple[Store, ...], run: str, clock: Clock, token: int, records: tuple[Record, ...] = ()) -> None:
        self._stores, self._run, self._clock, self._token = stores, run, clock, token
        self._records, self._lock = list(records), RLock()
        self._lost: RunbookError | None = None

    @property
    def run(self) -> str:
        return self._run

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(self._records)

    def finished(self, step: str) -> Record | None:
        """Return the record that says *step* needs nothing more, or None."""
        return next((record for record in self.records if record.step == step and record.kind in ("step-finished", "step-skipped")), None)

    def append(self, kind: Kind, *, step: str = "", outcome: str = "", seconds: float | None = None, facts: Facts | None = None) -> Record:
        """Write the next record; raise :class:`LeaseLost` when another process wrote it first, :class:`JournalLost` when none is taken."""
        with self._lock:
            record = Record(
                run=self._run,
                seq=len(self._records) + 1,
                kind=kind,
                at=self._clock.now(),
                token=self._token,
                operator=operator(),
                previous=self._records[-1].digest if self._records else GENESIS,
                step=step,
                outcome=outcome,
                seconds=None if seconds is None else round(seconds, 4),
                facts=facts or {},
            )
            self._write(record)
            self._records.append(record)
            return record

    def _write(self, record: Record) -> None:
        if self._lost:
            raise self._lost
        first, *mirrors = self._stores
        self._mirrored(mirrors, lambda mirror: _overwrite(mirror, intent_key(self._run), record.body))
        try:
            first.write_new(record.key, record.body)
        except Conflict:
            raise LeaseLost(
                f"another process wrote record {record.seq} of {self._run}", "see `invoke status`; this process stops here"
            ) from None
        except Paused as error:
            self._lost = error  # the pause came between two attempts
            raise
        except AwsError as error:
            # From here on the next number is in doubt: nothing more is written until a resumed run has looked.
            self._lost = (
                error if isinstance(error, Expired) else JournalLost(f"{first.where} takes no record: {error.message}", OUT_OF_REACH)
            )
            raise self._lost from error
        self._mirrored(mirrors, lambda mirror: mirror.write_new(record.key, record.body))

    @staticmethod
    def _mirrored(mirrors: Iterable[Store], write: Callable[[Store], object]) -> None:
        """Do *write* to every mirror: the first store decides, and a full disk here must not stop a recovery."""
        for mirror in mirrors:
            with suppress(LocalJournalFailed):
                write(mirror)

    def keep(self, name: str, body: bytes) -> str:
        """Keep *body* as evidence beside the records and return where; keeping the same again is harmless."""
        key = f"runs/{self._run}/{name}"
        first, *mirrors = self._stores
        first.write_new(key, body)
        self._mirrored(mirrors, lambda mirror: mirror.write_new(key, body))
        return f"{first.where}/{key}"


def _overwrite(store: Store, key: str, body: bytes) -> None:
    stored = store.read(key)
    store.swap(key, body, stored.version if stored else None)
