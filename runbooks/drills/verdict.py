"""What a drill came to, read from its records alone: passed, or failed and why. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from runbooks.clock import spoken
from runbooks.drills.drill import CLEAR, LOOK
from runbooks.journal import Fact, Facts, Record

Checks = list[dict[str, Fact]]
LEFT = "it was left before it was validated"
NOT_LOOKED = "what it left could not be looked for"
HAND_OVER = "hand-over"


def verdict(records: tuple[Record, ...]) -> Facts:
    """Return what closes the run of *records*: ``why`` is empty when it passed."""
    opened = records[0].facts
    green = _validated(records)
    checks = [*_checks(records), *_handed_over(records)]
    rto = (green.at - _declared(records)).total_seconds() if green else None
    rpo = _number(opened.get("loss"), "seconds") if green else None
    measured = {"rto": rto, "rpo": rpo}
    met = {name: _met(value, _number(opened.get("objectives"), f"{name}_seconds")) for name, value in measured.items()}
    left = _left_over(records)
    why = next(_against(records, green, checks, measured, met, left), "")
    return {
        "outcome": "failed" if why else "passed",
        "scenario": opened.get("scenario"),
        "rto_seconds": _rounded(rto),
        "rpo_seconds": _rounded(rpo),
        "run_seconds": _rounded((records[-1].at - _declared(records)).total_seconds()),
        "met": {**met},
        "checks": [*checks],
        "left_over": list[Fact](left or ()),
        "why": why,
    }


def cleaning_began(records: tuple[Record, ...]) -> bool:
    """Return whether nothing but the clean-up is left to do."""
    return any(record.step in (CLEAR, LOOK) for record in records)


def _against(
    records: tuple[Record, ...],
    green: Record | None,
    checks: Checks,
    measured: Mapping[str, float | None],
    met: Mapping[str, bool | None],
    left: tuple[str, ...] | None,
) -> Iterator[str]:
    """Yield what speaks against it, the first reason first."""
    if green is None:
        yield _trouble(records)
    for each in checks:
        if each["well"] is not True:
            yield f"{each['name']}: {each['says']}"
    objectives = records[0].facts.get("objectives")
    for name, words in (("rto", "it took"), ("rpo", "what is restored ends")):
        value, limit = measured[name], _number(objectives, f"{name}_seconds")
        if met[name] is False and value is not None and limit is not None:
            behind = " before the declared start" if name == "rpo" else ""
            yield f"{words} {_spoken(value)}{behind}, and the objective is {_spoken(limit)}"
    if left is None:
        yield f"{NOT_LOOKED}: {_error(records, LOOK)}"
    elif left:
        yield f"left over: {', '.join(left)}"


def _trouble(records: tuple[Record, ...]) -> str:
    """Return why it was never validated."""
    for record in records:
        if record.kind == "step-failed" and record.step not in (CLEAR, LOOK):
            return f"{record.step}: {record.facts.get('error', '')}"
    paused = next((record for record in reversed(records) if record.kind == "paused"), None)
    return f"{paused.facts.get('why', '')} by {paused.operator}" if paused else LEFT


def _checks(records: tuple[Record, ...]) -> Checks:
    """Return everything that was looked at; a step that failed, and was not done later, is a check that is not well."""
    done = {record.step for record in records if record.kind == "step-finished"}
    found: Checks = []
    for record in records:
        if record.kind == "step-finished":
            told = record.facts.get("checks")
            found += [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
        elif record.kind == "step-failed" and record.step not in done:
            found.append({"name": record.step, "well": False, "says": str(record.facts.get("error", ""))})
            done.add(record.step)
    return found


def _handed_over(records: tuple[Record, ...]) -> Checks:
    """Return how one operator took over from another, where that is what the drill is about."""
    if records[0].facts.get("scenario") != "operator-unavailable":
        return []
    left = next((record for record in records if record.kind == "paused"), None)
    taken = next((record for record in records if left and record.seq > left.seq and record.kind == "step-started"), None)
    if left is None or taken is None or taken.token == left.token:
        return [{"name": HAND_OVER, "well": False, "says": "nobody took over"}]
    took = _spoken((taken.at - left.at).total_seconds())
    return [{"name": HAND_OVER, "well": True, "says": f"{took} from when it was left to the next step, from the journal alone"}]


def _validated(records: tuple[Record, ...]) -> Record | None:
    green = records[0].facts.get("green")
    return next((record for record in records if record.step == green and record.kind == "step-finished"), None)


def _left_over(records: tuple[Record, ...]) -> tuple[str, ...] | None:
    """Return the names of what is left by the last look; None when nobody could look."""
    looked = next((record for record in reversed(records) if record.step == LOOK and record.kind == "step-finished"), None)
    left = looked.facts.get("left_over") if looked else None
    return tuple(map(str, left)) if isinstance(left, list) else None


def _error(records: tuple[Record, ...], step: str) -> str:
    failed = next((record for record in reversed(records) if record.step == step and record.kind == "step-failed"), None)
    return str(failed.facts.get("error", "")) if failed else "nobody looked"


def _declared(records: tuple[Record, ...]) -> datetime:
    return datetime.fromisoformat(str(records[0].facts["declared_at"]))


def _met(value: float | None, limit: float | None) -> bool | None:
    return None if value is None or limit is None else value <= limit


def _number(section: Fact, name: str) -> float | None:
    value = section.get(name) if isinstance(section, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _spoken(seconds: float) -> str:
    return spoken(timedelta(seconds=seconds))
