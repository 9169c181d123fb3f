"""The plan that brings files back: thawed if they must be, copied by S3, and compared with what they were."""

from runbooks import traffic
from runbooks.files import landing, steps
from runbooks.files.decision import Decision, told
from runbooks.files.wanted import Survey
from runbooks.objectives import Loss
from runbooks.plan import Plan, Step
from runbooks.reach import Reach

COMMAND = "restore-files"


def plan(reach: Reach, decision: Decision, seen: Survey, run: str) -> Plan:
    """Return the steps; the same arguments give the same plan, so that any machine can resume it."""
    acts = _steps(reach, decision, seen, run)
    how = "as AWS Backup holds it" if decision.point else "each as it was at the moment"
    return Plan(
        command=COMMAND,
        source=decision.source_region,
        target=decision.place.bucket if decision.in_place else decision.region,
        mode="restore",
        why=told(decision, seen, reach.names),
        steps=tuple(acts),
        loss=Loss(decision.loss.total_seconds(), None, f"{how}; what is there now stays as an older version"),
        green=acts[-2].name,
        title=f"Restore {decision.kind} in {decision.region}",
        until="until they are restored and compared",
        again="invoke restore --target files",
        afterwards=_next(decision),
    )


def _steps(reach: Reach, decision: Decision, seen: Survey, run: str) -> list[Step]:
    first: list[Step] = []
    if decision.point:
        first += [landing.clear(reach, decision), landing.bring(reach, decision, decision.point, run)]
    if seen.archived:
        first.append(steps.thaw(reach, decision, seen))
    first.append(steps.copy(reach, decision, seen, needs=tuple(step.name for step in first[-1:])))
    first.append(steps.compare(reach, decision, seen))
    if decision.exact:
        first.append(steps.hide(reach, decision, seen))
    text = f"Files were restored: {decision.spoken()}"
    return [*first, traffic.announce(reach, decision.region, run, text, needs=(first[-1].name,))]


def _next(decision: Decision) -> str:
    left = f" What {decision.source_bucket} holds ends by itself." if decision.point else ""
    if decision.in_place:
        return f"What was there before is an older version of each key, until files.retention is over.{left}"
    return f"They are under {decision.place.spoken()}. To put them where they were, repeat the command with --replace.{left}"
