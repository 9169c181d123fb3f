"""What `invoke restore --target files` prepares: a wish in, a run that waits for the operator's word out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from names import Names
from runbooks import journal, markers, runs
from runbooks.aws import kms, versions
from runbooks.commands import Desk, Pen, Prepared
from runbooks.errors import AwsError, NotFound, Refused, Unreachable
from runbooks.existing import chosen
from runbooks.files import points, restore
from runbooks.files.decision import SOURCES, TIERS, TIMES, Decision, SourceWord, incomplete, sought
from runbooks.files.points import FromPoint
from runbooks.files.wanted import Place, Scope, Survey, present, survey
from runbooks.journal import Fact, Facts
from runbooks.watch import patiently
from sections import FileKind

LINE = journal.restores("files")
ANSWERING = timedelta(seconds=4)
"""Until a region that gives no answer counts as lost."""

LOOKING = timedelta(seconds=20)
"""Before anything is begun, while AWS is merely busy."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to come back: one ``key``, what begins with ``prefix``, or a whole bucket of one ``kind``, as of ``at`` or just before the
    newest marker with ``before``, or as a recovery ``point`` holds it; into ``to``, or with ``replace`` where it was, and with ``exact``
    nothing beside it.
    """

    at: datetime | None = None
    before: str = ""
    kind: str = ""
    prefix: str = ""
    key: str = ""
    source: str = ""
    point: str = ""
    to: str = ""
    region: str = ""
    replace: bool = False
    exact: bool = False
    tier: str = ""


def prepare(at: Desk, wish: Wish) -> Prepared:
    """Return the restore to carry out; raise :class:`Refused` for a wish that nothing meets. Nothing is changed."""
    declared = at.clock.now()
    kind, region = _checked(at.names, wish)
    moment = _moment(at, wish, declared)
    with _region_answers(at, region):
        since = patiently(lambda: versions.now(at.reach.door(region), at.names.file_bucket(kind, region)), at.clock, ANSWERING)
        _usable_key(at, region)
    decision, seen = decided(at, wish, kind, region, moment, declared, since)
    if reason := why_not(decision, seen, at.names):
        raise reason
    run = runs.new_run(restore.COMMAND, declared)
    plan = restore.plan(at.reach, decision, seen, run)
    return Prepared(plan, run, _about(at, decision, seen, declared), Pen().take, line=LINE)


def prepare_resume(at: Desk) -> Prepared:
    """Return the unfinished restore as it was decided."""
    with runs.in_reach(at.journals):
        records = journal.newest_open(at.journals.first, LINE)
    if records is None:
        raise Refused(f"no unfinished restore of files in {at.journals.first.where}", "start one: invoke restore --target files")
    kept = cast(dict[str, Any], records[0].facts["restore"])
    decision, seen = decision_of(kept)
    plan = restore.plan(at.reach, decision, seen, records[0].run)
    return Prepared(replace(plan, skipped=runs.skipped(records)), records[0].run, {}, Pen().take, records, line=LINE)


def why_not(decision: Decision, seen: Survey, names: Names) -> Refused | None:
    """Return why there is nothing to restore, or no way, or None."""
    moment = f"{decision.scope.moment:%FT%TZ}"
    if not seen.objects and not decision.point:
        return Refused(
            f"{decision.source_bucket} held nothing of that: {decision.scope.spoken()}",
            f"name another moment, or another source: --source {' or '.join(SOURCES)}; versions are kept for "
            f"{names.settings.files.retention.days} days",
        )
    if seen.occupied and not decision.in_place:
        return Refused(
            f"{decision.place.spoken()} holds {seen.occupied:,} of these objects already",
            "choose another place with --to, or --replace to put them where they were",
        )
    if decision.in_place and not decision.point and seen.there == seen.objects and not (decision.exact and seen.later):
        return Refused(f"all {seen.objects:,} objects are as they were at {moment}", "nothing is to be done")
    if decision.exact and incomplete(decision, names):
        return Refused(f"{incomplete(decision, names)}, and --exact would hide it", "leave out --exact")
    return next(
        (
            Refused(f"{kind} cannot be thawed {decision.tier}", "choose --thaw standard or --thaw bulk")
            for kind in sorted(seen.archived)
            if (kind, decision.tier) not in TIMES
        ),
        None,
    )


def _checked(names: Names, wish: Wish) -> tuple[FileKind, str]:
    """Return which files of which region; raise :class:`Refused` for options that do not go together."""
    region = wish.region or names.settings.active_region
    if region not in names.settings.regions:
        raise Refused(f"{region} is not a region of this stack", f"choose {' or '.join(names.settings.regions)}")
    if wish.source not in ("", *SOURCES):
        raise Refused(f"--source {wish.source} is unknown", f"choose {', '.join(SOURCES[:-1])} or {SOURCES[-1]}")
    if wish.point and wish.source not in ("", "backup"):
        raise Refused(f"--point is a recovery point of AWS Backup, and --source {wish.source} another source", "give one of them")
    if wish.key and wish.prefix:
        raise Refused("--key is one object, and --prefix many", "give one of them")
    if wish.replace and wish.to:
        raise Refused("--replace puts them where they were, and --to elsewhere", "give one of them")
    if wish.exact and not wish.replace:
        raise Refused("--exact hides what came after the moment, which only --replace can", "add --replace, or leave out --exact")
    if wish.tier and wish.tier not in TIERS:
        raise Refused(f"--thaw {wish.tier} is unknown", f"choose {', '.join(TIERS)}")
    return _one_kind(names, wish.kind), region


def _one_kind(names: Names, kind: str) -> FileKind:
    if not kind:
        raise Refused("say which files", f"--kind {' or --kind '.join(chosen(names, ()))}")
    return chosen(names, (kind,))[0]


def _moment(at: Desk, wish: Wish, now: datetime) -> datetime | None:
    """Return the moment that was asked for; None leaves it to the recovery point that was named."""
    if wish.at is None and not wish.before and wish.point:
        return None
    if (wish.at is None) == (not wish.before):
        raise _say_when()
    moment = markers.second_before(at.journals.first, wish.before) if wish.before else wish.at
    if moment is None or moment > now:
        raise Refused(f"{moment:%FT%TZ} is in the future", f"it is {now:%FT%TZ} now; give a moment that has passed, in UTC")
    return moment


def _say_when() -> Refused:
    return Refused("say when all was well", "--at 2026-11-22T10:04:59Z, or --before with a marker's text")


@contextmanager
def _region_answers(at: Desk, region: str) -> Iterator[None]:
    """Refuse, with the way out, where the region whose files are wanted gives no answer."""
    other = at.names.settings.other_region(region)
    try:
        yield
    except Unreachable as error:
        raise Refused(
            f"{region} gives no answer, and nothing can be written there: {error.message}",
            f"restore in the other region, whose bucket has the same files: --region {other}",
        ) from error


def decided(
    at: Desk, wish: Wish, kind: FileKind, region: str, moment: datetime | None, now: datetime, since: datetime
) -> tuple[Decision, Survey]:
    """Return what is chosen and what it meets: where no source was named, the other region's bucket once this one holds nothing of it."""
    if wish.point or wish.source == "backup":
        kept = points.look(at.reach, at.journals.first, region, kind, now)
        point = points.choose(kept, wish.point, moment, kind, now)
        decision = _decision(at.names, wish, "backup", kind, region, point.moment, since)
        decision = replace(decision, point=point, loss=(moment or point.moment) - point.moment)
        return decision, surveyed(at, decision)
    if moment is None:
        raise _say_when()
    named = cast(SourceWord, wish.source or "versions")
    decision = _decision(at.names, wish, named, kind, region, moment, since)
    seen = surveyed(at, decision)
    if wish.source or seen.objects:
        return decision, seen
    other = _decision(at.names, wish, "region", kind, region, moment, since)
    try:
        there = surveyed(at, other)
    except (NotFound, Unreachable):
        return decision, seen
    note = f"{decision.source_bucket} holds no version of that any more"
    return (replace(other, note=note), there) if there.objects else (decision, seen)


def _decision(names: Names, wish: Wish, source: SourceWord, kind: FileKind, region: str, moment: datetime, since: datetime) -> Decision:
    """Return the decision for one source, which settles the bucket and its region."""
    home = names.settings.other_region(region) if source in ("region", "kept") else region
    bucket = {"kept": names.file_backups_bucket(home), "backup": names.landing_bucket(home)}.get(source, names.file_bucket(kind, home))
    before = "" if wish.replace else (f"{wish.to.strip('/')}/" if wish.to else f"restored/{moment:%Y%m%dT%H%M%SZ}/")
    return Decision(
        kind=kind,
        scope=Scope(moment, wish.prefix, wish.key),
        source=source,
        source_region=home,
        source_bucket=bucket,
        region=region,
        place=Place(names.file_bucket(kind, region), before),
        in_place=wish.replace,
        exact=wish.exact,
        tier=wish.tier or "standard",
        since=since,
    )


def _usable_key(at: Desk, region: str) -> None:
    """Refuse to begin where nothing can be written: what is copied is encrypted under the region's own data key."""
    alias = at.names.key_alias("data")
    try:
        state = patiently(lambda: kms.key_state(at.reach.door(region), alias), at.clock, LOOKING)
    except AwsError as error:
        if error.retry:
            raise
        state = f"out of reach ({error.message})"
    if state != "Enabled":
        raise Refused(f"the key {alias} of {region} is {state}, and nothing can be written under it", "enable it with the break-glass role")


def surveyed(at: Desk, decision: Decision) -> Survey:
    """Count what a restore would meet; what a recovery point holds is not known beforehand."""
    there = present(at.reach.door(decision.region), decision.place, decision.scope)
    found = iter(()) if decision.point else sought(at.reach, decision)
    return survey(found, there, decision.place, in_place=decision.in_place)


def _about(at: Desk, decision: Decision, seen: Survey, declared: datetime) -> Facts:
    objectives = at.names.settings.disaster_recovery
    return {
        "environment": at.names.settings.environment,
        "declared_at": declared.isoformat(),
        "failed_at": None,
        "objectives": {"rto_seconds": objectives.rto.total_seconds(), "rpo_seconds": objectives.rpo.total_seconds()},
        "loss": {"seconds": decision.loss.total_seconds(), "orders": None, "how": f"as of {decision.scope.moment:%FT%TZ}"},
        "restore": as_kept(decision, seen),
    }


def as_kept(decision: Decision, seen: Survey) -> dict[str, Fact]:
    scope = {**asdict(decision.scope), "moment": decision.scope.moment.isoformat()}
    point = {**asdict(decision.point), "moment": decision.point.moment.isoformat()} if decision.point else None
    times = {"since": decision.since.isoformat(), "loss": decision.loss.total_seconds()}
    return cast(dict[str, Fact], {"decision": {**asdict(decision), "scope": scope, "point": point, **times}, "seen": asdict(seen)})


def decision_of(kept: dict[str, Any]) -> tuple[Decision, Survey]:
    decision = dict(kept["decision"])
    scope = {**decision["scope"], "moment": datetime.fromisoformat(decision["scope"]["moment"])}
    point = decision["point"]
    decision |= {
        "scope": Scope(**scope),
        "place": Place(**decision["place"]),
        "since": datetime.fromisoformat(decision["since"]),
        "loss": timedelta(seconds=decision["loss"]),
        "point": FromPoint(**{**point, "moment": datetime.fromisoformat(point["moment"])}) if point else None,
    }
    return Decision(**decision), Survey(**kept["seen"])
