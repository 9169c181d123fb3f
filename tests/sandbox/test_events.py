"""EventBridge's rules: what they match, whom they tell, and what they tell."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import events
from sandbox.events import LabPattern, happened
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, emptied, running

KEYS = {"detail": {"resources": {"ARN": ["arn:a", "arn:b"]}}}


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("events"), events) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    return emptied(shared_lab)


@pytest.mark.parametrize(
    ("detail", "matches"),
    [
        ({"resources": [{"ARN": "arn:z"}, {"ARN": "arn:b"}]}, True),
        ({"resources": [{"ARN": "arn:z"}]}, False),
        ({"resources": []}, False),
        ({"resources": {"ARN": "arn:a"}}, True),
    ],
)
def test_a_pattern_looks_into_lists(detail: dict[str, Any], matches: bool) -> None:
    """As EventBridge does: one object of a list that matches is enough."""
    event: Any = {"detail": detail}
    assert LabPattern(None, KEYS).matches_event(event) is matches


def topic(lab: Lab, region: str) -> str:
    """Make a topic with a queue that hears it."""
    arn = client(lab, "sns", region).create_topic(Name="news")["TopicArn"]
    client(lab, "sqs", region).create_queue(QueueName="ear")
    client(lab, "sns", region).subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{region}:{lab.settings.account}:ear")
    return str(arn)


def heard(lab: Lab, region: str) -> list[str]:
    queue = client(lab, "sqs", region)
    url = queue.get_queue_url(QueueName="ear")["QueueUrl"]
    return [json.loads(each["Body"])["Message"] for each in queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])]


def rule(lab: Lab, region: str, arn: str, **target: object) -> None:
    bus = client(lab, "events", region)
    bus.put_rule(Name="failed", EventPattern=json.dumps({"source": ["aws.backup"], "detail": {"state": ["FAILED"]}}))
    bus.put_targets(Rule="failed", Targets=[{"Id": "t", "Arn": arn, **target}])


def fails(lab: Lab, region: str = EAST, state: str = "FAILED") -> None:
    happened(lab, region, "aws.backup", "Backup Job State Change", {"state": state, "who": "a job"})


def test_a_topic_is_told_the_event(lab: Lab) -> None:
    """With the members that AWS's have; what does not match is not told."""
    rule(lab, EAST, topic(lab, EAST))
    fails(lab, state="COMPLETED")
    fails(lab)
    [said] = heard(lab, EAST)
    event = json.loads(said)
    assert (event["source"], event["detail-type"], event["region"]) == ("aws.backup", "Backup Job State Change", EAST)
    assert event["detail"] == {"state": "FAILED", "who": "a job"}
    assert event["time"].endswith("Z")


def test_a_topic_is_told_a_sentence(lab: Lab) -> None:
    """Where the rule says what to make of the event."""
    rule(lab, EAST, topic(lab, EAST), InputTransformer={"InputPathsMap": {"who": "$.detail.who"}, "InputTemplate": '"<who> failed"'})
    fails(lab)
    assert heard(lab, EAST) == ["a job failed"]


def test_an_event_is_handed_on_to_the_other_region(lab: Lab) -> None:
    """And lost while that is dark."""
    rule(lab, WEST, topic(lab, WEST))
    rule(lab, EAST, f"arn:aws:events:{WEST}:{lab.settings.account}:event-bus/default")
    fails(lab)
    assert len(heard(lab, WEST)) == 1
    lab.regions.break_region(WEST, "refuse")
    fails(lab)
    lab.regions.heal_region(WEST)
    assert heard(lab, WEST) == []


def test_a_rule_that_is_off_and_a_dark_region_tell_nothing(lab: Lab) -> None:
    """As long as they are."""
    rule(lab, EAST, topic(lab, EAST))
    client(lab, "events").disable_rule(Name="failed")
    fails(lab)
    client(lab, "events").enable_rule(Name="failed")
    lab.regions.break_region(EAST, "refuse")
    fails(lab)
    lab.regions.heal_region(EAST)
    assert heard(lab, EAST) == []


def test_a_build_is_not_started_and_an_unknown_target_is_an_error(lab: Lab) -> None:
    """No build runs here; what the sandbox does not know it does not pass over."""
    rule(lab, EAST, f"arn:aws:codebuild:{EAST}:{lab.settings.account}:project/validation")
    fails(lab)
    rule(lab, EAST, f"arn:aws:lambda:{EAST}:{lab.settings.account}:function:f")
    with pytest.raises(NotImplementedError, match="reach no lambda"):
        fails(lab)
