"""CloudWatch: alarms follow their metrics, and tell their topics."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.cloudwatch.models import Alarm

from sandbox import cloudwatch
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, emptied, running, until


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("cloudwatch"), cloudwatch) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    return emptied(shared_lab)


def put_alarm(lab: Lab, **changes: object) -> BaseClient:
    watch = client(lab, "cloudwatch")
    alarm = {
        "AlarmName": "takeover",
        "Namespace": "SoleMate/Recovery",
        "MetricName": "Takeover",
        "Dimensions": [{"Name": "Region", "Value": WEST}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    watch.put_metric_alarm(**alarm | changes)
    return watch


def put(watch: BaseClient, value: float, region: str = WEST) -> None:
    datum = {"MetricName": "Takeover", "Value": value, "Dimensions": [{"Name": "Region", "Value": region}]}
    watch.put_metric_data(Namespace="SoleMate/Recovery", MetricData=[datum])


def state(watch: BaseClient) -> str:
    [alarm] = watch.describe_alarms(AlarmNames=["takeover"])["MetricAlarms"]
    return str(alarm["StateValue"])


def judged(
    points: list[float | None], treated: str | None = None, needed: int | None = None, comparison: str = "GreaterThanThreshold"
) -> str | None:
    alarm = Alarm(
        account_id="123456789012",
        region_name=EAST,
        name="a",
        namespace="n",
        metric_name="m",
        metric_data_queries=None,
        comparison_operator=comparison,
        evaluation_periods=len(points),
        datapoints_to_alarm=needed,
        period=60,
        threshold=5.0,
        statistic="Maximum",
        extended_statistic=None,
        description="",
        dimensions=[],
        alarm_actions=[],
        ok_actions=None,
        insufficient_data_actions=None,
        unit=None,
        actions_enabled=True,
        treat_missing_data=treated,
        evaluate_low_sample_count_percentile=None,
        threshold_metric_id=None,
        rule=None,
    )
    return cloudwatch.judge(alarm, points).state


@pytest.mark.parametrize(
    ("points", "treated", "expected"),
    [
        ([6.0], None, "ALARM"),
        ([5.0], None, "OK"),
        ([None], None, "INSUFFICIENT_DATA"),
        ([None], "ignore", None),
        ([None], "breaching", "ALARM"),
        ([None], "notBreaching", "OK"),
        ([6.0, None], "breaching", "ALARM"),
        ([6.0, None], "missing", "OK"),
        ([6.0, 4.0], None, "OK"),
        ([6.0, 6.0], None, "ALARM"),
    ],
)
def test_an_alarm_judges_its_points_and_their_absence(points: list[float | None], treated: str | None, expected: str | None) -> None:
    """Each way to treat missing data has the outcome that CloudWatch documents."""
    assert judged(points, treated) == expected


def test_m_out_of_n_points_are_enough() -> None:
    """Two breaching datapoints of three raise an alarm that asks for two."""
    assert judged([6.0, 4.0, 6.0], needed=2) == "ALARM"


@pytest.mark.parametrize(
    ("comparison", "at_threshold"),
    [
        ("GreaterThanOrEqualToThreshold", "ALARM"),
        ("GreaterThanThreshold", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM"),
        ("LessThanThreshold", "OK"),
    ],
)
def test_the_threshold_itself_counts_where_the_comparison_says_so(comparison: str, at_threshold: str) -> None:
    """Only the comparisons with "or equal" breach at the threshold."""
    assert judged([5.0], comparison=comparison) == at_threshold


def test_an_alarm_follows_its_metric_and_forgets_it(lab: Lab) -> None:
    """An alarm without data goes to ALARM with a datapoint of 1, and back when the datapoint leaves its period."""
    watch = put_alarm(lab)
    assert state(watch) == "INSUFFICIENT_DATA"
    put(watch, 1)
    until(lambda: state(watch) == "ALARM", within=2)
    until(lambda: state(watch) == "INSUFFICIENT_DATA", within=60 * lab.scale + 1)


def test_other_dimensions_are_another_metric(lab: Lab) -> None:
    """A datapoint for one region does not move the alarm on another's."""
    watch = put_alarm(lab, TreatMissingData="notBreaching")
    put(watch, 1, region=EAST)
    until(lambda: state(watch) == "OK", within=2)


def test_an_alarm_tells_its_topic(lab: Lab) -> None:
    """Subscribers of the alarm's topic receive its name, its new state and the reason."""
    topic = client(lab, "sns").create_topic(Name="announcements")["TopicArn"]
    queues = client(lab, "sqs")
    queue = queues.create_queue(QueueName="listener")["QueueUrl"]
    client(lab, "sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{EAST}:{lab.settings.account}:listener")
    put(put_alarm(lab, AlarmActions=[topic]), 1)
    [received] = until(lambda: queues.receive_message(QueueUrl=queue).get("Messages"), within=3)
    notice = json.loads(json.loads(received["Body"])["Message"])
    assert (notice["AlarmName"], notice["NewStateValue"]) == ("takeover", "ALARM")
    assert "greater than or equal to the threshold (1.0)" in notice["NewStateReason"]


def test_changing_an_alarm_keeps_its_state(lab: Lab) -> None:
    """Putting the same alarm again does not make it forget that it is in ALARM."""
    watch = put_alarm(lab, TreatMissingData="ignore")
    put(watch, 1)
    until(lambda: state(watch) == "ALARM", within=2)
    put_alarm(lab, TreatMissingData="ignore", AlarmDescription="changed")
    assert state(watch) == "ALARM"


def test_a_dark_region_evaluates_nothing(lab: Lab) -> None:
    """An alarm stays as it was while its region is dark."""
    watch = put_alarm(lab)
    put(watch, 1)
    until(lambda: state(watch) == "ALARM", within=2)
    lab.regions.break_region(EAST, "refuse")
    alarms = cloudwatch.backend_of(lab, EAST).alarms
    put_elsewhere = client(lab, "cloudwatch", WEST)
    put_elsewhere.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1}])
    until(lambda: not any(cloudwatch.backend_of(lab, EAST).points(alarms["takeover"], datetime.now(UTC).replace(tzinfo=None))), within=3)
    assert alarms["takeover"].state_value == "ALARM"


def test_what_was_just_put_can_be_read(lab: Lab) -> None:
    """GetMetricData and GetMetricStatistics show a datapoint of this very second."""
    watch = client(lab, "cloudwatch")
    put(watch, 7)
    metric = {"Namespace": "SoleMate/Recovery", "MetricName": "Takeover", "Dimensions": [{"Name": "Region", "Value": WEST}]}
    now = datetime.now(UTC)
    asked = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
    data = watch.get_metric_data(MetricDataQueries=[asked], StartTime=now - timedelta(minutes=5), EndTime=now)
    statistics = watch.get_metric_statistics(**metric, StartTime=now - timedelta(minutes=5), EndTime=now, Period=60, Statistics=["Maximum"])
    assert data["MetricDataResults"][0]["Values"] == [7.0]
    assert [point["Maximum"] for point in statistics["Datapoints"]] == [7.0]


@pytest.mark.parametrize("changes", [{"Statistic": "Median"}, {"ComparisonOperator": "LessThanLowerThreshold"}, {"DatapointsToAlarm": 2}])
def test_an_alarm_that_would_not_be_evaluated_is_refused(lab: Lab, changes: dict[str, object]) -> None:
    """No alarm stands there in silence: what the sandbox cannot evaluate is an error when it is made."""
    with pytest.raises(ClientError, match="ValidationError"):
        put_alarm(lab, **changes)
    assert client(lab, "cloudwatch").describe_alarms()["MetricAlarms"] == []
