"""What would bring recovery time, loss, cost or compliance nearer to the objectives: each with its evidence and the expected effect.

Pure: evidence and settings in, recommendations out, the most urgent first. An effect is said with the number it was reckoned from, or
as what it makes possible; nothing is promised that nobody measured.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

from runbooks.compliance import mapping
from runbooks.compliance.case import Case
from runbooks.compliance.evidence import Evidence
from runbooks.compliance.exercises import Exercise, exercises
from runbooks.compliance.figures import Source, figures, ours
from runbooks.compliance.findings import Finding, findings
from runbooks.compliance.words import size
from runbooks.journal import records_in
from runbooks.story import StepStory, Story, story
from runbooks.timeline import exact
from settings import Settings

Aim = Literal["RTO", "RPO", "cost", "compliance"]
SOON = timedelta(days=60)
"""A statement that ends within it wants to be made anew."""

SLOWER = 1.5
"""How many times the earlier median a recovery time must be to be called slower."""

REMEDIES = {
    "backups-succeed": "mend what made backups fail, and repeat them: invoke backup --target TARGET",
    "backups-on-schedule": "see why a schedule did not run: invoke backup-schedule; make what is missing: invoke backup --target TARGET",
    "copies-succeed": "mend what made copies fail: the vault's policy and key in the other region",
    "copies-elsewhere": "have the newest backup copied: invoke backup --target database",
    "database-replicated": "see what holds the replica back (invoke status), such as a class smaller than the writer's",
    "files-replicated": "replicate what was there before replication began: invoke replicate-existing",
    "any-second-restorable": "protect the database in both regions again: invoke check-readiness names what is missing",
    "restores-tested": "look why a restore test failed or did not run: invoke verify --restore-job JOB",
    "drills-held": "hold a drill: invoke drill",
    "region-exercised": "exercise the loss of a region: invoke drill --scenario region-lost",
    "vaults-locked": "lock the vaults: vaults.lock in the settings, then `pulumi up`",
    "retention-declared": "deploy what is declared: `pulumi up`",
    "backups-intact": "make a new backup of what was found broken: invoke backup --target TARGET",
    "application-kept": "mend what the backup lacks, and repeat it: invoke backup --target application",
    "procedures-kept": "add this project's own repository to application.repositories",
    "evidence-intact": "keep the journal bucket as it is, and find out who altered what: CloudTrail has who wrote to it",
}
"""What to do about a finding that fails, by its name."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One thing to do; ``because`` is the evidence, ``effect`` what may be expected, ``sources`` the records behind it."""

    aim: Aim
    do: str
    because: str
    effect: str
    sources: tuple[Source, ...]


def recommendations(evidence: Evidence, settings: Settings) -> tuple[Recommendation, ...]:
    """Return what to do, compliance that fails before what merely takes long or costs."""
    runs = exercises(evidence)
    case = Case(evidence, runs, {each.name: each for each in figures(evidence, runs)})
    moves = [story(records_in(evidence.runs[run.run])) for run in runs if run.kind in ("move", "drill") and run.well]
    return (
        *_failures(case),
        *_statements(evidence),
        *_loss(case, settings),
        *_standby(moves, settings),
        *_slowest(moves),
        *_slower(runs),
        *_costs(evidence, settings),
    )


def _failures(case: Case) -> Iterator[Recommendation]:
    for each in findings(case):
        if each.verdict == "fail" and each.name in REMEDIES:
            because = f"{each.title}: not so: {each.says}"
            yield Recommendation("compliance", REMEDIES[each.name], because, _controls(case, each), each.sources)
    failed = [job for job in ours(case.evidence, "backup") if not job.well and job.message]
    for message, count in Counter(job.message for job in failed).most_common(1):
        source = Source("jobs.jsonl", tuple(job.id for job in failed if job.message == message))
        if count > 1:
            because = f"{count} backups failed with: {message}"
            yield Recommendation("compliance", "mend this first", because, f"{count} failures fewer", (source,))


def _controls(case: Case, failed: Finding) -> str:
    asks = [
        f"{framework.id} {control.id}"
        for framework in mapping.frameworks(case.evidence.documents)
        for control in framework.controls
        if failed.name in control.needs
    ]
    return f"{len(asks)} controls ask for it: {', '.join(asks[:4])}{' …' if len(asks) > 4 else ''}" if asks else "no control asks for it"


def _statements(evidence: Evidence) -> Iterator[Recommendation]:
    """Yield what people have to state: what nobody has, and what is about to end."""
    made = mapping.statements(evidence.documents)
    asked = mapping.attested(made, mapping.frameworks(evidence.documents), evidence)
    missing = [name for name, each in asked.items() if each.verdict != "pass"]
    if missing:
        because, effect = f"nobody states: {', '.join(missing)}", f"{len(missing)} things that controls ask for have evidence"
        yield Recommendation("compliance", "state in procedures/statements.yaml what is so", because, effect, ())
    day = evidence.about.collected.date()
    ends = {each.finding: each.until for each in made.attestations} | {each.finding: each.until for each in made.exceptions}
    for what, until in ends.items():
        if day <= until <= day + SOON:
            yield Recommendation("compliance", f"look at {what} again", f"what is stated of it ends on {until}", _days(until - day), ())


def _days(left: timedelta) -> str:
    return f"{left.days} days are left" if left.days != 1 else "one day is left"


def _loss(case: Case, settings: Settings) -> Iterator[Recommendation]:
    beyond = [each for each in case.evidence.lags if each.what == "database" and each.seconds > case.evidence.about.rpo_seconds]
    if beyond:
        hours = Counter(each.at.hour for each in beyond).most_common(1)[0]
        source = Source("lags.jsonl", tuple(f"{each.name} {each.region} {each.at:%FT%HZ}" for each in beyond))
        yield Recommendation(
            "RPO",
            f"move what writes most at {hours[0]:02d}:00 UTC, or give workload.database.instanceClass ({_class(settings)}) more room",
            f"the replica was beyond the RPO in {len(beyond)} hours, {hours[1]} of them at {hours[0]:02d}:00 UTC",
            f"a region lost then would have cost up to {exact(max(each.seconds for each in beyond))} of orders",
            (source,),
        )


def _class(settings: Settings) -> str:
    return settings.workload.database.instance_class


def _standby(moves: list[Story], settings: Settings) -> Iterator[Recommendation]:
    """Yield whether more tasks should stand by: only where waiting for them decided when the service was back."""
    service = settings.workload.service
    for told in reversed(moves):
        waited = [step for step in told.steps if step.name.startswith("scale-up") and step.critical and step.seconds]
        if waited and service.pilot_light < service.capacity:
            seconds = waited[0].seconds or 0.0
            yield Recommendation(
                "RTO",
                f"raise workload.service.pilotLight from {service.pilot_light} to {service.capacity}",
                f"in {told.run} shoppers waited {exact(seconds)} for {waited[0].name}",
                f"up to {exact(seconds)} less, for {service.capacity - service.pilot_light} more tasks that run all the time",
                (_of(told),),
            )
        return


def _slowest(moves: list[Story]) -> Iterator[Recommendation]:
    """Yield the step that took most of the newest recovery, where the recovery took most of what it may."""
    for told in reversed(moves):
        path = [step for step in told.steps if step.critical and step.seconds]
        rto, objective = told.measured.rto, told.rto_objective
        if not path or rto is None or objective is None or rto < objective / 2:
            return
        worst: StepStory = max(path, key=lambda step: step.seconds or 0.0)
        yield Recommendation(
            "RTO",
            f"shorten {worst.name}: {worst.says}",
            f"{told.run} took {exact(rto)} of {exact(objective)}, and {exact(worst.seconds or 0.0)} of that was this step",
            f"no other step can give more than {exact(worst.seconds or 0.0)}",
            (_of(told),),
        )
        return


def _slower(runs: tuple[Exercise, ...]) -> Iterator[Recommendation]:
    """Yield which recovery has become slower: its newest time against the median of those before."""
    for command in sorted({run.command for run in runs}):
        times = [(run, run.rto_seconds) for run in runs if run.command == command and run.rto_seconds is not None]
        if len(times) < 3:
            continue
        newest, before = times[-1], median(seconds for _, seconds in times[:-1])
        if newest[1] > SLOWER * before:
            sources = tuple(Source(f"runs/{run.run}", (f"{run.records:04d}.json",)) for run, _ in times)
            because = f"{newest[0].run} took {exact(newest[1])}, the median of {len(times) - 1} before it was {exact(before)}"
            yield Recommendation(
                "RTO", f"see what changed: invoke report --run {newest[0].run}", because, f"back to {exact(before)}", sources
            )


def _costs(evidence: Evidence, settings: Settings) -> Iterator[Recommendation]:
    """Yield what is kept longer than anything asks for, and what is cheaper kept otherwise."""
    long = [point for point in evidence.points if point.target == "database" and point.expires and _year(point.expires.date(), evidence)]
    if long and settings.database.export:
        source = Source("points.jsonl", tuple(point.arn for point in long))
        yield Recommendation(
            "cost",
            "keep years of the database as the export alone: shorten the retention of database.rules beyond a year",
            f"{len(long)} recovery points of the database are kept for over a year: RDS backups cannot go cold",
            f"{size(sum(point.size for point in long))} less of warm storage; the archive of the export has the tables",
            (source,),
        )


def _year(ends: date, evidence: Evidence) -> bool:
    return ends > evidence.about.collected.date() + timedelta(days=366)


def _of(told: Story) -> Source:
    return Source(f"runs/{told.run}", (f"{told.chain.records:04d}.json",))
