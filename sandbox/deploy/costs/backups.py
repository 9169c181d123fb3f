"""How much backups take: what schedules keep in vaults, what copies carry, and what the database keeps of itself."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sandbox.deploy.costs.amounts import MONTH, Amount, Declared, said
from sandbox.deploy.monitor import Registration
from schedules import runs

Rules = list[tuple[str, dict[str, Any]]]
"""Schedules, each with the lifecycle of what it makes."""

SOON = date(2026, 1, 1)
"""A day to count schedules from: any does, and a fixed one lets the same program cost the same tomorrow."""


def backup_plan(plan: Registration, declared: Declared) -> Iterator[Amount]:
    """Count what a plan's rules keep in each vault, and what its copies carry between regions."""
    kind, size = _protected(plan, declared)
    rules: list[dict[str, Any]] = plan.inputs["rules"]
    yield from _stored(f"{kind} recovery points", kind, size, [(rule["schedule"], rule.get("lifecycle") or {}) for rule in rules], declared)
    copies = max((len(rule.get("copyActions") or []) for rule in rules), default=0)
    for place in range(copies):
        copied = [
            (rule["schedule"], rule["copyActions"][place].get("lifecycle") or {})
            for rule in rules
            if len(rule.get("copyActions") or []) > place
        ]
        yield from _stored(f"{kind} copies in another vault", kind, size, copied, declared)
        yield f"{kind} copies on their way", "transfer", _carried(size, copied, declared.sizes.daily_change)


def _protected(plan: Registration, declared: Declared) -> tuple[str, float]:
    """Return the kind of what *plan* protects and its size; its selection carries the plan's own label or name."""
    selected = [
        each for each in declared.of("backup/selection") if plan.name == each.name or plan.inputs.get("name") == each.inputs.get("name")
    ]
    arns = " ".join(str(arn) for each in selected for arn in each.inputs.get("resources") or [])
    sizes = declared.sizes
    kinds = {":rds:": ("rds", sizes.database_gb), ":s3:::": ("s3", sizes.files_gb), ":elasticfilesystem:": ("efs", sizes.files_gb)}
    return next((found for part, found in kinds.items() if part in arns), ("other", sizes.application_gb))


def _stored(what: str, kind: str, size: float, rules: Rules, declared: Declared) -> Iterator[Amount]:
    """Count the GB that *rules* keep: the oldest point is whole, each other holds what changed since the one before, and some are cold."""
    change, warm, cold = declared.sizes.daily_change, 0.0, 0.0
    points = _points(rules)
    for place, (age, cold_after) in enumerate(points):
        before = points[place + 1][0] if place + 1 < len(points) else None
        part = size if before is None else size * min(1.0, change * (before - age))
        if cold_after is not None and age > cold_after:
            cold += part
        else:
            warm += part
    yield what, f"{kind}-backup/GB-month", warm
    yield f"{what}, cold", f"{kind}-backup-cold/GB-month", cold


def _points(rules: Rules) -> list[tuple[float, float | None]]:
    """Return the age in days of every point that *rules* keep, the newest first, and the age at which it goes cold, if it does."""
    found: dict[float, float | None] = {}
    for schedule, lifecycle in rules:
        days = int(said(lifecycle, "deleteAfter", 3650))  # kept for ever is counted as ten years
        first = SOON - timedelta(days=days)
        made = runs(schedule, first, days)
        for moment in made:
            age = (SOON - moment.date()).days - (moment.hour / 24)
            found.setdefault(age, said(lifecycle, "coldStorageAfter"))
    return sorted(found.items())


def _carried(size: float, rules: Rules, change: float) -> float:
    """Return the GB that copying takes to the other region in a month: each copy carries what changed since the one before."""
    ages = [age for age, _ in _points(rules)]
    return sum(size * min(1.0, change * (before - age)) for age, before in pairwise(ages) if age <= MONTH)


def replicated_backups(each: Registration, declared: Declared) -> Iterator[Amount]:
    sizes = declared.sizes
    days = int(said(each.inputs, "retentionPeriod", 7))
    yield "automated backups in the other region", "rds-backup", sizes.kept(sizes.database_gb, days)
    yield "automated backups on their way", "transfer", sizes.changed(sizes.database_gb)


def database(each: Registration, declared: Declared) -> Iterator[Amount]:
    sizes, inputs = declared.sizes, each.inputs
    size = float(said(inputs, "allocatedStorage", sizes.database_gb))
    zones = 2 if said(inputs, "multiAz", False) else 1
    yield f"instance {inputs['instanceClass']}", f"rds-instance {inputs['instanceClass']}/hour", sizes.hours * zones
    yield "database storage", "rds-storage", size * zones
    if days := int(said(inputs, "backupRetentionPeriod", 0)):
        yield "the instance's own automated backups", "rds-backup", sizes.kept(size, days)
    if said(inputs, "replicateSourceDb"):
        yield "changes on their way to the replica", "transfer", sizes.changed(size)


def framework(each: Registration, _declared: Declared) -> Iterator[Amount]:
    yield "audit controls, evaluated daily", "audit-evaluation/evaluation", len(each.inputs["controls"]) * MONTH


def restore_test(each: Registration, declared: Declared) -> Iterator[Amount]:
    plans = declared.of("backup/restoreTestingPlan")
    schedule = next(
        (str(plan.inputs["scheduleExpression"]) for plan in plans if plan.inputs.get("region") == each.inputs.get("region")), ""
    )
    year = len(runs(schedule, SOON, 365)) if schedule else 12
    yield f"restore tests of {each.inputs['protectedResourceType']}", "restore-test/test", year / 12
