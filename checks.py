"""What no single value shows: each check returns the fault of the settings at its path, or None."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from schedules import longest_wait
from values import shown

if TYPE_CHECKING:
    from sections import DatabaseBackup, FilesBackup
    from settings import Settings

Check = Callable[["Settings"], str | None]

MONTHLY = timedelta(days=31)

LOOKED_FROM = date(2026, 1, 1)
"""Schedules are looked at from a fixed day on, so that what was taken once is taken always."""


def _are_two(settings: "Settings") -> str | None:
    return None if len(set(settings.regions)) == 2 else "must be two different regions: the recovery region cannot be the primary"


def _is_one_of_them(settings: "Settings") -> str | None:
    regions, active = settings.regions, settings.active_region
    return None if active in regions else f"must be {' or '.join(regions)}, is {shown(active)}"


def _has_a_mechanism(settings: "Settings") -> str | None:
    recovery, database = settings.disaster_recovery, settings.database
    if not recovery.enabled or (database.enabled and database.cross_region):
        return None
    asked = f"{recovery.rpo // timedelta(minutes=1)} minutes"
    return f"nothing that is enabled can meet {asked}: set database.enabled and database.crossRegion to true (the read replica)"


def _stays_on_after_a_failover(settings: "Settings") -> str | None:
    if settings.disaster_recovery.enabled or settings.active_region != settings.standby_region:
        return None
    return f"must be true while activeRegion is {settings.active_region}: what serves there is the standby, and would be dropped"


def _is_replicated(settings: "Settings") -> str | None:
    if settings.files.enabled or not settings.disaster_recovery.enabled:
        return None
    return "must be true while disasterRecovery is: the standby serves media from the bucket that replication fills"


def _is_tested_monthly(settings: "Settings") -> str | None:
    testing = settings.disaster_recovery.testing
    wait = longest_wait(LOOKED_FROM, testing.schedule)
    if not settings.disaster_recovery.enabled or not testing.enabled or wait <= MONTHLY:
        return None
    return f"leaves {wait.days} days between restore tests, and a restore is to be tested every month"


def _leaves_no_silence(target: str) -> Check:
    """Return the check that *target* is backed up as often as the alarm and our own audit framework ask."""

    def check(settings: "Settings") -> str | None:
        backup: DatabaseBackup | FilesBackup = getattr(settings, target)
        wait = longest_wait(LOOKED_FROM, backup.schedule, *(rule.schedule for rule in backup.rules))
        within = settings.monitoring.success_within
        if not backup.enabled or wait <= within:
            return None
        hours, asked = wait // timedelta(hours=1), within // timedelta(hours=1)
        return f"leaves {hours} hours without a backup, and monitoring.successWithin asks for one in {asked}: alarm and audit would fail"

    return check


def _outlasts_the_wait(target: str) -> Check:
    def check(settings: "Settings") -> str | None:
        backup: DatabaseBackup | FilesBackup = getattr(settings, target)
        wait = longest_wait(LOOKED_FROM, backup.schedule)
        if not backup.enabled or backup.retention >= wait:
            return None
        return f"is {backup.retention.days} days, and {wait.days} pass between backups: on some days there would be none to restore"

    return check


def _are_of_their_regions(settings: "Settings") -> str | None:
    wrong = [
        f"{region} has one of {arn.split(':')[3]}"
        for region, arn in settings.workload.shop.certificates.items()
        if arn.split(":")[3] != region
    ]
    return f"a load balancer takes certificates of its own region: {', '.join(wrong)}" if wrong else None


def _is_on(settings: "Settings") -> str | None:
    return None if settings.database.encryption else "must be true: copies in another region need customer keys"


def _fits_the_capacity(settings: "Settings") -> str | None:
    service = settings.workload.service
    if service.pilot_light <= service.capacity:
        return None
    return f"must not exceed workload.service.capacity, {service.capacity}, is {service.pilot_light}"


def _serve_https(settings: "Settings") -> str | None:
    shop, region = settings.workload.shop, settings.standby_region
    if shop.scheme == "http" or region in shop.certificates:
        return None
    return f"https needs the certificate of the load balancer in {region}"


def _is_acknowledged(settings: "Settings") -> str | None:
    if settings.vaults.lock != "compliance" or settings.vaults.acknowledgement == settings.compliance_words:
        return None
    return f"must be {shown(settings.compliance_words)} for a compliance lock, is {shown(settings.vaults.acknowledgement)}"


def _are_in_order(settings: "Settings") -> str | None:
    vaults = settings.vaults
    if vaults.min_retention <= vaults.max_retention:
        return None
    return f"must be at least vaults.minRetention, {vaults.min_retention.days} days, is {vaults.max_retention.days}"


def _reaches_the_air_gapped(settings: "Settings") -> str | None:
    database = settings.database
    if not settings.vaults.air_gapped or not database.enabled or database.cross_region:
        return None
    return "needs database.crossRegion: copies go to the air-gapped vault of the recovery region, and the database would have none"


def _is_long_enough(settings: "Settings") -> str | None:
    days = settings.vaults.min_retention.days
    return f"must be at least 7 days for an air-gapped vault, is {days}" if settings.vaults.air_gapped and days < 7 else None


def _within_the_lock(target: str) -> Check:
    """Return the check that a locked vault, as an air-gapped one always is, would take every recovery point of *target*."""

    def check(settings: "Settings") -> str | None:
        backup: DatabaseBackup | FilesBackup = getattr(settings, target)
        low, high = settings.vaults.min_retention, settings.vaults.max_retention
        kept = {"retention": backup.retention} | {f"rules[{place}].retention": rule.retention for place, rule in enumerate(backup.rules)}
        out = [f"{path} is {days.days}" for path, days in kept.items() if not low <= days <= high]
        locked = settings.vaults.lock != "none" or settings.vaults.air_gapped
        if not locked or not backup.enabled or not out:
            return None
        return f"the lock of the vaults takes {low.days} to {high.days} days: {', '.join(out)}"

    return check


def _have_names_of_their_own(target: str) -> Check:
    def check(settings: "Settings") -> str | None:
        names = [target, *(rule.name for rule in getattr(settings, target).rules)]
        twice = sorted({name for name in names if names.count(name) > 1})
        return f"each rule needs a name of its own: {', '.join(twice)} is there twice" if twice else None

    return check


def _holds_nobody_else(settings: "Settings") -> str | None:
    shared = sorted(set(settings.access.break_glass) & {*settings.access.operators, *settings.access.auditors})
    return f"must not hold who has an everyday role: {', '.join(shared)}" if shared else None


ALL: tuple[tuple[str, Check], ...] = (
    ("access.breakGlass", _holds_nobody_else),
    ("activeRegion", _is_one_of_them),
    ("database", _within_the_lock("database")),
    ("database.encryption", _is_on),
    ("database.retention", _outlasts_the_wait("database")),
    ("database.rules", _have_names_of_their_own("database")),
    ("database.schedule", _leaves_no_silence("database")),
    ("disasterRecovery.enabled", _stays_on_after_a_failover),
    ("disasterRecovery.regions", _are_two),
    ("disasterRecovery.rpo", _has_a_mechanism),
    ("disasterRecovery.testing.schedule", _is_tested_monthly),
    ("files", _within_the_lock("files")),
    ("files.enabled", _is_replicated),
    ("files.retention", _outlasts_the_wait("files")),
    ("files.schedule", _leaves_no_silence("files")),
    ("files.rules", _have_names_of_their_own("files")),
    ("vaults.acknowledgement", _is_acknowledged),
    ("vaults.airGapped", _reaches_the_air_gapped),
    ("vaults.maxRetention", _are_in_order),
    ("vaults.minRetention", _is_long_enough),
    ("workload.service.pilotLight", _fits_the_capacity),
    ("workload.shop.certificates", _serve_https),
    ("workload.shop.certificates", _are_of_their_regions),
)
