"""When backups are made: what the settings declare, when it runs next, and whether AWS Backup has it so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import schedules
from names import Names
from runbooks.aws import backup_plans
from runbooks.aws.backup_plans import Rule
from runbooks.errors import AwsError, Refused
from runbooks.reach import Reach
from sections import DatabaseBackup, FilesBackup
from settings import Settings

AHEAD = timedelta(days=3 * 366)
AS_DECLARED = "as declared"
ELSEWHERE = "by EventBridge Scheduler, not compared"

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One schedule. ``place`` is where its values stand in the settings; ``next_run`` is None for one that never runs again.

    ``deployed`` says how AWS Backup has it: as declared, otherwise, not at all, or why nobody could look.
    """

    target: str
    rule: str
    schedule: str
    retention: timedelta
    next_run: datetime | None
    place: Place
    deployed: str = ""


def declared(settings: Settings, now: datetime) -> tuple[Scheduled, ...]:
    """Return every schedule of what is enabled, each target's own first."""
    found: list[Scheduled] = []
    for target in ("database", "files", "application"):
        backup = getattr(settings, target)
        if backup.enabled:
            found.append(_one(target, target, backup, now, (target,)))
        if backup.enabled and isinstance(backup, DatabaseBackup | FilesBackup):
            found += [_one(target, rule.name, rule, now, (target, "rules", place)) for place, rule in enumerate(backup.rules)]
        if backup.enabled and isinstance(backup, DatabaseBackup) and backup.export:
            found.append(_one(target, "export", backup.export, now, (target, "export")))
    return tuple(found)


def _one(target: str, rule: str, kept: object, now: datetime, place: Place) -> Scheduled:
    schedule, retention = getattr(kept, "schedule"), getattr(kept, "retention")  # noqa: B009 - any section that has both
    return Scheduled(target, rule, schedule, retention, _next(schedule, now), place)


def _next(schedule: str, now: datetime) -> datetime | None:
    """Return the next run after *now*: soon for most, so a month is looked at before three years are."""
    for days in (32, AHEAD.days):
        for run in schedules.runs(schedule, now.astimezone(UTC).date(), days):
            if run.replace(tzinfo=UTC) > now:
                return run.replace(tzinfo=UTC)
    return None


def look(reach: Reach, now: datetime) -> tuple[Scheduled, ...]:
    """Return what is declared, and how AWS Backup of the active region has it."""
    wanted = declared(reach.names.settings, now)
    try:
        return compared(wanted, reach.names, backup_plans.rules(reach.door(reach.names.settings.active_region)))
    except AwsError as error:
        return tuple(replace(each, deployed=f"not looked at: {error.message}") for each in wanted)


def compared(wanted: tuple[Scheduled, ...], names: Names, plans: Mapping[str, tuple[Rule, ...]]) -> tuple[Scheduled, ...]:
    """Return *wanted*, each with how the *plans* of AWS Backup, by their names, have it."""
    return tuple(replace(each, deployed=_deployed(each, plans.get(names.backup_plan(each.target)))) for each in wanted)


def last_run(schedule: str, before: datetime) -> datetime | None:
    """Return the newest run of *schedule* at or before a moment, or None when none was in the year before."""
    for days in (32, 366):
        first = before.astimezone(UTC).date() - timedelta(days=days)
        runs = [run.replace(tzinfo=UTC) for run in schedules.runs(schedule, first, days + 1)]
        if past := [run for run in runs if run <= before]:
            return past[-1]
    return None


def _deployed(wanted: Scheduled, rules: tuple[Rule, ...] | None) -> str:
    if wanted.target == "application" or wanted.place == ("database", "export"):
        return ELSEWHERE
    found = next((rule for rule in rules or () if rule.name == wanted.rule), None)
    if found is None:
        return "not deployed (`pulumi up`)"
    if (found.schedule, found.days) == (wanted.schedule, wanted.retention.days):
        return AS_DECLARED
    kept = "for ever" if found.days is None else f"{found.days} days"
    return f"otherwise: {found.schedule}, kept {kept} (`pulumi up` puts it right)"


def changes(wanted: tuple[Scheduled, ...], target: str, rule: str, schedule: str, retention: str) -> Iterator[tuple[Place, str | int]]:
    """Yield where a new *schedule* and *retention* (days; empty: as it is) of a target's rule go in the settings."""
    chosen = next((each for each in wanted if each.target == target and each.rule == (rule or target)), None)
    if chosen is None:
        known = ", ".join(f"{each.target}" + (f" --rule {each.rule}" if each.rule != each.target else "") for each in wanted)
        raise Refused(f"there is no schedule {target} {rule}".rstrip(), f"choose --target {known}" if known else "enable a target first")
    if retention and not retention.isdecimal():
        raise Refused(f"--retention {retention} is no number of days", "write whole days, such as 35")
    if schedule:
        yield (*chosen.place, "schedule"), schedule
    if retention:
        yield (*chosen.place, "retention"), int(retention)
