"""What the evidence says of backups: made, copied, locked, encrypted, kept as declared, sound."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter

import schedules
from runbooks.compliance.case import Answer, Case, few, judged
from runbooks.compliance.evidence import Promise
from runbooks.compliance.figures import Source

STARTS_WITHIN = timedelta(hours=8)
"""How long after its schedule AWS Backup may start a job. Source: the AWS Backup guide, "StartWindowMinutes", its default."""

Backup = tuple[datetime, str, str]
"""When one was made, and the record that says so: its file and its id."""

SETTLES = timedelta(hours=24)
"""A backup that is younger may still be on its way to the other region."""


def backups_succeed(case: Case) -> Answer:
    return judged(case.figures["backup-success"], case.unseen("backup jobs of"))


def backups_are_on_schedule(case: Case) -> Answer:
    due = [(promise, run) for promise in case.evidence.about.promises for run in _due(case, promise)]
    made = _made(case)
    met = [(promise, run, _within(made.get(promise.target, ()), run)) for promise, run in due]
    missed = [f"{promise.target} {promise.rule} of {run:%F %H:%M}" for promise, run, found in met if not found]
    said = f"{len(due) - len(missed):,} of {len(due):,} scheduled backups were made"
    sources = _sources(found for _, _, found in met if found)
    if unseen := case.unseen("backup jobs of", "application backups in"):
        return "no evidence", f"{said}; not seen: {unseen}", sources
    if missed:
        return "fail", f"{said}; missed: {few(missed)}", sources
    return ("pass", said, sources) if due else ("no evidence", "no schedule fell into what was seen", ())


def _due(case: Case, promise: Promise) -> list[datetime]:
    """Return when *promise* was to run: since there is a vault, as far as jobs were seen, and as time enough has passed.

    Exports are no jobs of AWS Backup.
    """
    about = case.evidence.about
    seen = about.period.since if promise.target == "application" else about.covered_since
    since = max([seen, *(each.created for each in case.evidence.shelves if each.created and each.region == about.active_region)])
    until = min(about.period.until, about.collected - STARTS_WITHIN)
    if promise.rule == "export" or until <= since:
        return []
    days = (until.date() - since.date()).days + 1
    runs = (run.replace(tzinfo=UTC) for run in schedules.runs(promise.schedule, since.date(), days))
    return [run for run in runs if since <= run < until]


def _made(case: Case) -> Mapping[str, list[Backup]]:
    """Return what was made of each target, in the order of time."""
    made: dict[str, list[Backup]] = {}
    for job in case.evidence.jobs:
        if job.kind == "backup" and job.well:
            made.setdefault(job.target, []).append((job.began, "jobs.jsonl", job.id))
    for point in case.evidence.points:
        if point.kind != "copy":  # which proves its source, and that may be of another day
            made.setdefault(point.target, []).append((point.created, "points.jsonl", point.arn))
    for each in case.evidence.kept:
        made.setdefault("application", []).append((each.at, "kept.jsonl", f"{each.region} {each.name}"))
    return {target: sorted(found) for target, found in made.items()}


def _within(made: Sequence[Backup], run: datetime) -> Backup | None:
    """Return the first of what was *made* that may have come of *run*; clocks may differ by minutes."""
    place = bisect_left(made, run - timedelta(minutes=5), key=itemgetter(0))
    return made[place] if place < len(made) and made[place][0] <= run + STARTS_WITHIN else None


def _sources(found: Iterable[Backup]) -> tuple[Source, ...]:
    by_file: dict[str, dict[str, None]] = {}
    for _, file, identifier in found:
        by_file.setdefault(file, {})[identifier] = None
    return tuple(Source(file, tuple(ids)) for file, ids in sorted(by_file.items()))


def copies_succeed(case: Case) -> Answer:
    return judged(case.figures["copy-success"], case.unseen("copy jobs of"))


def copies_are_elsewhere(case: Case) -> Answer:
    about, found = case.evidence.about, []
    for target in about.copied:
        copies = [point for point in case.evidence.points if point.target == target and point.region == about.recovery_region]
        newest = max((point for point in copies if point.kind == "copy"), key=lambda point: point.created, default=None)
        source = max((p.created for p in case.evidence.points if p.target == target and p.region == about.active_region), default=None)
        found.append((target, newest, source))
    if unseen := case.unseen("recovery points of"):
        return "no evidence", unseen, ()
    late = [target for target, newest, source in found if source and (not newest or source - newest.created > SETTLES * 2)]
    sources = (Source("points.jsonl", tuple(newest.arn for _, newest, _ in found if newest)),)
    if late:
        return "fail", f"{about.recovery_region} has no recent copy of {' and '.join(late)}", sources
    there = [f"{target}: {newest.created:%F %H:%M} UTC" for target, newest, _ in found if newest]
    return (
        ("pass", f"newest in {about.recovery_region}: {', '.join(there)}", sources) if there else ("no evidence", "no backup to copy", ())
    )


def vaults_are_locked(case: Case) -> Answer:
    shelves = case.evidence.shelves
    source = (Source("shelves.jsonl", tuple(f"{each.region} {each.name}" for each in shelves)),)
    open_ = [f"{each.name} in {each.region}" for each in shelves if not each.locked]
    if open_:
        return "fail", f"not locked: {', '.join(open_)}", source
    if unseen := case.unseen("vault "):
        return "no evidence", unseen, source
    if not shelves:
        return "no evidence", "no vault was seen", ()
    return "pass", "; ".join(f"{each.name} in {each.region}: at least {each.shortest} days" for each in shelves), source


def vaults_are_encrypted(case: Case) -> Answer:
    shelves = case.evidence.shelves
    source = (Source("shelves.jsonl", tuple(f"{each.region} {each.name}" for each in shelves)),)
    bare = [f"{each.name} in {each.region}" for each in shelves if not each.key]
    if bare:
        return "fail", f"without a key: {', '.join(bare)}", source
    unseen = case.unseen("vault ")
    return ("pass", f"{len(shelves)} vaults, each under a key", source) if shelves and not unseen else ("no evidence", unseen, source)


def retention_is_as_declared(case: Case) -> Answer:
    compared = [each for each in case.evidence.about.promises if not each.deployed.startswith("by EventBridge")]
    source = (Source("about.json", tuple(f"{each.target} {each.rule}" for each in compared)),)
    unseen = [each for each in compared if each.deployed.startswith("not looked at")]
    wrong = [f"{each.target} {each.rule}: {each.deployed}" for each in compared if each.deployed != "as declared" and each not in unseen]
    if wrong:
        return "fail", few(wrong), source
    if unseen or not compared:
        return "no evidence", unseen[0].deployed if unseen else "no schedule is declared", source
    return "pass", f"{len(compared)} schedules are deployed as declared", source


def no_backup_is_broken(case: Case) -> Answer:
    newest = {each.backup: each for each in sorted(case.evidence.verdicts, key=lambda each: each.at)}
    bad = [each for each in newest.values() if not each.well]
    source = (Source("verdicts.jsonl", tuple(each.key for each in newest.values())),)
    if bad:
        return "fail", few([f"{each.backup}: {each.says}" for each in bad]), source
    return ("pass", f"{len(newest)} backups were looked into", source) if newest else ("no evidence", "no backup was looked into", ())


def application_is_kept(case: Case) -> Answer:
    kept = case.evidence.kept
    source = (Source("kept.jsonl", tuple(f"{each.region} {each.name}" for each in kept)),)
    if unseen := case.unseen("application backups in"):
        return "no evidence", unseen, source
    if not kept:
        return "no evidence", "no backup of the application in the period", source
    lacking = [f"{each.name} lacks {', '.join(each.lacks)}" for each in kept if each.lacks]
    regions = {each.region for each in kept}
    if lacking or len(regions) < 2:
        return "fail", few(lacking) or f"only in {' '.join(regions)}", source
    return "pass", f"{len({each.name for each in kept})} backups, whole and signed, in both regions", source


def procedures_are_kept(case: Case) -> Answer:
    source = (Source("about.json", ("documented",)),)
    if case.evidence.about.documented:
        return "pass", "this project's repository, with its procedures, is among what is backed up", source
    return "fail", "this project's own repository is not among application.repositories", source
