"""A test of alarms over their whole path: CloudWatch raises one, its topic tells a queue of our own, and what arrives is timed.

The queue and its subscription are taken away whatever happens, unless this process is killed; then `invoke alerts` shows what was left.
Everybody who is subscribed is told too, of the alarm and of its end. A rule about events cannot be tested so: nobody but AWS may speak
in the name of its services.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

from names import Names
from runbooks.alerts.look import Seen, switches
from runbooks.aws import cloudwatch, sns, sqs
from runbooks.aws.cloudwatch import Alarm
from runbooks.aws.session import Door
from runbooks.aws.sqs import Queue
from runbooks.clock import Clock
from runbooks.errors import AwsError, Refused
from runbooks.reach import Reach

WITHIN = 60.0
GLANCE = 0.5
AGAIN = 10.0
"""Seconds after which an alarm that has not arrived is raised once more: one that is raised in earnest may be evaluated in between, and
CloudWatch then tells of that and not of the test.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``seconds`` passed from the alarm to its arrival in the queue; None when it did not arrive, and ``stopped`` says where it stopped."""

    alarm: str
    region: str
    seconds: float | None
    stopped: str = ""


def chosen(found: Sequence[Seen], wish: str, names: Names) -> tuple[Alarm, ...]:
    """Return the alarms that *wish* names, by their whole name or the part that is theirs, or all; raise :class:`Refused` for none."""
    known = [alarm for seen in found for alarm in seen.alarms]
    if wish in switches(names) or names.alarm(wish) in switches(names):
        raise Refused(f"{wish} is the traffic switch: to raise it is to lead shoppers away", "invoke failover --region REGION --dry-run")
    taken = tuple(alarm for alarm in known if wish in ("all", alarm.name) or names.alarm(wish) == alarm.name)
    if not taken:
        some = ", ".join(sorted({alarm.name.removeprefix(names.alarm("")) for alarm in known}))
        raise Refused(f"there is no alarm {wish}", f"choose all, or {some}" if some else "deploy the stack: pulumi up")
    return taken


def tried(reach: Reach, alarms: Sequence[Alarm], token: str, within: float = WITHIN) -> tuple[Outcome, ...]:
    """Raise *alarms*, each region's beside the other's, and return what became of each."""
    regions = [list(group) for _, group in groupby(sorted(alarms, key=lambda alarm: alarm.region), key=lambda alarm: alarm.region)]
    with ThreadPoolExecutor(len(regions)) as pool:
        return tuple(outcome for group in pool.map(lambda group: _in_region(reach, group, token, within), regions) for outcome in group)


def _in_region(reach: Reach, alarms: Sequence[Alarm], token: str, within: float) -> list[Outcome]:
    door, names = reach.door(alarms[0].region), reach.names
    topic = names.topic_arn(door.region)
    mute = [Outcome(alarm.name, door.region, None, why) for alarm in alarms if (why := why_mute(alarm, topic))]
    able = [alarm for alarm in alarms if not why_mute(alarm, topic)]
    tried: list[Outcome] = []
    try:
        with listening(door, names, topic, token) as queue:
            tried = _raised(door, queue, able, reach.clock, token, within)
    except AwsError as error:
        if tried:
            left = Outcome(names.alert_test(token), door.region, None, f"at the end, what the test made is not taken away: {error.message}")
            return [*mute, *tried, left]
        return [*mute, *(Outcome(alarm.name, door.region, None, f"before it was raised: {error.message}") for alarm in able)]
    return [*mute, *tried]


def why_mute(alarm: Alarm, topic: str) -> str:
    """Return why *alarm* would tell the topic nothing, or nothing."""
    if not alarm.enabled:
        return "at the alarm: its actions are switched off"
    if topic not in alarm.actions:
        return f"at the alarm: {topic} is none of its actions"
    return ""


@contextmanager
def listening(door: Door, names: Names, topic: str, token: str) -> Iterator[Queue]:
    """Subscribe a queue to *topic* for as long as the block lasts."""
    queue = sqs.create(door, names.alert_test(token), names.settings.account, topic)
    try:
        subscription = sns.subscribe(door, topic, queue.arn)
        try:
            yield queue
        finally:
            sns.unsubscribe(door, subscription)
    finally:
        sqs.delete(door, queue)


def _raised(door: Door, queue: Queue, alarms: Sequence[Alarm], clock: Clock, token: str, within: float) -> list[Outcome]:
    began: dict[str, float] = {}
    refused: dict[str, str] = {}
    for alarm in alarms:
        began[alarm.name] = clock.ticks()
        try:
            cloudwatch.raise_alarm(door, alarm.name, reason(token))
        except AwsError as error:
            refused[alarm.name] = f"at CloudWatch: {error.message}"
    try:
        arrived = _arrivals(door, queue, set(began) - set(refused), clock, token, within)
    except AwsError as error:
        arrived, refused = {}, dict.fromkeys(began, f"in the queue of the test itself: {error.message}") | refused
    return [
        Outcome(
            name,
            door.region,
            round(arrived[name] - since, 3) if name in arrived else None,
            where_it_stopped(name, arrived, refused, within),
        )
        for name, since in began.items()
    ]


def where_it_stopped(name: str, arrived: dict[str, float], refused: dict[str, str], within: float) -> str:
    if name in arrived:
        return ""
    lost = f"between CloudWatch and the topic's subscribers: nothing arrived within {within:.0f} s (see the topic's policy, and its key's)"
    return refused.get(name, lost)


def reason(token: str) -> str:
    return f"A test of this alarm by `invoke alerts --test` ({token}); nothing is wrong."


def _arrivals(door: Door, queue: Queue, wanted: set[str], clock: Clock, token: str, within: float) -> dict[str, float]:
    """Return when each alarm of this test was seen in the queue."""
    arrived: dict[str, float] = {}
    until, again = clock.ticks() + within, clock.ticks() + AGAIN
    while set(arrived) < wanted and clock.ticks() < until:
        if clock.ticks() >= again:
            again += AGAIN
            for name in sorted(wanted - set(arrived)):
                cloudwatch.raise_alarm(door, name, reason(token))
        bodies = sqs.received(door, queue)
        for name in (told(body, token) for body in bodies):
            if name:
                arrived.setdefault(name, clock.ticks())
        if not bodies:
            clock.sleep(GLANCE)
    return arrived


def told(body: str, token: str) -> str:
    """Return the alarm that *body*, a notification in a queue, says was raised by this test; nothing when it is about anything else."""
    try:
        notice = json.loads(json.loads(body)["Message"])
        ours = notice["NewStateValue"] == "ALARM" and notice["NewStateReason"] == reason(token)
        return str(notice["AlarmName"]) if ours else ""
    except (ValueError, KeyError, TypeError):
        return ""
