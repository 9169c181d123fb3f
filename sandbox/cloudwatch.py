"""CloudWatch whose alarms are evaluated from their metrics, and tell their topics.

A period of an alarm lasts ``lab.scale`` times its seconds and ends now: windows trail the clock, where CloudWatch's are
aligned to it. What is not evaluated (metric math, percentiles) is refused when the alarm is made.
"""

import contextlib
import json
import operator
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Thread
from typing import Any, ClassVar, NamedTuple, cast

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDatumBase, Statistics, cloudwatch_backends
from moto.core.utils import utcnow
from moto.sns.exceptions import TopicNotFound
from moto.sns.models import sns_backends

from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab

TICK = 0.2
KEPT, KEPT_PER_METRIC = 100_000, 4096
STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")
COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
}

Series = tuple[str, str, frozenset[tuple[str | None, str | None]]]
"""A metric's namespace, name and dimensions."""


class Verdict(NamedTuple):
    """``state`` is OK, ALARM or INSUFFICIENT_DATA; None leaves the alarm as it is."""

    state: str | None
    reason: str


def judge(alarm: Alarm, points: Sequence[float | None]) -> Verdict:
    """Return what *points* (newest first, None where there was no data, one per evaluation period) say about *alarm*."""
    breaches, words = COMPARISONS[alarm.comparison_operator]
    known = [point for point in points if point is not None]
    breaching = [point for point in known if breaches(point, float(alarm.threshold))]
    missing = len(points) - len(known)
    needed = alarm.datapoints_to_alarm or alarm.evaluation_periods
    treated = alarm.treat_missing_data or "missing"
    if len(breaching) + (missing if treated == "breaching" else 0) >= needed:
        return Verdict(
            "ALARM", f"Threshold Crossed: {len(breaching)} datapoint(s) {breaching} were {words} the threshold ({alarm.threshold})."
        )
    if known or treated == "notBreaching":
        return Verdict("OK", f"Threshold Crossed: of the datapoint(s) {known} too few were {words} the threshold ({alarm.threshold}).")
    if treated == "ignore":
        return Verdict(None, "")
    return Verdict("INSUFFICIENT_DATA", f"Insufficient Data: {missing} datapoint(s) were unknown.")


class LabCloudWatch(CloudWatchBackend):
    """moto's CloudWatch of one region, with its data found by metric and its alarms alive."""

    __module__ = CloudWatchBackend.__module__
    lab: ClassVar[Lab]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._series: defaultdict[Series, deque[MetricDatumBase]] = defaultdict(partial(deque, maxlen=KEPT_PER_METRIC))

    def put_metric_data(self, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        before = len(self.metric_data)
        super().put_metric_data(namespace, metric_data)
        for datum in self.metric_data[before:]:
            self._series[datum.namespace, datum.name, _key(datum.dimensions)].append(datum)
        del self.metric_data[:-KEPT]

    def put_metric_alarm(self, *args: Any, **kwargs: Any) -> Alarm:
        """Start without data, as CloudWatch does; an alarm that is changed keeps its state."""
        former = self.alarms.get(str(kwargs.get("name")))
        alarm = super().put_metric_alarm(*args, **kwargs)
        fault = _why_not(alarm)
        if fault:
            del self.alarms[alarm.name]
            raise ValidationError(fault)
        if former is None:
            alarm.state_value = "INSUFFICIENT_DATA"
        else:
            alarm.state_value, alarm.state_reason = former.state_value, former.state_reason
            alarm.state_updated_timestamp, alarm.history = former.state_updated_timestamp, former.history
        return alarm

    def set_alarm_state(self, alarm_name: str, reason: str, reason_data: str, state_value: str) -> None:
        old = self.alarms[alarm_name].state_value if alarm_name in self.alarms else ""
        super().set_alarm_state(alarm_name, reason, reason_data, state_value)
        if old != state_value:
            self._act(self.alarms[alarm_name], old)

    def get_metric_data(
        self, queries: list[dict[str, Any]], start_time: datetime, end_time: datetime, scan_by: str = "TimestampAscending"
    ) -> Any:
        """Include the current second, which moto cuts off: what was just put is seen."""
        return super().get_metric_data(queries, start_time, end_time + timedelta(seconds=1), scan_by)

    def get_metric_statistics(
        self, namespace: str, metric_name: str, start_time: datetime, end_time: datetime, *args: Any, **kwargs: Any
    ) -> Any:
        """Include the current second, as above."""
        return super().get_metric_statistics(namespace, metric_name, start_time, end_time + timedelta(seconds=1), *args, **kwargs)

    def points(self, alarm: Alarm, now: datetime) -> list[float | None]:
        """Return the alarm's datapoints, newest first, one for each of its evaluation periods. *now* is naive UTC, as in all of moto."""
        series = self._series.get((alarm.namespace, alarm.metric_name, _key(alarm.dimensions)), ())
        period = timedelta(seconds=float(alarm.period) * self.lab.scale)
        ends = [now - period * number for number in range(alarm.evaluation_periods)]
        return [_point(alarm.statistic, [datum for datum in series if end - period < datum.timestamp <= end]) for end in ends]

    def evaluate(self, now: datetime) -> None:
        """Give each alarm the state that its metric has now."""
        for alarm in list(self.alarms.values()):
            verdict = judge(alarm, self.points(alarm, now))
            if verdict.state is not None and verdict.state != alarm.state_value:
                old = alarm.state_value
                alarm.update_state(verdict.reason, "{}", verdict.state)
                self._act(alarm, old)

    def _act(self, alarm: Alarm, old: str) -> None:
        actions = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(alarm.state_value, alarm.insufficient_data_actions)
        for action in actions if alarm.actions_enabled else []:
            if action.split(":")[2] == "sns":
                subject, message = _notice(alarm, old, self.account_id)
                with contextlib.suppress(TopicNotFound):
                    sns_backends[self.account_id][action.split(":")[3]].publish(message, action, subject=subject)


def _why_not(alarm: Alarm) -> str | None:
    """Return why the sandbox cannot evaluate *alarm*, or None."""
    if alarm.rule is not None or alarm.metric_data_queries:
        return "the sandbox evaluates alarms on one metric: no metric math, no composite alarms"
    if alarm.statistic not in STATISTICS:
        return f"the sandbox evaluates {', '.join(STATISTICS)}: not {alarm.statistic or alarm.extended_statistic}"
    if alarm.comparison_operator not in COMPARISONS:
        return f"the sandbox compares by {', '.join(COMPARISONS)}: not {alarm.comparison_operator}"
    if (alarm.datapoints_to_alarm or 0) > alarm.evaluation_periods:
        return "DatapointsToAlarm must not exceed EvaluationPeriods"
    return None


def _key(dimensions: Sequence[Any]) -> frozenset[tuple[str | None, str | None]]:
    return frozenset((dimension.name, dimension.value) for dimension in dimensions)


def _point(statistic: str, data: list[MetricDatumBase]) -> float | None:
    if not data:
        return None
    found = Statistics([statistic], data[0].timestamp)
    found.metric_data = data
    value = found.get_statistics_for_type(statistic)
    return None if value is None else float(value)


def _notice(alarm: Alarm, old: str, account: str) -> tuple[str, str]:
    """Return the subject and the message that CloudWatch sends to a topic."""
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": account,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": f"{alarm.state_updated_timestamp.isoformat(timespec='milliseconds')}+0000",
        "Region": alarm.region_name,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old,
        "Trigger": {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "Statistic": alarm.statistic.upper(),
            "Dimensions": [{"name": dimension.name, "value": dimension.value} for dimension in alarm.dimensions],
            "Period": alarm.period,
            "EvaluationPeriods": alarm.evaluation_periods,
            "ComparisonOperator": alarm.comparison_operator,
            "Threshold": alarm.threshold,
            "TreatMissingData": alarm.treat_missing_data or "missing",
        },
    }
    return f'{alarm.state_value}: "{alarm.name}" in {alarm.region_name}'[:99], json.dumps(message)


def backend_of(lab: Lab, region: str) -> LabCloudWatch:
    return cast(LabCloudWatch, cloudwatch_backends[lab.settings.account][region])


def put_metric(lab: Lab, region: str, namespace: str, name: str, value: float, dimensions: dict[str, str], unit: str = "None") -> None:
    """Publish one value as a service of that region does of itself; in a dark region nothing is published."""
    if lab.regions.outage(region) is None:
        datum = {
            "MetricName": name,
            "Value": value,
            "Unit": unit,
            "Dimensions": [{"Name": key, "Value": dimensions[key]} for key in dimensions],
        }
        with one_at_a_time:
            backend_of(lab, region).put_metric_data(namespace, [datum])


def install(lab: Lab) -> None:
    """Put our CloudWatch in moto's place and evaluate the alarms of *lab*'s regions until it closes; a dark region evaluates none."""
    LabCloudWatch.lab = lab
    cloudwatch_backends.backend = LabCloudWatch
    cloudwatch_backends.clear()
    Thread(target=_evaluate, args=(lab,), name="cloudwatch", daemon=True).start()


def _evaluate(lab: Lab) -> None:
    while not lab.closing.wait(TICK):
        for region in lab.settings.regions:
            if lab.regions.outage(region) is None:
                with one_at_a_time:
                    backend_of(lab, region).evaluate(utcnow())
