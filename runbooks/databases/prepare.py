"""What `invoke restore --target database` prepares: a wish in, a run that waits for the operator's word out."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import cast

from names import Names
from runbooks import journal, runs
from runbooks.aws import kms, restores
from runbooks.aws.restores import Placed
from runbooks.commands import Desk, Pen, Prepared, look, who_acts_first
from runbooks.databases import candidates, restore, swap
from runbooks.databases.candidates import Candidate, told
from runbooks.databases.made import AT, Made
from runbooks.databases.restore import Place, Wish
from runbooks.errors import AwsError, Refused
from runbooks.journal import Fact, Facts
from runbooks.watch import patiently

LINE = journal.restores("database")
LOOKING = timedelta(seconds=20)


def prepare(at: Desk, wish: Wish) -> Prepared:
    """Return the restore to carry out; raise :class:`Refused` with the way out before anything is made."""
    _known(at.names, wish.region)
    now = at.clock.now()
    kept = candidates.look(at.reach, at.journals.first, wish.region, now)
    chosen = restore.choose(kept, wish, now)
    to = wish.to or at.names.restored_database(chosen.moment)
    made = Made(chosen, to, restore.place(at.names, place_in(at, wish.region), wish, to))
    run, name = runs.new_run("restore-database", now), Pen()
    return Prepared(restore.plan(at.reach, made, run), run, _about(at, made, wish, now), name.take, line=LINE)


def prepare_resume(at: Desk) -> Prepared:
    """Return the unfinished restore as it was decided."""
    with runs.in_reach(at.journals):
        records = journal.newest_open(at.journals.first, LINE)
    if records is None:
        raise Refused(f"no unfinished restore of the database in {at.journals.first.where}", "start one: invoke restore --target database")
    made = made_of(cast(dict[str, Fact], records[0].facts["restore"]))
    plan = restore.plan(at.reach, made, records[0].run)
    return Prepared(replace(plan, skipped=runs.skipped(records)), records[0].run, {}, Pen().take, records, line=LINE)


def prepare_swap(at: Desk, to: str) -> Prepared:
    """Return the run that puts the restored instance *to* in the database's place."""
    declared = at.clock.now()
    seen = look(at)
    with who_acts_first(at):
        region = swap.decide(seen, at.names, to)
    moment = seen.views[region].instances[to].tags.get(AT, "an unknown moment")
    run = runs.new_run("swap", declared)
    objectives = at.names.settings.disaster_recovery
    about: Facts = {
        "environment": at.names.settings.environment,
        "declared_at": declared.isoformat(),
        "objectives": {"rto_seconds": objectives.rto.total_seconds(), "rpo_seconds": objectives.rpo.total_seconds()},
        "swap": {"region": region, "to": to, "moment": moment},
    }
    return Prepared(swap.plan(at.reach, region, to, moment, run), run, about, Pen().take)


def resume_swap(at: Desk) -> Prepared:
    with runs.in_reach(at.journals):
        records = journal.newest_open(at.journals.first)
    if records is None or records[0].facts.get("command") != "swap":
        raise Refused(f"no unfinished swap in {at.journals.first.where}", "start one: invoke restore --target database --replace --to NAME")
    kept = cast(dict[str, str], records[0].facts["swap"])
    plan = swap.plan(at.reach, kept["region"], kept["to"], kept["moment"], records[0].run)
    return Prepared(replace(plan, skipped=runs.skipped(records)), records[0].run, {}, Pen().take, records)


def _known(names: Names, region: str) -> None:
    if region not in names.settings.regions:
        raise Refused(f"{region} is not a region of this stack", f"choose {' or '.join(names.settings.regions)}")


def place_in(at: Desk, region: str) -> Place:
    """Return what *region* has to put a restored database into."""
    door = at.reach.door(region)
    return Place(
        region,
        patiently(at.reach.instances(region).now, at.clock, LOOKING),
        lambda group: patiently(lambda: restores.has_subnet_group(door, group), at.clock, LOOKING),
        _key(at, region),
    )


def _key(at: Desk, region: str) -> str:
    try:
        return patiently(lambda: kms.key_state(at.reach.door(region), at.names.key_alias("data")), at.clock, LOOKING)
    except AwsError as error:
        if error.retry:
            raise
        return f"out of reach ({error.message})"


def _about(at: Desk, made: Made, wish: Wish, declared: datetime) -> Facts:
    """Return what is journaled before the first step: what was asked for, what was chosen, and where it goes."""
    objectives, asked = at.names.settings.disaster_recovery, wish.moment or made.candidate.moment
    chosen = made.candidate
    return {
        "environment": at.names.settings.environment,
        "declared_at": declared.isoformat(),
        "failed_at": asked.isoformat(),
        "objectives": {"rto_seconds": objectives.rto.total_seconds(), "rpo_seconds": objectives.rpo.total_seconds()},
        "loss": {"seconds": chosen.loss.total_seconds(), "orders": None, "how": f"restored to {told(chosen.moment)}"},
        "restore": as_kept(made),
    }


def as_kept(made: Made) -> dict[str, Fact]:
    """Return *made* as it is journaled; :func:`made_of` reads it."""
    chosen = made.candidate
    return {
        "kind": chosen.kind,
        "region": chosen.region,
        "origin": chosen.origin,
        "moment": chosen.moment.isoformat(),
        "loss_seconds": chosen.loss.total_seconds(),
        "to": made.to,
        "placed": cast(Fact, {**asdict(made.placed), "security_groups": list(made.placed.security_groups)}),
    }


def made_of(kept: dict[str, Fact]) -> Made:
    placed = cast(dict[str, object], kept["placed"])
    chosen = Candidate(
        cast(candidates.Kind, kept["kind"]),
        str(kept["region"]),
        str(kept["origin"]),
        datetime.fromisoformat(str(kept["moment"])),
        timedelta(seconds=float(cast(float, kept["loss_seconds"]))),
    )
    groups = tuple(cast(list[str], placed["security_groups"]))
    where = Placed(str(placed["subnet_group"]), groups, str(placed["parameter_group"]), str(placed["instance_class"]))
    return Made(chosen, str(kept["to"]), where)
