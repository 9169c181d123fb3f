"""Each alarm and each rule of the program is fired in the sandbox, and reaches a subscriber; a path that is cut is said to be."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from names import Names
from stacks.alerts import ALERTS
from stacks.key_guard import HARM
from tests.commands import Ended
from tests.scenarios.stage import EAST, WEST, Stage, eventually
from tests.stacks.test_alerts import BAD_NEWS

ALL = ("alerts", "--test", "all", "--yes", "all", "--json")


def alarms_in(stage: Stage, region: str) -> set[str]:
    """Return the alarms that the program has made, without the traffic switch."""
    found = stage.clients("cloudwatch", region).describe_alarms()["MetricAlarms"]
    return {each["AlarmName"] for each in found} - {Names(stage.chosen).takeover_alarm(region)}


def left_over(stage: Stage) -> list[str]:
    """Return the queues and subscriptions that are there, which is none unless a test has left them."""
    topic, found = Names(stage.chosen).topic_arn, []
    for region in (EAST, WEST):
        found += stage.clients("sqs", region).list_queues().get("QueueUrls", [])
        found += stage.clients("sns", region).list_subscriptions_by_topic(TopicArn=topic(region))["Subscriptions"]
    return found


def outcomes(ended: Ended) -> dict[tuple[str, str], dict[str, Any]]:
    return {(each["region"], each["alarm"]): each for each in json.loads(ended.out)}


def test_every_alarm_of_the_program_arrives(stage: Stage) -> None:
    """Each of both regions is raised in CloudWatch and arrives in a queue by way of its topic; nothing of the test is left."""
    ended = stage.operator().does(*ALL)
    tried = outcomes(ended)
    assert set(tried) == {(region, alarm) for region in (EAST, WEST) for alarm in alarms_in(stage, region)}
    assert len(tried) > 30
    assert (ended.code, [each for each in tried.values() if each["stopped"]]) == (0, []), ended
    assert all(0 < each["seconds"] < 60 for each in tried.values())
    assert left_over(stage) == []


def test_the_traffic_switch_is_not_raised(stage: Stage) -> None:
    """It is an alarm of the program too, and would lead shoppers away."""
    message, hint = stage.operator().does("alerts", "--test", f"takeover-{WEST}", "--yes", f"takeover-{WEST}").refusal()
    assert message == f"takeover-{WEST} is the traffic switch: to raise it is to lead shoppers away"
    assert "--dry-run" in hint


def test_an_alarm_is_only_raised_by_who_says_so(stage: Stage) -> None:
    """Its name is typed again: people are told, at whatever hour."""
    assert "nobody is at the terminal to confirm" in stage.operator().does("alerts", "--test", "no-backup").refusal()[0]


def test_where_the_path_is_cut_is_said(stage: Stage) -> None:
    """An alarm whose actions are off, a queue that may not be subscribed or not be read, and a subscription that cannot be ended."""
    alarm, watch = Names(stage.chosen).alarm("no-backup"), stage.clients("cloudwatch", EAST)
    watch.disable_alarm_actions(AlarmNames=[alarm])
    try:
        ended = stage.operator().does("alerts", "--test", "no-backup", "--yes", "no-backup", "--json")
        listed = stage.operator().does("alerts", "--json")
    finally:
        watch.enable_alarm_actions(AlarmNames=[alarm])
    assert (ended.code, outcomes(ended)[EAST, alarm]["stopped"]) == (1, "at the alarm: its actions are switched off")
    assert f"{alarm} in {EAST} tells nobody: its actions are switched off" in [each["says"] for each in json.loads(listed.out)["wrong"]]
    for service, operation, stopped in (
        ("sns", "Subscribe", "before it was raised: sns subscribe"),
        ("cloudwatch", "SetAlarmState", "at CloudWatch: cloudwatch set-alarm-state"),
        ("sqs", "ReceiveMessage", "in the queue of the test itself: sqs receive-message"),
    ):
        stage.sandbox.fault("deny", service=service, operation=operation, region=EAST)
        ended = stage.operator().does("alerts", "--test", "no-backup", "--yes", "no-backup", "--json")
        stage.sandbox.clear_faults()
        assert (ended.code, outcomes(ended)[EAST, alarm]["seconds"]) == (1, None)
        assert outcomes(ended)[EAST, alarm]["stopped"].startswith(stopped)
        assert left_over(stage) == []


def test_what_a_test_leaves_is_said(stage: Stage) -> None:
    """A subscription that AWS does not end: the alarm arrived, the exit code is 1, and the list shows what was left."""
    alarm, names = Names(stage.chosen).alarm("no-backup"), Names(stage.chosen)
    stage.sandbox.fault("deny", service="sns", operation="Unsubscribe", region=EAST)
    try:
        ended = stage.operator().does("alerts", "--test", "no-backup", "--yes", "no-backup", "--json")
        listed = stage.operator().does("alerts")
    finally:
        stage.sandbox.clear_faults()
        sns = stage.clients("sns", EAST)
        for each in sns.list_subscriptions_by_topic(TopicArn=names.topic_arn(EAST))["Subscriptions"]:
            sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
    tried = outcomes(ended)
    assert (ended.code, tried.pop((EAST, alarm))["stopped"]) == (1, "")
    [left] = tried.values()
    assert left["stopped"].startswith("at the end, what the test made is not taken away: sns unsubscribe")
    assert "a test that did not end left" in listed.out
    assert left_over(stage) == []


def test_a_topic_that_nobody_hears_is_said_first(stage: Stage) -> None:
    """The sandbox tells nobody, so the list begins with that and exits 1; every alarm and every rule is in it."""
    ended = stage.operator().does("alerts")
    assert ended.code == 1
    assert ended.out.startswith(f"✗ nobody hears what {Names(stage.chosen).topic_arn(EAST)} is told")
    names = Names(stage.chosen)
    rules = {names.event_rule(what) for what in (*ALERTS, "keys")}
    assert [each for each in alarms_in(stage, EAST) | rules if each.removeprefix(f"{names.prefix}-") not in ended.out] == []


@contextmanager
def hearing(stage: Stage, region: str) -> Iterator[list[str]]:
    """Yield what the topic of *region* says meanwhile, as it comes."""
    sqs, sns = stage.clients("sqs", region), stage.clients("sns", region)
    url = sqs.create_queue(QueueName="ear")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscribed = sns.subscribe(TopicArn=Names(stage.chosen).topic_arn(region), Protocol="sqs", Endpoint=arn)["SubscriptionArn"]

    class Heard(list[str]):
        def __iter__(self) -> Iterator[str]:
            self += [
                json.loads(each["Body"])["Message"]
                for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            ]
            return super().__iter__()

    try:
        yield Heard()
    finally:
        sns.unsubscribe(SubscriptionArn=subscribed)
        sqs.delete_queue(QueueUrl=url)


@pytest.mark.parametrize("region", [EAST, WEST])
def test_every_event_of_bad_news_arrives(stage: Stage, region: str) -> None:
    """For each rule of the program the event that it waits for, by each of the words that AWS has for it."""
    assert {alert for _, _, alert in BAD_NEWS} == set(ALERTS)
    with hearing(stage, region) as heard:
        for number, (what, detail, _) in enumerate(BAD_NEWS):
            said = {"Source": "aws.backup", "DetailType": f"{what} State Change", "Detail": json.dumps({**detail, "number": number})}
            stage.clients("events", region).put_events(Entries=[said])
            eventually(lambda number=number: any(f'"number": {number}' in each for each in heard), f"{what} {detail}")  # type: ignore[misc]


def test_no_rule_of_the_program_is_forgotten(stage: Stage) -> None:
    """Each that is deployed is one of those above, but for the one that starts a build when a restore test has restored something."""
    names = Names(stage.chosen)
    for region, other in ((EAST, WEST), (WEST, EAST)):
        found = {each["Name"] for each in stage.clients("events", region).list_rules()["Rules"]}
        tested = {names.event_rule(what) for what in (*ALERTS, "keys", f"keys-to-{other}")}
        assert found - tested == ({names.event_rule("restore-tested")} if region == WEST else set())
        assert tested <= found


def test_harm_to_a_key_is_told_in_both_regions(stage: Stage) -> None:
    """By the sentence of the program; what befalls a key in east is handed on to west."""
    key = stage.clients("kms", EAST).describe_key(KeyId=Names(stage.chosen).key_alias("vault"))["KeyMetadata"]["Arn"]
    with hearing(stage, EAST) as east, hearing(stage, WEST) as west:
        for call in HARM:
            detail = {
                "eventSource": "kms.amazonaws.com",
                "eventName": call,
                "eventTime": "2026-11-28T10:00:00Z",
                "userIdentity": {"arn": "arn:aws:iam::1:user/eve"},
                "resources": [{"ARN": key}],
            }
            said = {"Source": "aws.kms", "DetailType": "AWS API Call via CloudTrail", "Detail": json.dumps(detail)}
            stage.clients("events", EAST).put_events(Entries=[said])
            sentence = f"arn:aws:iam::1:user/eve asked for {call} of {key} at 2026-11-28T10:00:00Z."
            for heard in (east, west):
                eventually(lambda heard=heard, sentence=sentence: any(sentence in each for each in heard), sentence)  # type: ignore[misc]
