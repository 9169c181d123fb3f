"""CloudWatch: the takeover switch, and the newest value of a metric."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from names import TAKEOVER_METRIC
from runbooks.aws.session import Door


@dataclass(frozen=True, slots=True)
class Reading:
    """A metric's newest value, and the start of the minute it belongs to."""

    value: float
    at: datetime


def throw_switch(door: Door, namespace: str, value: int) -> None:
    """Write one datapoint of the takeover switch of the door's region in *namespace*: 1 takes over, 0 stands back.

    CloudWatch stamps it, not this machine. A 0 takes hold only in the next minute if a 1 was written in this one: the alarm
    reads each minute's maximum.
    """
    dimensions = [{"Name": "Region", "Value": door.region}]
    datapoint = {"MetricName": TAKEOVER_METRIC, "Dimensions": dimensions, "Value": float(value)}
    door.call("cloudwatch", "put_metric_data", Namespace=namespace, MetricData=[datapoint])


def switch_fault(door: Door, alarm: str, namespace: str) -> str | None:
    """Return what keeps *alarm* from being a switch that a metric in *namespace* throws and Route 53 can read, or None."""
    found = door.call("cloudwatch", "describe_alarms", AlarmNames=[alarm]).get("MetricAlarms", [])
    if not found:
        return f"there is no alarm {alarm} in {door.region}"
    watched = (found[0].get("Namespace"), found[0].get("MetricName"), found[0].get("Statistic"))
    if watched != (namespace, TAKEOVER_METRIC, "Maximum"):
        return f"the alarm {alarm} watches {'/'.join(str(part) for part in watched)}, not {namespace}/{TAKEOVER_METRIC}/Maximum"
    return None


def hourly(door: Door, namespace: str, metric: str, dimensions: dict[str, str], since: datetime, until: datetime) -> tuple[Reading, ...]:
    """Return the metric's maximum of each hour that has one, the oldest first. CloudWatch keeps hours for 455 days, and answers 1,440."""
    readings: list[Reading] = []
    while since < until:
        end = min(until, since + timedelta(hours=1440))
        answer = door.call(
            "cloudwatch",
            "get_metric_statistics",
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=since,
            EndTime=end,
            Period=3600,
            Statistics=["Maximum"],
        )
        readings += [Reading(point["Maximum"], point["Timestamp"]) for point in answer.get("Datapoints", [])]
        since = end
    return tuple(sorted(readings, key=lambda reading: reading.at))


def newest(door: Door, namespace: str, metric: str, dimensions: dict[str, str], now: datetime, within: timedelta) -> Reading | None:
    """Return the metric's newest minute (its maximum) within the last *within*, or None when there is none."""
    answer = door.call(
        "cloudwatch",
        "get_metric_statistics",
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - within,
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )
    readings = [Reading(point["Maximum"], point["Timestamp"]) for point in answer.get("Datapoints", [])]
    return max(readings, key=lambda reading: reading.at, default=None)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as CloudWatch has it; ``state`` and ``reason`` are its words, ``actions`` the ARNs of what it tells when it is raised."""

    name: str
    description: str
    region: str
    state: str
    reason: str
    since: datetime
    enabled: bool
    actions: tuple[str, ...]


def alarms(door: Door, prefix: str) -> tuple[Alarm, ...]:
    """Return the alarms on metrics whose names begin with *prefix*."""
    return tuple(
        Alarm(
            entry["AlarmName"],
            entry.get("AlarmDescription") or "",
            door.region,
            entry["StateValue"],
            entry.get("StateReason") or "",
            entry["StateUpdatedTimestamp"],
            bool(entry.get("ActionsEnabled")),
            tuple(entry.get("AlarmActions") or ()),
        )
        for entry in door.pages("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix)
    )


def raise_alarm(door: Door, alarm: str, reason: str) -> None:
    """Put *alarm* into ALARM, from another state than that, so that its actions are run; its next evaluation puts it back.

    Of a state that does not change, CloudWatch tells nobody. Source: the CloudWatch API reference, "SetAlarmState".
    """
    for state in ("INSUFFICIENT_DATA", "ALARM"):
        door.call("cloudwatch", "set_alarm_state", AlarmName=alarm, StateValue=state, StateReason=reason)
