"""AWS Backup's plans: what is deployed of the schedules that the settings declare."""

from dataclasses import dataclass

from runbooks.aws.session import Door


@dataclass(frozen=True, slots=True)
class Rule:
    """One schedule of a plan; ``days`` is how long its backups are kept, None for ever."""

    name: str
    schedule: str
    days: int | None


def rules(door: Door) -> dict[str, tuple[Rule, ...]]:
    """Return the rules of every plan of the region, by the plan's name."""
    plans = door.pages("backup", "list_backup_plans", "BackupPlansList")
    return {entry["BackupPlanName"]: _rules(door, entry["BackupPlanId"]) for entry in plans}


def _rules(door: Door, plan_id: str) -> tuple[Rule, ...]:
    found = door.call("backup", "get_backup_plan", BackupPlanId=plan_id)["BackupPlan"]["Rules"]
    return tuple(
        Rule(rule["RuleName"], rule.get("ScheduleExpression", ""), (rule.get("Lifecycle") or {}).get("DeleteAfterDays")) for rule in found
    )
