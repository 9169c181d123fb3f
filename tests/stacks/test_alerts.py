"""What AWS Backup's events tell to whom."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from names import Names
from stacks.alerts import ALERTS
from tests.stacks.declared import EAST, WEST, Declared, region

BAD_NEWS = [
    ("Backup Job", {"state": "FAILED", "statusMessage": "the vault does not exist"}, "unsuccessful-backups"),
    ("Backup Job", {"state": "EXPIRED"}, "unsuccessful-backups"),
    ("Backup Job", {"state": "ABORTED"}, "unsuccessful-backups"),
    ("Backup Job", {"state": "PARTIAL"}, "unsuccessful-backups"),
    ("Backup Job", {"state": "COMPLETED", "statusMessage": "2 objects were left out"}, "backups-with-issues"),
    ("Copy Job", {"state": "FAILED"}, "unsuccessful-copies"),
    ("Restore Job", {"status": "FAILED"}, "unsuccessful-restores"),
    ("Restore Job", {"status": "ABORTED"}, "unsuccessful-restores"),
    ("Recovery Point", {"status": "STOPPED"}, "impaired-recovery-points"),
    ("Recovery Point", {"status": "EXPIRED"}, "impaired-recovery-points"),
    ("Recovery Point", {"status": "PARTIAL"}, "impaired-recovery-points"),
]
GOOD_NEWS = [
    ("Backup Job", {"state": "COMPLETED"}),
    ("Backup Job", {"state": "COMPLETED", "statusMessage": ""}),
    ("Backup Job", {"state": "RUNNING", "statusMessage": "10 %"}),
    ("Copy Job", {"state": "COMPLETED", "statusMessage": "copied"}),
    ("Restore Job", {"state": "CREATED"}),
    ("Restore Job", {"status": "COMPLETED"}),
    ("Recovery Point", {"status": "COMPLETED"}),
    ("Recovery Point", {"status": "DELETING"}),
]


def told(source: str, what: str, detail: dict[str, str]) -> list[str]:
    """Return the alerts that such an event raises, as the emulator of EventBridge reads patterns."""
    event: Any = {"source": source, "detail-type": f"{what} State Change", "detail": {"resourceType": "RDS", **detail}}
    patterns: Any = ALERTS
    return [alert for alert in ALERTS if EventPattern(None, patterns[alert]).matches_event(event)]


@pytest.mark.parametrize(("what", "detail", "alert"), BAD_NEWS)
def test_bad_news_is_told_once(what: str, detail: dict[str, str], alert: str) -> None:
    """Each kind of failure raises its own alert and no other."""
    assert told("aws.backup", what, detail) == [alert]


@pytest.mark.parametrize(("what", "detail", "alert"), BAD_NEWS)
def test_it_does_not_matter_which_word_an_event_has_for_its_state(what: str, detail: dict[str, str], alert: str) -> None:
    """Some of AWS Backup's events say `state`, others `status`, and one family says both."""
    other = {"state": "status", "status": "state"}
    assert told("aws.backup", what, {other.get(key, key): value for key, value in detail.items()}) == [alert]


@pytest.mark.parametrize(("what", "detail"), GOOD_NEWS)
def test_good_news_is_not_told(what: str, detail: dict[str, str]) -> None:
    """A message makes an issue only of a backup that is complete, and an empty one makes none."""
    assert told("aws.backup", what, detail) == []


def test_nobody_else_speaks_for_aws_backup() -> None:
    """An application may put an event of the same shape on the bus."""
    assert told("shop.orders", "Backup Job", {"state": "FAILED"}) == []


@pytest.mark.parametrize("where", [EAST, WEST])
def test_each_alert_is_told_to_the_topic_of_its_region(prod: Declared, names: Names, where: str) -> None:
    """A rule reaches targets of its own region alone, and neither needs the other region."""
    rules, targets = prod.of("cloudwatch/eventRule:EventRule"), prod.of("cloudwatch/eventTarget:EventTarget")
    for what, pattern in ALERTS.items():
        rule, target = rules[f"{what}-{where}"], targets[f"{what}-{where}"]
        assert (rule.inputs["name"], region(rule), region(target)) == (names.event_rule(what), where, where)
        assert json.loads(rule.inputs["eventPattern"]) == pattern
        assert target.inputs["rule"] == names.event_rule(what)
        assert target.inputs["arn"].endswith(f":{where}:123456789012:{names.topic}")
