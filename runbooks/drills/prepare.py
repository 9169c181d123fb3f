"""What `invoke drill` prepares: which scenarios the settings make possible, each decided anew, or read back from its journal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from names import Names
from runbooks import journal, runs
from runbooks.commands import Desk, Prepared
from runbooks.drills import application, databases, files, hand_over, run
from runbooks.drills.drill import Drill, about
from runbooks.errors import Refused
from runbooks.journal import DRILLS, SCENARIOS, Fact, Facts, Record
from runbooks.plan import Watcher

Decide = Callable[[Desk, str, str, datetime], Drill]


class Decided(Protocol):
    def __call__(self, at: Desk, scenario: str, run: str, kept: Mapping[str, Fact], declared: datetime) -> Drill: ...


@dataclass(frozen=True, slots=True)
class Ready:
    """A drill that only waits for the word; ``records`` is not empty when it is unfinished."""

    drill: Drill
    about: Facts
    declared: datetime
    records: tuple[Record, ...] = ()

    @property
    def prepared(self) -> Prepared:
        """Return it as other runs are shown."""
        return Prepared(self.drill.plan, self.drill.run, self.about, lambda _: None, self.records, line=DRILLS)


def possible(names: Names, scenario: str) -> tuple[str, ...]:
    """Return the scenarios that are asked for, all that the settings make possible if none is named; raise :class:`Refused` if none is."""
    if scenario and scenario not in SCENARIOS:
        raise Refused(f"--scenario {scenario} is unknown", f"choose {', '.join(SCENARIOS)}")
    reasons = {each: why_not(names, each) for each in SCENARIOS}
    if scenario and reasons[scenario]:
        raise Refused(f"{scenario} cannot be tried: {reasons[scenario]}", "choose another scenario, or change the settings and deploy")
    found = (scenario,) if scenario else tuple(each for each, reason in reasons.items() if not reason)
    if not found:
        raise Refused("nothing is protected, so nothing can be tried", "enable what is to be protected, and deploy")
    return found


def why_not(names: Names, scenario: str) -> str:
    """Return why the settings leave nothing to try, or nothing."""
    settings = names.settings
    if not settings.disaster_recovery.enabled:
        return "disasterRecovery.enabled is false"
    match scenario:
        case "database-corrupted":
            return "" if settings.database.enabled else "database.enabled is false"
        case "region-lost":
            there = settings.database.enabled and settings.database.cross_region
            return "" if there else "database.crossRegion is false: no backup is in the other region"
        case "bucket-emptied":
            return "" if settings.files.kinds else "no files are protected"
        case "application-rebuilt" | "backup-tampered":
            return "" if settings.application.enabled else "application.enabled is false"
        case _:
            return "" if settings.files.kinds or settings.database.enabled else "neither files nor the database are protected"


def prepare(at: Desk, scenario: str) -> Ready:
    """Return the drill to carry out; raise :class:`Refused` with the way out before anything is made."""
    declared = at.clock.now()
    name = runs.new_run(f"drill-{scenario}", declared)
    decide, _ = _kind(at.names, scenario)
    drill = decide(at, scenario, name, declared)
    return Ready(drill, about(drill, at.names, declared), declared)


def unfinished(at: Desk) -> Ready | None:
    """Return the drill that was left unfinished, as it was decided, or None."""
    with runs.in_reach(at.journals):
        records = journal.newest_open(at.journals.first, DRILLS)
    if records is None:
        return None
    return Ready(_read(at, records), {}, datetime.fromisoformat(str(records[0].facts["declared_at"])), records)


def carry_out(at: Desk, ready: Ready, tell: Watcher, *, only_clear: bool = False) -> tuple[Record, ...]:
    """Carry out, or carry on, and return the run's records, closed with its verdict."""
    drill = ready.drill
    if ready.records:
        return run.resume(at, drill, drill.run, tell, only_clear=only_clear)
    if drill.scenario != hand_over.UNAVAILABLE:
        return run.start(at, drill, ready.about, tell)
    decide, _ = _kind(at.names, drill.scenario)
    return hand_over.carry_out(at, lambda first: decide(first, drill.scenario, drill.run, ready.declared), _read, ready.about, tell)


def stopped(records: tuple[Record, ...]) -> bool:
    """Return whether somebody stopped this drill, and with it those that were to follow."""
    return any(record.kind == "paused" for record in records) and records[0].facts.get("scenario") != hand_over.UNAVAILABLE


def _read(at: Desk, records: tuple[Record, ...]) -> Drill:
    opened = records[0].facts
    scenario, declared = str(opened["scenario"]), datetime.fromisoformat(str(opened["declared_at"]))
    _, decided = _kind(at.names, scenario)
    return decided(at, scenario, records[0].run, cast(dict[str, Fact], opened["drill"]), declared)


def _kind(names: Names, scenario: str) -> tuple[Decide, Decided]:
    """Return what decides a scenario, and what reads its decision; the operator's is tried with what costs least."""
    match scenario:
        case "database-corrupted" | "region-lost":
            return databases.decide, databases.decided
        case "bucket-emptied":
            return files.decide, files.decided
        case "application-rebuilt" | "backup-tampered":
            return application.decide, application.decided
        case _:
            least = files if names.settings.files.kinds else databases
            return least.decide, least.decided
