"""What `invoke restore --target files` prepares: a wish in, a run that waits for the operator's word out."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, cast

from names import Names
from runbooks import journal, markers, runs
from runbooks.aws import kms
from runbooks.commands import Desk, Pen, Prepared
from runbooks.errors import AwsError, Refused
from runbooks.existing import chosen
from runbooks.files import restore
from runbooks.files.restore import TIERS, TIMES, Decision
from runbooks.files.wanted import Place, Scope, Survey, present, survey
from runbooks.journal import Fact, Facts
from sections import FileKind

LINE = journal.restores("files")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to come back: one ``key``, what begins with ``prefix``, or a whole bucket of one ``kind``, as of ``at`` or just before the
    newest marker with ``before``; into ``to``, or with ``replace`` where it was.
    """

    at: datetime | None
    before: str
    kind: str
    prefix: str
    key: str
    source: str
    to: str
    region: str
    replace: bool
    tier: str


def prepare(at: Desk, wish: Wish) -> Prepared:
    """Return the restore to carry out; raise :class:`Refused` for a wish that nothing meets. Nothing is changed."""
    now = at.clock.now()
    decision = _decided(at, wish, now)
    _usable_key(at, decision)
    seen = _survey(at, decision)
    if reason := why_not(decision, seen):
        raise reason
    run = runs.new_run(restore.COMMAND, now)
    plan = restore.plan(at.reach, decision, seen, run)
    return Prepared(plan, run, _about(at, decision, seen, now), Pen().take, line=LINE)


def prepare_resume(at: Desk) -> Prepared:
    """Return the unfinished restore as it was decided."""
    with runs.in_reach(at.journals):
        records = journal.newest_open(at.journals.first, LINE)
    if records is None:
        raise Refused(f"no unfinished restore of files in {at.journals.first.where}", "start one: invoke restore --target files")
    kept = cast(dict[str, Any], records[0].facts["restore"])
    decision, seen = _read(kept)
    plan = restore.plan(at.reach, decision, seen, records[0].run)
    return Prepared(replace(plan, skipped=runs.skipped(records)), records[0].run, {}, Pen().take, records, line=LINE)


def why_not(decision: Decision, seen: Survey) -> Refused | None:
    """Return why there is nothing to restore, or no way, or None."""
    if not seen.objects:
        return Refused(
            f"{decision.source_bucket} held nothing of that: {decision.scope.spoken()}",
            "name an earlier moment, or the other region's bucket with --source region; versions are kept for files.retention days",
        )
    if decision.in_place and seen.there == seen.objects:
        return Refused(f"all {seen.objects:,} objects are as they were at {decision.scope.moment:%FT%TZ}", "nothing is to be done")
    return next(
        (
            Refused(f"{kind} cannot be thawed {decision.tier}", "choose --thaw standard or --thaw bulk")
            for kind in sorted(seen.archived)
            if (kind, decision.tier) not in TIMES
        ),
        None,
    )


def _decided(at: Desk, wish: Wish, now: datetime) -> Decision:
    names, settings = at.names, at.names.settings
    kind = _one_kind(names, wish.kind)
    region = wish.region or settings.active_region
    if region not in settings.regions:
        raise Refused(f"{region} is not a region of this stack", f"choose {' or '.join(settings.regions)}")
    if wish.source not in ("", "versions", "region", "kept"):
        raise Refused(f"--source {wish.source} is unknown", "choose versions, region or kept")
    if wish.key and wish.prefix:
        raise Refused("--key is one object, and --prefix many", "give one of them")
    if wish.replace and wish.to:
        raise Refused("--replace puts them where they were, and --to elsewhere", "give one of them")
    tier = wish.tier or "standard"
    if tier not in TIERS:
        raise Refused(f"--thaw {tier} is unknown", f"choose {', '.join(TIERS)}")
    moment = _moment(at, wish, now)
    source = region if wish.source in ("", "versions") else settings.other_region(region)
    bucket, kept = names.file_bucket(kind, region), wish.source == "kept"
    from_bucket = names.file_backups_bucket(source) if kept else names.file_bucket(kind, source)
    before = "" if wish.replace else (f"{wish.to.strip('/')}/" if wish.to else f"restored/{moment:%Y%m%dT%H%M%SZ}/")
    scope = Scope(moment, wish.prefix, wish.key)
    return Decision(kind, scope, kept, source, from_bucket, region, Place(bucket, before), wish.replace, tier, now)


def _one_kind(names: Names, kind: str) -> FileKind:
    if not kind:
        raise Refused("say which files", f"--kind {' or --kind '.join(chosen(names, ()))}")
    return chosen(names, (kind,))[0]


def _moment(at: Desk, wish: Wish, now: datetime) -> datetime:
    if (wish.at is None) == (not wish.before):
        raise Refused("say when all was well", "--at 2026-11-22T10:04:59Z, or --before with a marker's text")
    moment = markers.second_before(at.journals.first, wish.before) if wish.before else wish.at
    if moment is None or moment > now:
        raise Refused(f"{moment:%FT%TZ} is in the future", f"it is {now:%FT%TZ} now; give a moment that has passed, in UTC")
    return moment


def _usable_key(at: Desk, decision: Decision) -> None:
    """Refuse to begin where nothing can be written: what is copied is encrypted under the region's own data key."""
    alias = at.names.key_alias("data")
    try:
        state = kms.key_state(at.reach.door(decision.region), alias)
    except AwsError as error:
        if error.retry:
            raise
        state = f"out of reach ({error.message})"
    if state != "Enabled":
        raise Refused(
            f"the key {alias} of {decision.region} is {state}, and nothing can be written under it", "enable it with the break-glass role"
        )


def _survey(at: Desk, decision: Decision) -> Survey:
    there = present(at.reach.door(decision.region), decision.place, decision.scope)
    return survey(restore.sought(at.reach, decision), there, decision.place, in_place=decision.in_place)


def _about(at: Desk, decision: Decision, seen: Survey, declared: datetime) -> Facts:
    objectives = at.names.settings.disaster_recovery
    return {
        "environment": at.names.settings.environment,
        "declared_at": declared.isoformat(),
        "failed_at": None,
        "objectives": {"rto_seconds": objectives.rto.total_seconds(), "rpo_seconds": objectives.rpo.total_seconds()},
        "loss": {"seconds": 0.0, "orders": None, "how": f"as of {decision.scope.moment:%FT%TZ}"},
        "restore": _kept(decision, seen),
    }


def _kept(decision: Decision, seen: Survey) -> dict[str, Fact]:
    scope = {**asdict(decision.scope), "moment": decision.scope.moment.isoformat()}
    whole = {**asdict(decision), "scope": scope, "since": decision.since.isoformat()}
    return cast(dict[str, Fact], {"decision": whole, "seen": asdict(seen)})


def _read(kept: dict[str, Any]) -> tuple[Decision, Survey]:
    decision = dict(kept["decision"])
    scope = {**decision["scope"], "moment": datetime.fromisoformat(decision["scope"]["moment"])}
    decision |= {"scope": Scope(**scope), "place": Place(**decision["place"]), "since": datetime.fromisoformat(decision["since"])}
    return Decision(**decision), Survey(**kept["seen"])
