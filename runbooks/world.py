"""Frozen photographs of both regions, and :func:`look`, which takes them without ever waiting for a lost region."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from names import Names
from runbooks import shop
from runbooks.aws import backup, cloudwatch, ecs, kms, rds
from runbooks.aws.session import Door
from runbooks.clock import Clock, jittered
from runbooks.database import Replay, replay
from runbooks.errors import Expired, RunbookError, Skewed, Unreachable
from runbooks.reach import Reach
from runbooks.shop import Answer
from runbooks.switches import switch_of
from sections import FileKind

T = TypeVar("T")
Read = cloudwatch.Reading | None
Questions = dict[str, Callable[[], object]]

METRIC_AGE = timedelta(minutes=10)
BACKUP_SPAN = timedelta(days=3)  # further back nothing is looked for: a vault may hold thousands of points
CLOCKS_AGREE = timedelta(seconds=10)  # a look takes some of them
HASTY_TRIES = 10  # with every second request refused, one call in a thousand stays open
PATIENT_TRIES = 3  # and a patient door tries each four times
KEYS = ("data", "vault", "topic")


@dataclass(frozen=True, slots=True)
class FileLag:
    """Files of one kind on their way into a region, in bytes, and how many seconds they are behind, at their worst in the minute *at*."""

    pending: float
    seconds: float
    at: datetime


@dataclass(frozen=True, slots=True)
class RegionView:
    """One region as it was seen. A thing that could not be seen is absent, and ``unseen`` says why."""

    region: str
    instances: Mapping[str, rds.Instance] = field(default_factory=dict)
    database: rds.Instance | None = None
    read_only: bool | None = None
    replay: Replay | None = None
    lag_metric: cloudwatch.Reading | None = None
    files: Mapping[FileKind, FileLag] = field(default_factory=dict)
    service: ecs.Service | None = None
    switch_fault: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    backups: Mapping[str, backup.RecoveryPoint] = field(default_factory=dict)
    replicated_backups: tuple[rds.ReplicatedBackup, ...] = ()
    unseen: Mapping[str, str] = field(default_factory=dict)
    reachable: bool = True

    @property
    def mute(self) -> str:
        """Why its replica could not be asked over SQL; empty when it was, or there is none."""
        return self.unseen.get("replay") or self.unseen.get("credentials", "")


@dataclass(frozen=True, slots=True)
class World:
    """Both regions and the shop's name, at one moment (UTC; see :func:`moment` for whose)."""

    taken_at: datetime
    views: Mapping[str, RegionView]
    answers: tuple[Answer, ...]

    @property
    def active(self) -> str:
        """The region that shoppers reach: where every answering resolver leads, or empty when they disagree or none answers."""
        led_to = {answer.region for answer in self.answers if answer.addresses}
        return led_to.pop() if len(led_to) == 1 else ""


def look(reach: Reach, *, now: datetime, target: str = "") -> World:
    """Photograph both regions side by side, each call on a thread of its own; raise :class:`Expired` when AWS knows no caller,
    :class:`Skewed` when it believes no request of this machine.

    *target*, if given, is where a run would go: it is asked with patience, since in a disaster it is busy with others too.
    """
    # A region that may be lost is waited for longest: it is asked first.
    regions = sorted(reach.names.settings.regions, key=lambda region: region == target)
    with ThreadPoolExecutor(len(regions) + 1) as pool:
        answers = pool.submit(shop.leads_to, reach.names)
        views = {region: pool.submit(_view, reach, region, now, patient=region == target) for region in regions}
        seen = {region: view.result() for region, view in views.items()}
        return World(moment(seen, now), seen, answers.result())


def look_alone(reach: Reach, region: str, now: datetime) -> World:
    """Photograph *region* as if the other one were lost: not one call goes there."""
    other = reach.names.settings.other_region(region)
    views = {region: _view(reach, region, now, patient=True), other: RegionView(other, reachable=False)}
    return World(moment(views, now), views, shop.leads_to(reach.names))


def moment(seen: Mapping[str, RegionView], now: datetime) -> datetime:
    """Return when a photograph was taken: *now*, by the operator's clock, unless a replica's own clock shows that one to be off."""
    clocks = [view.replay.asked_at for view in seen.values() if view.replay]
    return clocks[0] if clocks and abs(clocks[0] - now) > CLOCKS_AGREE else now


def _view(reach: Reach, region: str, now: datetime, *, patient: bool) -> RegionView:
    """Return what *region* shows: first what says whether it is lost, and then, if it is not, the rest."""
    door, names = (reach.door(region) if patient else reach.hasty(region)), reach.names
    tries = PATIENT_TRIES if patient else HASTY_TRIES

    def again(question: Callable[[], T]) -> T:
        return repeatedly(question, reach.clock, tries)

    vital: Questions = {
        "instances": lambda: rds.instances(door),
        "read_only": lambda: rds.read_only(door, names.parameter_group),
        "service": lambda: ecs.service(door, names.cluster, names.service),
        "credentials": lambda: reach.credentials(region, hasty=not patient),
    }
    seen, errors = asked({name: partial(again, question) for name, question in vital.items()})
    stop_when_no_call_is_accepted(errors)
    if not seen and all(isinstance(error, Unreachable) for error in errors.values()):
        return RegionView(region, unseen=messages(errors), reachable=False)
    instances = seen.get("instances", {})
    current = instances.get(names.database) if isinstance(instances, dict) else None
    further: Questions = {
        "keys": lambda: {purpose: again(partial(kms.key_state, door, names.key_alias(purpose))) for purpose in KEYS},
        "switch_fault": lambda: switch_of(names).fault(reach, door),
        "backups": lambda: backup.newest_recovery_points(door, names.vault(region), now - BACKUP_SPAN),
        "replicated_backups": lambda: rds.replicated_backups(door),
        "lag_metric": lambda: _lag_metric(door, names.database, now),
        "files": lambda: _files(door, names, now, again),
    }
    patiently: Questions = {name: partial(again, question) for name, question in further.items()}
    if current is not None and not current.writer and "credentials" not in errors:
        position = partial(replay, current, reach.database, reach.credentials(region))
        patiently["replay"] = lambda: repeatedly(position, reach.clock, 2)
    more, trouble = asked(patiently)
    shown = {name: what for name, what in (seen | more).items() if name != "credentials"}
    return replace(RegionView(region, database=current, unseen=messages(errors | trouble)), **shown)  # type: ignore[arg-type]


def messages(errors: Mapping[str, RunbookError]) -> dict[str, str]:
    return {name: error.message for name, error in errors.items()}


def asked(questions: Questions) -> tuple[dict[str, object], dict[str, RunbookError]]:
    """Ask every question at once; return what was answered, and what went wrong with the others."""
    seen: dict[str, object] = {}
    errors: dict[str, RunbookError] = {}
    with ThreadPoolExecutor(len(questions)) as pool:
        waited_for = {name: pool.submit(question) for name, question in questions.items()}
        for name, answer in waited_for.items():
            try:
                seen[name] = answer.result()
            except RunbookError as error:
                errors[name] = error
    return seen, errors


def asked_in_haste(reach: Reach, region: str, questions: Callable[[Door], Questions]) -> tuple[dict[str, object], dict[str, RunbookError]]:
    """Ask *region* everything at once and in haste; if it answered anything, ask again with patience for what took too long.

    A region that answers nothing is not waited for. Raises what :func:`look` raises.
    """

    def ask(door: Door, chosen: Iterable[str]) -> tuple[dict[str, object], dict[str, RunbookError]]:
        known = questions(door)
        return asked({name: partial(repeatedly, known[name], reach.clock, PATIENT_TRIES) for name in chosen})

    hasty = reach.hasty(region)
    seen, errors = ask(hasty, questions(hasty))
    stop_when_no_call_is_accepted(errors)
    slow = [name for name, error in errors.items() if isinstance(error, Unreachable)]
    if not (seen and slow):
        return seen, errors
    more, left = ask(reach.list_door(region), slow)
    return seen | more, {name: error for name, error in errors.items() if name not in slow} | left


def repeatedly(question: Callable[[], T], clock: Clock, tries: int) -> T:
    """Ask again while the service is merely busy: throttling is not a lost region. A question of several calls repeats each alone."""
    for attempt in range(tries - 1):
        try:
            return question()
        except Unreachable:
            raise
        except RunbookError as error:
            if not error.retry:
                raise
        clock.sleep(jittered(min(0.1 * 2**attempt, 0.8)))
    return question()


def stop_when_no_call_is_accepted(errors: Mapping[str, RunbookError]) -> None:
    """Raise what speaks of the caller, and not of a region: nothing would be answered anywhere."""
    for error in errors.values():
        if isinstance(error, Expired | Skewed):
            raise error


def _files(door: Door, names: Names, now: datetime, again: Callable[[Callable[[], Read]], Read]) -> dict[FileKind, FileLag]:
    """Return how far the files in the door's region are behind, where S3 has measured it."""
    if not names.settings.files.kinds:
        return {}
    with ThreadPoolExecutor(len(names.settings.files.kinds)) as pool:
        kinds = {kind: pool.submit(_file_lag, door, names, kind, now, again) for kind in names.settings.files.kinds}
        lags = {kind: answer.result() for kind, answer in kinds.items()}
    return {kind: lag for kind, lag in lags.items() if lag}


def _file_lag(door: Door, names: Names, kind: FileKind, now: datetime, again: Callable[[Callable[[], Read]], Read]) -> FileLag | None:
    """Return how far files of one kind are behind: S3 publishes it in the destination's region."""
    dimensions = {
        "SourceBucket": names.file_bucket(kind, names.settings.other_region(door.region)),
        "DestinationBucket": names.file_bucket(kind, door.region),
        "RuleId": names.replication_rule(door.region),
    }
    pending = again(lambda: cloudwatch.newest(door, "AWS/S3", "BytesPendingReplication", dimensions, now, METRIC_AGE))
    latency = again(lambda: cloudwatch.newest(door, "AWS/S3", "ReplicationLatency", dimensions, now, METRIC_AGE))
    return FileLag(pending.value, latency.value, pending.at) if pending and latency else None


def _lag_metric(door: Door, instance: str, now: datetime) -> cloudwatch.Reading | None:
    return cloudwatch.newest(door, "AWS/RDS", "ReplicaLag", {"DBInstanceIdentifier": instance}, now, METRIC_AGE)
