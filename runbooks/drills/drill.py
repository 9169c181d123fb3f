"""What a drill is: production steps on an isolated target, how they are judged, and what takes away what they made. Data, like a plan."""

import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from names import Names
from runbooks.checked import Checked
from runbooks.clock import spoken
from runbooks.journal import Fact, Facts
from runbooks.objectives import Loss
from runbooks.plan import Plan, Step

CLEAR, LOOK = "clear", "look-again"
SANDBOX = "AWS_ENDPOINT_URL"


@dataclass(frozen=True, slots=True)
class Drill:
    """One scenario as it was decided: ``acts`` end with ``validated``, whatever comes of them ``clear`` follows, and then ``left`` is
    asked for the names of what is still there. ``kept`` is what another machine needs to go on with it.

    ``loss`` is the RPO: how long before the declared start what is restored ends, and how that is known.
    """

    scenario: str
    run: str
    region: str
    title: str
    why: str
    acts: tuple[Step, ...]
    validated: str
    clear: Step
    left: Callable[[], tuple[str, ...]]
    loss: Loss
    kept: Facts

    @property
    def plan(self) -> Plan:
        """Return all that it does, to be shown and journaled."""
        clear = replace(self.clear, needs=(self.validated,))
        return self._planned(*self.acts, clear, replace(self.look, needs=(CLEAR,)))

    @property
    def acting(self) -> Plan:
        return self._planned(*self.acts)

    @property
    def clearing(self) -> tuple[Plan, Plan]:
        """Return the clean-up, and the look that proves it, which follows also where the clean-up failed."""
        return self._planned(self.clear), self._planned(self.look)

    @property
    def look(self) -> Step:
        def act() -> Facts:
            return {"left_over": list[Fact](self.left())}

        return Step(
            name=LOOK,
            says="Look for what is left of it: nothing may be",
            region=self.region,
            act=act,
            done=lambda: False,  # only looks
            estimate=timedelta(seconds=5),
        )

    def _planned(self, *steps: Step) -> Plan:
        return Plan(
            command="drill",
            source=self.scenario,
            target=self.region,
            mode="drill",
            why=self.why,
            steps=steps,
            loss=self.loss,
            green=self.validated,
            title=f"Drill {self.scenario}: {self.title}",
            until="until it is validated",
            again=f"invoke drill --scenario {self.scenario}",
        )


def about(drill: Drill, names: Names, declared: datetime) -> Facts:
    """Return what is journaled before the first step, besides the plan."""
    objectives = names.settings.disaster_recovery
    sandbox: Facts = {"sandbox": True} if os.environ.get(SANDBOX) else {}
    return {
        "environment": names.settings.environment,
        "scenario": drill.scenario,
        "region": drill.region,
        "declared_at": declared.isoformat(),
        "failed_at": None,
        "objectives": {"rto_seconds": objectives.rto.total_seconds(), "rpo_seconds": objectives.rpo.total_seconds()},
        "loss": cast(Fact, asdict(drill.loss)),
        "drill": dict(drill.kept),
        **sandbox,
    }


def as_facts(found: Iterable[Checked]) -> list[Fact]:
    """Return what was found as the journal keeps it."""
    return [{"name": each.name, "well": each.well, "says": each.says} for each in found]


def age(moment: datetime, declared: datetime, what: str) -> Loss:
    """Return the RPO of a drill that restores *moment*; *what* says which moment that is."""
    behind = max(declared - moment, timedelta(0))
    return Loss(round(behind.total_seconds(), 3), None, f"{what}, {spoken(behind)} before the declared start")
