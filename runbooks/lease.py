"""The lease: one run of a line acts at a time.

One object for each line, changed only by compare-and-set. Its age is judged by the store's own clock, never by a laptop's. Each new holder
gets a higher fencing token; a holder that slept past its expiry finds its renewal refused and stops before its next act.
"""

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from uuid import uuid4

import psutil

from runbooks.aws.s3 import Stored
from runbooks.clock import Clock
from runbooks.errors import Conflict, JournalLost, LeaseHeld, LeaseLost, RunbookError
from runbooks.journal import MOVES, OUT_OF_REACH, Store
from runbooks.watch import patiently

TERM = timedelta(seconds=15)
PATIENCE = timedelta(seconds=10)
RENEWING = timedelta(seconds=4)  # a renewal that is refused is tried again within its beat


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may act. ``since`` is the holder's own clock and only for people; expiry is counted from the store's write time."""

    run: str
    holder: str
    since: str
    token: int
    seconds: float
    process: str
    released: bool = False
    nonce: str = ""

    @property
    def body(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()


def current(store: Store, key: str = MOVES.lease) -> tuple[Lease, Stored] | None:
    """Return the lease as it stands, or None when there never was one."""
    stored = store.read(key)
    return (Lease(**json.loads(stored.body)), stored) if stored else None


def _this_process() -> str:
    return f"{socket.gethostname()} {os.getpid()} {psutil.Process().create_time()}"


def _died_here(lease: Lease) -> bool:
    """Return whether the holder was a process of this machine that is no more: nobody need wait for a dead one's lease."""
    host, pid, started = lease.process.split(" ")
    if host != socket.gethostname():
        return False
    try:
        return psutil.Process(int(pid)).create_time() != float(started)
    except psutil.NoSuchProcess:
        return True


def expires(lease: Lease, stored: Stored) -> datetime:
    return stored.written_at + timedelta(seconds=lease.seconds)


def holding(store: Store) -> tuple[Lease, datetime] | None:
    """Return the lease that is in force and when it runs out, or None when anyone may act."""
    found = current(store)
    if found is None or _free(*found):
        return None
    return found[0], expires(*found)


def refuse_while_held(store: Store) -> None:
    """Raise :class:`LeaseHeld`, naming the holder, when somebody may act."""
    found = current(store)
    if found and not _free(*found):
        raise _held(*found)


def _free(lease: Lease, stored: Stored) -> bool:
    return lease.released or stored.answered_at > expires(lease, stored) or _died_here(lease)


class Holder:
    """A held lease, renewed in the background until :meth:`release`. :meth:`hold` is asked before every act."""

    def __init__(self, store: Store, key: str, lease: Lease, version: str, clock: Clock) -> None:
        self._store, self._key, self._lease, self._version, self._clock = store, key, lease, version, clock
        self._renewed, self._lock, self._done = clock.ticks(), Lock(), Event()
        self._lost: RunbookError | None = None
        self._heart = Thread(target=self._beat, name="lease", daemon=True)
        self._heart.start()

    @property
    def token(self) -> int:
        return self._lease.token

    def hold(self) -> None:
        """Return while the lease is ours; raise :class:`LeaseLost` when it passed on, :class:`JournalLost` when nobody knows."""
        if self._clock.ticks() - self._renewed > self._lease.seconds / 2:
            self._renew()
        if self._lost:
            raise self._lost

    def release(self) -> None:
        """Let the next run begin at once. A lease that cannot be released runs out by itself."""
        self._done.set()
        self._heart.join(timeout=2)
        if self._lost or self._heart.is_alive():
            return  # it is not ours any more, or nobody answers
        with suppress(RunbookError):
            self._swap(replace(self._lease, released=True, nonce=uuid4().hex), self._version)

    def _beat(self) -> None:
        while not self._done.wait(self._lease.seconds / 3):
            self._renew()

    def _renew(self) -> None:
        with self._lock:
            if self._lost:
                return
            asked, renewed = self._clock.ticks(), replace(self._lease, nonce=uuid4().hex)
            try:
                self._version = self._swapped(renewed)
                self._renewed = asked
            except Conflict:
                self._lost = LeaseLost(
                    f"the lease of {self._lease.run} passed to another process", "see `invoke status` for who acts now; this one stops here"
                )
            except RunbookError as error:
                if asked - self._renewed > self._lease.seconds:
                    self._lost = JournalLost(
                        f"the lease of {self._lease.run} could not be renewed in its term: {error.message}",
                        OUT_OF_REACH if error.retry else error.hint,
                    )

    def _swapped(self, renewed: Lease) -> str:
        """Write *renewed* over our own last lease and return the new version; raise :class:`Conflict` when it is not ours any more."""
        try:
            return self._swap(renewed, self._version)
        except Conflict:
            found = current(self._store, self._key)
            if found is None or found[0].token != self._lease.token:
                raise
            return self._swap(renewed, found[1].version)  # our last renewal had arrived, and only its answer was lost

    def _swap(self, lease: Lease, version: str) -> str:
        return patiently(lambda: self._store.swap(self._key, lease.body, version), self._clock, RENEWING)


def acquire(store: Store, run: str, holder: str, clock: Clock, term: timedelta = TERM, key: str = MOVES.lease) -> Holder:
    """Return the lease for *run*; raise :class:`LeaseHeld` naming who holds it, since when and until when."""
    found = current(store, key)
    if found and not _free(*found):
        raise _held(*found)
    token = found[0].token + 1 if found else 1
    lease = Lease(run, holder, clock.now().isoformat(timespec="seconds"), token, term.total_seconds(), _this_process(), nonce=uuid4().hex)
    try:
        version = patiently(lambda: store.swap(key, lease.body, found[1].version if found else None), clock, PATIENCE)
    except Conflict:
        winner = current(store, key)
        if winner is None:
            raise
        raise _held(*winner) from None
    return Holder(store, key, lease, version, clock)


def _held(lease: Lease, stored: Stored) -> LeaseHeld:
    until = expires(lease, stored).isoformat(timespec="seconds")
    return LeaseHeld(
        f"{lease.holder} holds the lease for {lease.run} since {lease.since}, until {until} unless renewed",
        "wait for that run, or join its operator; if its process died, the lease runs out by itself",
    )
