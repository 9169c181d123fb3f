"""Evidence: what was read about a period, as records. Every figure of a report comes from here and from nowhere else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from runbooks.aws.job_history import PastJob
from runbooks.aws.recovery_points import Point
from runbooks.compliance.period import Period

Lagging = Literal["database", "files"]


@dataclass(frozen=True, slots=True)
class Promise:
    """One schedule that the settings declare: what is backed up, by which cron expression, kept for how many days; ``deployed`` says
    how AWS has it.
    """

    target: str
    rule: str
    schedule: str
    kept_days: int
    deployed: str


@dataclass(frozen=True, slots=True)
class About:
    """Of what this is evidence: the stack, its objectives (seconds, and the share of backups that must succeed), and when it was read.

    ``covered_since`` is from when on jobs were seen: AWS shows them for 30 days. ``sandbox``: measured on one machine and not on AWS.
    ``copied`` are the targets whose backups must be in the other region too, ``vaults`` our own. ``tests`` says whether recovery is to be
    tried monthly, ``documented`` whether this project's own repository is among what is backed up.
    """

    period: Period
    environment: str
    account: str
    active_region: str
    recovery_region: str
    collected: datetime
    covered_since: datetime
    sandbox: bool
    rto_seconds: float
    rpo_seconds: float
    success_objective: float
    promises: tuple[Promise, ...]
    copied: tuple[str, ...]
    vaults: tuple[str, ...]
    tests: bool
    documented: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """A vault as it stood: its lock, from when on nobody can lift that, the shortest and longest retention in days, its key, its age."""

    region: str
    name: str
    locked: bool
    shortest: int | None
    longest: int | None
    locked_for_good: datetime | None
    key: str
    created: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when a database can be restored to any second, in ``region``; ``replicated`` from the other one."""

    region: str
    source: str
    replicated: bool
    earliest: datetime | None
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Lag:
    """The longest that a copy was behind in the hour that began ``at``, in seconds, as CloudWatch has it."""

    what: Lagging
    name: str
    region: str
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on one backup, kept beside the journal under ``key``."""

    key: str
    backup: str
    well: bool
    says: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup of the application in ``region``: its name is when it was made. ``lacks`` what it could not keep."""

    name: str
    region: str
    kind: str
    at: datetime
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it. ``points`` are the newest first; ``runs`` are the journal's records by run and key, ``documents`` what was mapped and
    stated, both as the bytes that were read. ``broken`` says what was read and does not hold together, ``unseen`` what nobody could read,
    and why: neither is ever a good sign.
    """

    about: About
    jobs: tuple[PastJob, ...] = ()
    points: tuple[Point, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    windows: tuple[Window, ...] = ()
    lags: tuple[Lag, ...] = ()
    verdicts: tuple[Judged, ...] = ()
    kept: tuple[Kept, ...] = ()
    runs: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)


def newest_first(points: Iterable[Point]) -> list[Point]:
    """Return *points* in the one order that every format shows them in."""
    return sorted(points, key=lambda point: (-point.created.timestamp(), point.arn))
