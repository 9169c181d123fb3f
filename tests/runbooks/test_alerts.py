"""Alerts: whom they reach, where a test of them stops, and what is changed in the settings."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from runbooks.alerts import changes, trial
from runbooks.alerts.look import Seen, heard_by, wrong
from runbooks.alerts.trial import chosen, reason, told, why_mute
from runbooks.aws.cloudwatch import Alarm
from runbooks.aws.events import Rule
from runbooks.aws.sns import Subscription
from runbooks.errors import Refused
from settings import HERE
from tests.commands import Ended, invoke, operator
from tests.runbooks.pictures import EAST, NAMES, NOW, WEST

TOPIC = NAMES.topic_arn(EAST)
ON_CALL = Subscription("arn:aws:sns:us-east-1:1:t:1", "email", "oncall@solemate.example")
ALARM = Alarm(NAMES.alarm("no-backup"), "No backup", EAST, "OK", "", NOW, True, (TOPIC,))
RULE = Rule(NAMES.event_rule("unsuccessful-copies"), "", True, (TOPIC,))
SEEN = Seen(EAST, (ALARM,), (RULE,), (ON_CALL,))
PENDING = replace(ON_CALL, arn="PendingConfirmation")


def test_an_alarm_reaches_who_has_confirmed() -> None:
    """By the topic that it tells; what starts a build reaches that."""
    assert heard_by(SEEN, ALARM.actions, NAMES) == "oncall@solemate.example"
    assert heard_by(SEEN, ("arn:aws:codebuild:us-east-1:1:project/validation",), NAMES) == "codebuild:us-east-1:1:project/validation"
    assert list(wrong((SEEN,), NAMES)) == []


@pytest.mark.parametrize(
    ("seen", "targets", "says"),
    [
        (SEEN, (), "nobody: it has no action"),
        (replace(SEEN, subscriptions=(PENDING,)), (TOPIC,), "nobody: no confirmed subscription"),
        (replace(SEEN, subscriptions=(), unseen={"subscriptions": "no answer"}), (TOPIC,), "not seen"),
    ],
)
def test_whom_nothing_reaches_is_said(seen: Seen, targets: tuple[str, ...], says: str) -> None:
    """Without an action, without a subscriber who confirmed, and where nobody could look."""
    assert heard_by(seen, targets, NAMES) == says


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (replace(SEEN, subscriptions=()), f"nobody hears what {TOPIC} is told"),
        (replace(SEEN, subscriptions=(PENDING,)), f"nobody hears what {TOPIC} is told; 1 wait for their confirmation"),
        (replace(SEEN, alarms=()), f"there is no alarm in {EAST}"),
        (replace(SEEN, alarms=(replace(ALARM, enabled=False),)), f"{ALARM.name} in {EAST} tells nobody: its actions are switched off"),
        (replace(SEEN, rules=(replace(RULE, enabled=False),)), f"the rule {RULE.name} in {EAST} is switched off"),
        (replace(SEEN, alarms=(), unseen={"alarms": "denied"}), f"alarms of {EAST} not seen: denied"),
        (
            replace(SEEN, subscriptions=(ON_CALL, replace(ON_CALL, endpoint=f"arn:aws:sqs:{EAST}:1:{NAMES.alert_test('f00d')}"))),
            f"a test that did not end left arn:aws:sqs:{EAST}:1:{NAMES.alert_test('f00d')}",
        ),
    ],
)
def test_what_keeps_an_alert_from_being_heard_is_said_with_a_way_out(seen: Seen, says: str) -> None:
    """The first thing that is said is what is wrong here."""
    [first, *_] = list(wrong((seen,), NAMES))
    assert first[0] == says
    assert first[1]


def test_a_topic_that_nobody_hears_comes_first() -> None:
    """Before what is wrong with the other region's single alarms."""
    silenced = replace(SEEN, alarms=(replace(ALARM, enabled=False),))
    found = [says for says, _ in wrong((silenced, Seen(WEST, (ALARM,), (RULE,))), NAMES)]
    assert found[0] == f"nobody hears what {NAMES.topic_arn(WEST)} is told"


def test_an_alarm_is_chosen_by_its_name_or_the_part_that_is_its_own() -> None:
    """Or all of them; the traffic switch is refused by either name, and an unknown one with what there is."""
    assert chosen([SEEN], "all", NAMES) == chosen([SEEN], "no-backup", NAMES) == chosen([SEEN], ALARM.name, NAMES) == (ALARM,)
    for switch in (f"takeover-{WEST}", NAMES.takeover_alarm(WEST)):
        with pytest.raises(Refused, match="is the traffic switch"):
            chosen([SEEN], switch, NAMES)
    with pytest.raises(Refused) as refused:
        chosen([SEEN], "no-bakcup", NAMES)
    assert refused.value.hint == "choose all, or no-backup"


def notice(**changes: str) -> str:
    said = {"AlarmName": ALARM.name, "NewStateValue": "ALARM", "NewStateReason": reason("f00d")} | changes
    return json.dumps({"Message": json.dumps(said)})


@pytest.mark.parametrize(
    ("body", "alarm"),
    [
        (notice(), ALARM.name),
        (notice(NewStateValue="OK"), ""),
        (notice(NewStateReason="Threshold Crossed"), ""),
        (notice(NewStateReason=reason("beef")), ""),
        ("{}", ""),
        ("not JSON", ""),
        (json.dumps({"Message": "a person's announcement"}), ""),
    ],
)
def test_only_what_this_test_raised_has_arrived(body: str, alarm: str) -> None:
    """Whatever else the topic says meanwhile, an alarm in earnest or another operator's test among it, counts for nothing."""
    assert told(body, "f00d") == alarm


def test_an_alarm_that_cannot_tell_its_topic_is_not_raised() -> None:
    """What stops it is known beforehand."""
    assert why_mute(ALARM, TOPIC) == ""
    assert why_mute(replace(ALARM, enabled=False), TOPIC) == "at the alarm: its actions are switched off"
    assert why_mute(replace(ALARM, actions=()), TOPIC) == f"at the alarm: {TOPIC} is none of its actions"


def test_where_a_test_stopped_is_said() -> None:
    """CloudWatch's refusal in its words, and silence with where to look."""
    stopped = trial.where_it_stopped
    assert stopped("a", {"a": 1.0}, {}, 60) == ""
    assert stopped("a", {}, {"a": "at CloudWatch: denied"}, 60) == "at CloudWatch: denied"
    assert stopped("a", {}, {}, 60).startswith("between CloudWatch and the topic's subscribers: nothing arrived within 60 s")


@pytest.mark.parametrize(
    ("wish", "place", "value"),
    [
        ("success-within=30", ("monitoring", "successWithin"), 30),
        ("monthly-budget=2000", ("monitoring", "monthlyBudget"), 2000),
        ("oncall@solemate.example=night@solemate.example", ("monitoring", "emails", 0), "night@solemate.example"),
    ],
)
def test_an_update_has_its_place_in_the_settings(wish: str, place: tuple[str | int, ...], value: str | int) -> None:
    """A threshold by its name, a subscriber by the address that is told now."""
    assert changes.updated(wish, NAMES.settings.monitoring) == (place, value)


@pytest.mark.parametrize("wish", ["success-within", "success-within=soon", "nobody@solemate.example=me@solemate.example"])
def test_an_update_that_means_nothing_is_refused(wish: str) -> None:
    """Without a value, with one that is no number, and of what is not there."""
    with pytest.raises(Refused) as refused:
        changes.updated(wish, NAMES.settings.monitoring)
    assert refused.value.hint


def changed(file: Path, *words: str) -> Ended:
    return invoke("alerts", *words, environ=operator("http://127.0.0.1:1", file))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "Pulumi.prod.yaml"
    made.write_text((HERE / "Pulumi.prod.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return made


def test_a_subscriber_and_a_threshold_are_written_into_the_stacks_file(file: Path) -> None:
    """Nothing else in it changes, what differs is shown, and pulumi up is named; a repetition changes nothing."""
    before = file.read_text(encoding="utf-8").splitlines()
    first = changed(file, "--create", "https://pager.example/hook")
    assert first.code == 0, first
    assert "pulumi up" in first.out
    assert "nothing was changed" in changed(file, "--create", "https://pager.example/hook").out
    assert changed(file, "--update", "success-within=30").code == 0
    monitoring = yaml.safe_load(file.read_text(encoding="utf-8"))["config"]["solemate-dr:monitoring"]
    assert (monitoring["endpoints"], monitoring["successWithin"]) == (["https://pager.example/hook"], 30)
    after = file.read_text(encoding="utf-8").splitlines()
    assert len([line for line, old in zip(after, before, strict=True) if line != old]) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--create", "me"), "me is neither a mailbox nor a page of https"),
        (("--create", "https://"), "monitoring.endpoints"),
        (("--update", "success-within=1000"), "monitoring.successWithin"),
        (("--create", "a@b.example", "--update", "success-within=30"), "are different things"),
    ],
)
def test_a_change_that_the_settings_would_refuse_is_not_written(file: Path, words: tuple[str, ...], says: str) -> None:
    """The file stays as it is, and the fault is said."""
    before = file.read_text(encoding="utf-8")
    ended = changed(file, *words)
    assert (ended.code, file.read_text(encoding="utf-8")) == (1, before)
    assert says in ended.err
