"""What the evidence says of recovery: replicas, windows, restore tests, drills, measured times, and the journal itself."""

from datetime import timedelta

from runbooks.compliance.case import Answer, Case, few, judged, of_runs
from runbooks.compliance.exercises import Exercise, broken_runs
from runbooks.compliance.figures import Source, restore_tests

A_YEAR = timedelta(days=366)
REGION_LOST = ("failover", "drill-region-lost")


def database_is_replicated(case: Case) -> Answer:
    return judged(case.figures["database-lag"], "")


def files_are_replicated(case: Case) -> Answer:
    return judged(case.figures["files-lag"], "")


def any_second_is_restorable(case: Case) -> Answer:
    about, windows = case.evidence.about, case.evidence.windows
    found = [each for each in windows if each.earliest and each.latest and about.collected - each.latest <= timedelta(hours=1)]
    sources = (Source("windows.jsonl", tuple(f"{each.region} {each.source}" for each in found)),)
    missing = sorted({about.active_region, about.recovery_region} - {each.region for each in found})
    if unseen := case.unseen("restorable windows of"):
        return "no evidence", unseen, sources
    if missing:
        return "fail", f"no window up to the last hour in {' and '.join(missing)} when this was read", sources
    return "pass", "; ".join(f"{each.region}: {each.earliest:%F %H:%M} to {each.latest:%F %H:%M} UTC" for each in found), sources


def restores_are_tested(case: Case) -> Answer:
    if not case.evidence.about.tests:
        return "no evidence", "the settings ask for no restore tests", ()
    verdict, says, sources = judged(case.figures["restore-tests"], case.unseen("restore jobs of"))
    untested = sorted(_restorable(case) - {job.target for job in restore_tests(case.evidence)})
    if verdict == "pass" and untested and case.over:
        return "fail", f"{says}; none of {', '.join(untested)}", sources
    return verdict, says, sources


def _restorable(case: Case) -> set[str]:
    return {promise.target for promise in case.evidence.about.promises if promise.target in ("database", "files")}


def drills_are_held(case: Case) -> Answer:
    if not case.evidence.about.tests:
        return "no evidence", "the settings ask for no drills", ()
    drills = [run for run in case.period_runs if run.kind == "drill"]
    bad = [run for run in drills if not run.well]
    said = f"{len(drills) - len(bad)} of {len(drills)} drills passed"
    if bad:
        return "fail", f"{said}; {few([f'{run.run}: {_reason(run)}' for run in bad])}", of_runs(drills)
    if drills:
        return "pass", said, of_runs(drills)
    return ("fail", "no drill was held in the period", ()) if case.over else ("no evidence", "no drill yet; the period is not over", ())


def _reason(run: Exercise) -> str:
    left = f"left over: {', '.join(run.left_over)}" if run.left_over else ""
    return "; ".join(each for each in (run.outcome, run.why, left) if each)


def region_is_exercised(case: Case) -> Answer:
    until = case.evidence.about.period.until
    tried = [run for run in case.runs if run.command in REGION_LOST and run.well and until - A_YEAR <= run.began < until]
    if not tried:
        return "fail" if case.over else "no evidence", "no region was given up, or its loss tried, within a year", ()
    return "pass", f"{tried[-1].run}: {tried[-1].outcome}, within a year of the period's end", of_runs(tried[-1:])


def recovery_is_in_time(case: Case) -> Answer:
    return judged(case.figures["rto"], "")


def loss_is_within_bounds(case: Case) -> Answer:
    return judged(case.figures["rpo"], "")


def evidence_is_intact(case: Case) -> Answer:
    wrong = {**case.evidence.broken, **broken_runs(case.evidence)}
    if wrong:
        return "fail", few([f"{name}: {why}" for name, why in wrong.items()]), ()
    records = sum(run.records for run in case.runs)
    return "pass", f"{len(case.runs)} runs, {records:,} records, each follows from the one before", of_runs(case.runs)
