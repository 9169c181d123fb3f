"""EventBridge: rules, and what they tell."""

from dataclasses import dataclass

from runbooks.aws.session import Door


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the default bus; ``targets`` are the ARNs of what it tells."""

    name: str
    description: str
    enabled: bool
    targets: tuple[str, ...]


def rules(door: Door, prefix: str) -> tuple[Rule, ...]:
    """Return the rules whose names begin with *prefix*."""
    return tuple(
        Rule(entry["Name"], entry.get("Description") or "", entry.get("State") == "ENABLED", _targets(door, entry["Name"]))
        for entry in door.pages("events", "list_rules", "Rules", NamePrefix=prefix)
    )


def _targets(door: Door, rule: str) -> tuple[str, ...]:
    return tuple(entry["Arn"] for entry in door.pages("events", "list_targets_by_rule", "Targets", Rule=rule))
