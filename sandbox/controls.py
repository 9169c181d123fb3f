"""Routing controls as ARC keeps them: control panels, states, and the safety rules that a change must satisfy."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-2")
"""Where ARC's clusters answer."""


class Conflict(Exception):
    """A change that a safety rule does not let through; the message is AWS's."""


class Unknown(Exception):
    """There is no control or control panel with that ARN."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An assertion: after a change at least ``threshold`` of ``controls`` are on; none of them changes within ``wait`` seconds."""

    name: str
    controls: tuple[str, ...]
    threshold: int
    wait: float


@dataclass(slots=True)
class Controls:
    """One cluster. Every ARN follows from the account and a name, so that settings can hold it before anything is made."""

    panels: dict[str, str] = field(default_factory=dict)
    states: dict[str, bool] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    _changed: dict[str, float] = field(default_factory=dict)

    def add(self, panel: str, name: str) -> str:
        """Return the ARN of a new control, which is off, as ARC's are."""
        if panel not in self.panels:
            raise Unknown(panel)
        arn = f"{panel}/routingcontrol/{_id(name)[:16]}"
        self.states[arn] = False
        return arn

    def is_on(self, arn: str) -> bool:
        if arn not in self.states:
            raise Unknown(arn)
        return self.states[arn]

    def change(self, wanted: Mapping[str, bool]) -> None:
        """Change all of *wanted* or none; raise :class:`Unknown` or :class:`Conflict`."""
        changes = {arn for arn, on in wanted.items() if self.is_on(arn) != on}
        after, now = self.states | dict(wanted), time.monotonic()
        for rule in self.rules:
            if not changes.isdisjoint(rule.controls):
                on = sum(after[arn] for arn in rule.controls)
                if on < rule.threshold:
                    raise Conflict(f"the safety rule {rule.name} asks for {rule.threshold} controls that are on, and {on} would be")
                if any(now - self._changed.get(arn, -rule.wait) < rule.wait for arn in rule.controls):
                    raise Conflict(f"the wait period of the safety rule {rule.name} is not over")
        self.states = after
        self._changed |= dict.fromkeys(changes, now)


def panel_arn(account: str, name: str) -> str:
    return f"arn:aws:route53-recovery-control::{account}:controlpanel/{_id(name)[:32]}"


def control_arn(account: str, panel: str, name: str) -> str:
    return f"{panel_arn(account, panel)}/routingcontrol/{_id(name)[:16]}"


def _id(name: str) -> str:
    return sha256(name.encode()).hexdigest()
