"""EventBridge whose rules reach topics and the other region's bus, and read into lists, as AWS's do.

A rule whose target is a build starts none: no build runs here. An event for a region that is dark is lost, where EventBridge would try
again for a day.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import moto.events.models
from moto.events.models import EventPattern, Rule, events_backends
from moto.events.utils import EventTemplateParser
from moto.sns.models import sns_backends

from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab


class LabPattern(EventPattern):
    """A pattern that looks into the objects of a list: one that matches is enough."""

    @staticmethod
    def _flatten_dict(node: Any, prefix: str = "", result: dict[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = {} if result is None else result
        for path, value in _leaves(node, prefix):
            found[path] = [*found.get(path, []), *value] if isinstance(value, list) else value
        return found


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list) and any(isinstance(each, dict) for each in node):
        for each in node:
            for inner, value in _leaves(each, path):
                yield inner, value if isinstance(value, list) else [value]
    else:
        yield path, node


class LabRule(Rule):
    """One rule of one region."""

    lab: ClassVar[Lab]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event_pattern = LabPattern.load(self.event_pattern.dump())

    def send_to_targets(self, original_event: Any, transform_input: bool = True) -> None:  # noqa: ARG002 - moto's own signature
        if self.state == "DISABLED" or not self.event_pattern.matches_event(original_event):
            return
        for target in self.targets:
            _, _, service, region, _, resource = target["Arn"].split(":", 5)
            if service == "codebuild" or (region and self.lab.regions.outage(region) is not None):
                continue
            event = transformed(target, original_event)
            match service:
                case "sns":
                    text = event if isinstance(event, str) else json.dumps(event)
                    sns_backends[self.account_id][region].publish(text, target["Arn"])
                case "events" if resource.startswith("event-bus/"):
                    _hand_on(original_event, self.account_id, region, resource.removeprefix("event-bus/"))
                case "sqs":
                    self._send_to_sqs_queue(resource, event, None)
                case _:
                    raise NotImplementedError(f"the sandbox's rules reach no {service}")


def transformed(target: dict[str, Any], original: dict[str, Any]) -> Any:
    """Return what *target* is sent of an event."""
    event: Any = {**original, "time": f"{datetime.fromtimestamp(float(original['time']), UTC):%Y-%m-%dT%H:%M:%SZ}"}
    wanted = target.get("InputTransformer")
    if wanted is None:
        return {name: value for name, value in event.items() if name != "ingestion-time"}
    return EventTemplateParser.parse(wanted["InputTemplate"], wanted.get("InputPathsMap", {}), event)


def _hand_on(event: dict[str, Any], account: str, region: str, bus: str) -> None:
    handed = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"]), "EventBusName": bus}
    events_backends[account][region].put_events([{**handed, "Resources": event.get("resources", [])}])


def happened(lab: Lab, region: str, source: str, what: str, detail: dict[str, Any]) -> None:
    """Tell EventBridge of *region* what an AWS service tells it, in whose name nobody else may; in a dark region nothing is told."""
    if lab.regions.outage(region) is None:
        with one_at_a_time:
            told = {"Source": source, "DetailType": what, "Detail": json.dumps(detail)}
            events_backends[lab.settings.account][region].put_events([told])


def install(lab: Lab) -> None:
    """Put our rules in the place of moto's."""
    LabRule.lab = lab
    moto.events.models.Rule = LabRule  # type: ignore[misc]
    events_backends.clear()
