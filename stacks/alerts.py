"""What AWS Backup says of itself: its events that somebody must hear, told to the topic of their region.

Events arrive with best effort and metrics count what they do not explain, so a failure is told by an alarm and by its event.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.topics import Topics

Pattern: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AlertsArgs:
    names: Names
    topics: Topics


class Alerts(pulumi.ComponentResource):
    """A rule for each kind of bad news in each region, whatever vault: a job that finds no vault names none of ours."""

    def __init__(self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Alerts", name, None, opts)
        self._args = args
        self._inside = pulumi.ResourceOptions(parent=self)
        for region in args.names.settings.regions:
            for what, pattern in ALERTS.items():
                self._tell(what, pattern, region)
        self.register_outputs({})

    def _tell(self, what: str, pattern: Pattern, region: str) -> None:
        rule = aws.cloudwatch.EventRule(
            f"{what}-{region}",
            name=self._args.names.event_rule(what),
            description=f"AWS Backup reports {what.replace('-', ' ')}",
            event_pattern=json.dumps(pattern),
            region=region,
            opts=self._inside,
        )
        aws.cloudwatch.EventTarget(
            f"{what}-{region}",
            rule=rule.name,
            target_id="topic",
            arn=self._args.topics.arns[region],
            region=region,
            opts=self._inside,
        )


def changed(what: str, *states: str, **more: object) -> Pattern:
    """Return the pattern of *what*'s changes into one of *states*: some events carry it as ``state``, others as ``status``."""
    either = [{"state": list(states)}, {"status": list(states)}]
    return {"source": ["aws.backup"], "detail-type": [f"{what} State Change"], "detail": {**more, "$or": either}}


SAYING_SOMETHING = [{"anything-but": [""]}]

ALERTS: Mapping[str, Pattern] = {
    "unsuccessful-backups": changed("Backup Job", "FAILED", "EXPIRED", "ABORTED", "PARTIAL"),
    "backups-with-issues": changed("Backup Job", "COMPLETED", statusMessage=SAYING_SOMETHING),
    "unsuccessful-copies": changed("Copy Job", "FAILED", "PARTIAL"),
    "unsuccessful-restores": changed("Restore Job", "FAILED", "ABORTED"),
    "impaired-recovery-points": changed("Recovery Point", "EXPIRED", "PARTIAL", "STOPPED"),
}
"""A backup with issues is a completed one that has a message; nothing else tells it from a good one.

A stopped recovery point is a continuous backup that was interrupted; an expired one is past its retention and could not be deleted.
"""
