"""Route 53's health checks on CloudWatch alarms and on routing controls, evaluated as Route 53 does: an alarm's from its data stream,
not from its state; a control's from its state, which is kept in five regions and needs none of ours.

Assumption, because AWS publishes no figure: a change is in the answers 10 s after it was made (times
``lab.scale``). It is a fixed delay, so that two runs can be compared; on AWS expect it to vary between seconds and a minute.
"""

from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.models import Alarm
from moto.core.utils import utcnow
from moto.route53.models import HealthCheck

from sandbox import cloudwatch
from sandbox.lab import Lab

READ_AND_SPREAD = 10.0
"""Seconds from a datapoint or a state to a changed answer, before scaling: reading it and telling the name servers."""

SHORTEST_PERIOD = 60
"""Route 53 reads standard-resolution metrics only."""


@dataclass(slots=True)
class Health:
    """What Route 53 believes. ``last_known`` is the newest reading that had data; it takes ``delay`` seconds to be believed."""

    healthy: bool = True
    last_known: bool = True
    since: float = 0.0

    def read(self, reading: bool, now: float, delay: float) -> None:
        """Take in one reading; *now* is the monotonic clock."""
        if reading != self.last_known:
            self.last_known, self.since = reading, now
        if self.last_known != self.healthy and now - self.since >= delay:
            self.healthy = self.last_known


class LabHealthCheck(HealthCheck):
    """moto's health check with what moto drops: the alarm or the control that it follows, and what it does without data."""

    __module__ = HealthCheck.__module__

    def __init__(self, health_check_id: str, caller_reference: str, health_check_args: dict[str, Any]) -> None:
        super().__init__(health_check_id, caller_reference, health_check_args)
        self.alarm: dict[str, str] = {}
        self.control = ""
        self.without_data = "LastKnownStatus"
        self.health = Health()

    def follow(self, config: dict[str, Any]) -> None:
        """Take from *config*, a HealthCheckConfig or part of one, what moto leaves behind."""
        self.alarm = config.get("AlarmIdentifier") or self.alarm
        self.control = config.get("RoutingControlArn") or self.control
        self.without_data = config.get("InsufficientDataHealthStatus") or self.without_data

    @property
    def health_check_config(self) -> dict[str, Any]:
        followed = {"AlarmIdentifier": self.alarm, "InsufficientDataHealthStatus": self.without_data}
        if self.control:
            followed = {"RoutingControlArn": self.control}
        return {"Type": self.type_, "Inverted": self.inverted, "Disabled": self.disabled, **followed}

    @property
    def healthy(self) -> bool:
        """What the name servers go by: a disabled check is always healthy, an inverted one says the opposite."""
        return bool(self.disabled) or self.health.healthy != bool(self.inverted)

    def read(self, lab: Lab, now: float) -> None:
        """Read the control's state, or the alarm's data stream, once; a dark region has no stream."""
        if self.control:
            self.health.read(lab.controls.is_on(self.control), now, READ_AND_SPREAD * lab.scale)
            return
        state = self._stream_state(lab)
        if state == "INSUFFICIENT_DATA":
            reading = {"Healthy": True, "Unhealthy": False}.get(self.without_data, self.health.last_known)
        else:
            reading = state == "OK"
        self.health.read(reading, now, READ_AND_SPREAD * lab.scale)

    def _stream_state(self, lab: Lab) -> str:
        alarm = alarm_of(lab, self.alarm)
        if alarm is None or lab.regions.outage(self.alarm["Region"]) is not None:
            return "INSUFFICIENT_DATA"
        points = cloudwatch.backend_of(lab, self.alarm["Region"]).points(alarm, utcnow())
        if all(point is None for point in points):
            return "INSUFFICIENT_DATA"
        return cloudwatch.judge(alarm, points).state or "INSUFFICIENT_DATA"


def alarm_of(lab: Lab, identifier: dict[str, str]) -> Alarm | None:
    """Return the alarm with this ``Region`` and ``Name``, or None."""
    if identifier.get("Region") not in lab.settings.regions:
        return None
    return cloudwatch.backend_of(lab, identifier["Region"]).alarms.get(identifier["Name"])


def why_not(lab: Lab, config: dict[str, Any]) -> str | None:
    """Return why a health check with this HealthCheckConfig cannot be evaluated, on AWS or here, or None."""
    if config.get("Type") == "RECOVERY_CONTROL":
        arn = config.get("RoutingControlArn")
        return None if arn in lab.controls.states else f"there is no routing control {arn}"
    if config.get("Type") != "CLOUDWATCH_METRIC":
        return f"the sandbox evaluates health checks of type CLOUDWATCH_METRIC and RECOVERY_CONTROL only, not {config.get('Type')}"
    identifier = config.get("AlarmIdentifier") or {}
    alarm = alarm_of(lab, identifier)
    if alarm is None:
        return f"there is no alarm {identifier.get('Name')} in {identifier.get('Region')}"
    if alarm.period < SHORTEST_PERIOD:
        return f"{alarm.name} is of high resolution ({alarm.period} s): Route 53 takes 60 s and more"
    if (alarm.datapoints_to_alarm or alarm.evaluation_periods) != alarm.evaluation_periods:
        return f"{alarm.name} is an M out of N alarm, which Route 53 does not follow"
    return None
