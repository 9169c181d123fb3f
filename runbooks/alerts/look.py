"""What alerts there are in both regions, their state and whom they reach: seen, and judged. A lost region is not waited for."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from names import Names
from runbooks import world
from runbooks.aws import cloudwatch, events, sns
from runbooks.aws.cloudwatch import Alarm
from runbooks.aws.events import Rule
from runbooks.aws.session import Door
from runbooks.aws.sns import Subscription
from runbooks.commands import Desk


@dataclass(frozen=True, slots=True)
class Seen:
    """One region's alerts. What could not be seen is empty, and ``unseen`` says why. The traffic switch is an alarm, and no alert."""

    region: str
    alarms: tuple[Alarm, ...] = ()
    rules: tuple[Rule, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    unseen: Mapping[str, str] = field(default_factory=dict)


def look(at: Desk) -> tuple[Seen, ...]:
    with ThreadPoolExecutor(len(at.names.settings.regions)) as pool:
        return tuple(pool.map(lambda region: _seen(at, region), at.names.settings.regions))


def _seen(at: Desk, region: str) -> Seen:
    names = at.names

    def questions(door: Door) -> world.Questions:
        return {
            "alarms": lambda: _alarms(door, names),
            "rules": lambda: events.rules(door, f"{names.prefix}-"),
            "subscriptions": lambda: sns.subscriptions(door, names.topic_arn(region)),
        }

    found, errors = world.asked_in_haste(at.reach, region, questions)
    return Seen(region, unseen=world.messages(errors), **found)  # type: ignore[arg-type]


def _alarms(door: Door, names: Names) -> tuple[Alarm, ...]:
    found = (each for each in cloudwatch.alarms(door, f"{names.prefix}-") if each.name not in switches(names))
    return tuple(sorted(found, key=lambda alarm: alarm.name))


def switches(names: Names) -> set[str]:
    """Return the alarms that lead shoppers: to raise one is to fail over."""
    return {names.takeover_alarm(region) for region in names.settings.regions}


def heard_by(seen: Seen, targets: tuple[str, ...], names: Names) -> str:
    """Return whom something reaches that tells *targets*, in words."""
    topic = names.topic_arn(seen.region)
    if topic not in targets:
        others = [each.split(":", 2)[2] for each in targets]
        return ", ".join(others) or "nobody: it has no action"
    if "subscriptions" in seen.unseen:
        return "not seen"
    confirmed = [each.endpoint for each in seen.subscriptions if each.confirmed]
    return ", ".join(confirmed) or "nobody: no confirmed subscription"


def wrong(found: tuple[Seen, ...], names: Names) -> Iterator[tuple[str, str]]:
    """Yield what keeps alerts from being heard, and what to do; a topic that nobody hears comes first."""
    for seen in found:
        confirmed = [each for each in seen.subscriptions if each.confirmed]
        if "subscriptions" not in seen.unseen and not confirmed:
            waiting = f"; {len(seen.subscriptions)} wait for their confirmation" if seen.subscriptions else ""
            do = "confirm them" if seen.subscriptions else "invoke alerts --create ADDRESS, then pulumi up"
            yield f"nobody hears what {names.topic_arn(seen.region)} is told{waiting}", do
    for seen in found:
        yield from ((f"{what} of {seen.region} not seen: {why}", "repeat it when the region answers") for what, why in seen.unseen.items())
        yield from _unheard(seen, names)
        yield from _silenced(seen)


def _unheard(seen: Seen, names: Names) -> Iterator[tuple[str, str]]:
    for each in seen.subscriptions:
        if not each.confirmed:
            yield f"{each.endpoint} has not confirmed its subscription in {seen.region}", "open the link in the message it was sent"
        if each.endpoint.rpartition(":")[2].startswith(names.alert_test("")):
            yield f"a test that did not end left {each.endpoint}", f"aws sns unsubscribe --subscription-arn {each.arn}"


def _silenced(seen: Seen) -> Iterator[tuple[str, str]]:
    if not seen.alarms and "alarms" not in seen.unseen:
        yield f"there is no alarm in {seen.region}", "pulumi up"
    for alarm in seen.alarms:
        if not alarm.enabled:
            do = f"aws cloudwatch enable-alarm-actions --region {seen.region} --alarm-names {alarm.name}"
            yield f"{alarm.name} in {seen.region} tells nobody: its actions are switched off", do
    for rule in seen.rules:
        if not rule.enabled:
            yield f"the rule {rule.name} in {seen.region} is switched off", "pulumi up"
