"""Files brought back to a moment, into the bucket where restored files land: beside the shop's own, and replicated nowhere."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from names import DRILLED
from runbooks.aws import copies, versions
from runbooks.aws.session import Door
from runbooks.aws.versions import Version
from runbooks.checked import Checked
from runbooks.commands import Desk
from runbooks.drills.drill import CLEAR, Drill, age, as_facts
from runbooks.errors import Refused
from runbooks.existing import chosen
from runbooks.files import prepare, restore
from runbooks.files.decision import PATIENCE, Decision, batches
from runbooks.files.wanted import Place, Survey
from runbooks.journal import Fact, Facts
from runbooks.plan import Step
from runbooks.reach import Reach
from runbooks.watch import patiently
from sections import FileKind

SEEN = 1000
"""Versions that are looked at to choose what is restored."""


def decide(at: Desk, scenario: str, run: str, declared: datetime) -> Drill:
    """Return the drill on one folder of the first kind that has files; raise :class:`Refused` when none has."""
    region, moment = at.names.settings.active_region, declared.replace(microsecond=0)
    kind, prefix = _some(at, region)
    landing = at.names.landing_bucket(region)
    since = patiently(lambda: versions.now(at.reach.door(region), landing), at.clock, prepare.LOOKING)
    wish = prepare.Wish(at=moment, kind=kind, prefix=prefix, region=region)
    decision, _ = prepare.decided(at, wish, kind, region, moment, declared, since)
    decision = replace(decision, place=Place(landing, f"{DRILLED}{run}/"))
    seen = prepare.surveyed(at, decision)
    if seen.archived:
        raise Refused(
            f"{sum(seen.archived.values())} files under {prefix} are archived", "thawing takes hours and is paid for: try it by hand"
        )
    return drill(at.reach, scenario, run, decision, seen, declared)


def decided(at: Desk, scenario: str, run: str, kept: Mapping[str, Fact], declared: datetime) -> Drill:
    """Return the drill as it was decided, on whatever machine."""
    return drill(at.reach, scenario, run, *prepare.decision_of(dict(kept)), declared)


def drill(reach: Reach, scenario: str, run: str, decision: Decision, seen: Survey, declared: datetime) -> Drill:
    # All but the announcement: nobody is told of files that are gone within minutes.
    *acts, compare = (step for step in restore.plan(reach, decision, seen, run).steps if step.name != "announce")
    region, bucket = decision.region, decision.place.bucket
    return Drill(
        scenario=scenario,
        run=run,
        region=region,
        title=f"restore {seen.objects:,} files of {decision.kind} into {decision.place.spoken()}",
        why=decision.spoken(),
        acts=(*acts, _validate(compare, decision)),
        validated=compare.name,
        clear=_clear(reach, region, bucket),
        left=lambda: tuple(each.key for each in islice(_ours(reach.door(region), bucket), SEEN)),
        loss=age(decision.scope.moment, declared, "every version is kept: the moment asked for"),
        kept=prepare.as_kept(decision, seen),
    )


def _some(at: Desk, region: str) -> tuple[FileKind, str]:
    """Return a kind of files, and what some of its keys begin with."""
    kinds = chosen(at.names, ())
    for kind in kinds:
        listed = islice(versions.versions(at.reach.door(region), at.names.file_bucket(kind, region)), SEEN)
        keys = [each.key for each in listed if each.latest and not each.marker and not each.key.startswith("restored/")]
        if keys:
            return kind, few(keys)
    raise Refused(f"no bucket of {', '.join(kinds)} in {region} has a file", "there is nothing to try a restore with")


def few(keys: list[str], many: int = SEEN) -> str:
    """Return the folder of the first of *keys*, or a longer beginning of that key where all of *many* keys are in that folder."""
    first = keys[0]
    folder = f"{first.rpartition('/')[0]}/" if "/" in first else first
    if len(keys) < many:
        return folder
    longer = (first[:length] for length in range(len(folder), len(first)))
    return next((prefix for prefix in longer if not keys[-1].startswith(prefix)), first)


def _validate(compare: Step, decision: Decision) -> Step:
    """Compare as a restore does; what differs fails the step, which names it."""

    def act() -> Facts:
        facts = compare.act()
        says = f"{facts['compared']:,} objects, {facts['bytes']:,} bytes, each as the version it was copied from"
        well = facts["compared"] != 0
        return {**facts, "checks": as_facts((Checked(f"files of {decision.kind}", well, says if well else "nothing was compared"),))}

    return replace(compare, act=act)


def _clear(reach: Reach, region: str, bucket: str) -> Step:
    """Delete every version of what drills have put into the landing bucket, whichever run did."""
    door = reach.door(region)

    def act() -> Facts:
        removed = 0
        for some in batches(_ours(door, bucket), copies.HIDDEN_AT_ONCE):
            named = [(each.key, each.id) for each in some]
            patiently(lambda named=named: copies.remove(door, bucket, named), reach.clock, PATIENCE)  # type: ignore[misc]
            removed += len(named)
            reach.clock.sleep(0)
        return {"deleted": removed}

    return Step(
        name=CLEAR,
        says=f"Delete every version of {DRILLED}* in {bucket}, whatever came of the drill",
        region=region,
        act=act,
        done=lambda: next(_ours(door, bucket), None) is None,
        estimate=timedelta(seconds=10),
        deadline=timedelta(hours=1),
    )


def _ours(door: Door, bucket: str) -> Iterator[Version]:
    return versions.versions(door, bucket, DRILLED)
