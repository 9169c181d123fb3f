"""What no single value shows: each check returns the fault of the settings at its path, or None."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from schedules import longest_wait
from values import HUB_IMAGE, shown

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


def _outlasts_the_wait(settings: "Settings") -> str | None:
    backup = settings.database
    wait = longest_wait(LOOKED_FROM, backup.schedule)
    if not backup.enabled or backup.retention >= wait:
        return None
    return f"is {backup.retention.days} days, and {wait.days} pass between backups: on some days there would be none to restore"


def _are_of_their_regions(settings: "Settings") -> str | None:
    wrong = [
        f"{region} has one of {arn.split(':')[3]}"
        for region, arn in settings.workload.shop.certificates.items()
        if arn.split(":")[3] != region
    ]
    return f"a load balancer takes certificates of its own region: {', '.join(wrong)}" if wrong else None


def _is_on(settings: "Settings") -> str | None:
    return None if settings.database.encryption else "must be true: copies in another region need customer keys"


SHORTEST_STAY = {"GLACIER_IR": 90, "GLACIER": 90, "DEEP_ARCHIVE": 180}
"""Days that S3 bills of whatever enters a storage class, however early it is deleted."""


def _outlasts_its_class(settings: "Settings") -> str | None:
    export = settings.database.export
    if export is None or export.retention.days > SHORTEST_STAY[export.storage_class]:
        return None
    stay = SHORTEST_STAY[export.storage_class]
    return f"must be more than the {stay} days that {export.storage_class} bills, is {export.retention.days}"


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


def _outlives_the_archive(settings: "Settings") -> str | None:
    archive, retention = settings.files.archive, settings.files.retention.days
    stay = SHORTEST_STAY[archive.storage_class]
    if retention >= archive.after.days + stay:
        return None
    bills = f"the {stay} days that {archive.storage_class} bills"
    return f"must be at least files.archive.after, {archive.after.days}, and {bills}: {archive.after.days + stay}, is {retention}"


def _leaves_something_to_cool(settings: "Settings") -> str | None:
    files = settings.files
    longest = max((files.retention, *(rule.retention for rule in files.rules)))
    if not settings.workload.file_system or files.cooled(longest):
        return None
    return f"leaves nothing to cold storage, which keeps for 90 days at least: the longest retention is {longest.days} days"


def _has_a_bucket(kind: str) -> Check:
    def check(settings: "Settings") -> str | None:
        missing = kind in settings.files.kinds and not getattr(settings.workload.buckets, kind)
        return f"needs workload.buckets.{kind}, the name of the bucket" if missing else None

    return check


def _have_buckets_of_their_own(settings: "Settings") -> str | None:
    buckets = settings.workload.buckets
    named = [name for name in (buckets.media, buckets.uploads, buckets.assets, buckets.cdn) if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    return f"each kind of files needs a bucket of its own: {', '.join(twice)} is there twice" if twice else None


def _includes_something(settings: "Settings") -> str | None:
    files = settings.files
    if not files.enabled or files.kinds or settings.workload.file_system:
        return None
    return "is true and includes nothing: set files.includeMedia or another kind to true, or this to false"


def _holds_nobody_else(settings: "Settings") -> str | None:
    shared = sorted(set(settings.access.break_glass) & {*settings.access.operators, *settings.access.auditors})
    return f"must not hold who has an everyday role: {', '.join(shared)}" if shared else None


def _has_a_switch_to_turn(settings: "Settings") -> str | None:
    if settings.disaster_recovery.orchestrator == "invoke" or settings.routed_by_controls:
        return None
    return "arc-region-switch needs routing.switch arc-routing-control: AWS turns routing controls, and no alarm"


def _belongs_to_its_switch(settings: "Settings") -> str | None:
    routing = settings.routing
    if routing.cluster is None or routing.switch == "arc-routing-control":
        return None
    return f"must be absent with routing.switch {routing.switch}: it belongs to arc-routing-control"


def _begins_at_home(settings: "Settings") -> str | None:
    home, active = settings.home_region, settings.active_region
    if not settings.routed_by_controls or settings.routing.cluster or active == home or active not in settings.regions:
        return None
    return f"routing controls must be made while {home} is active, and {active} is: new ones are off, and Route 53 then answers {home}"


def _are_five_places(settings: "Settings") -> str | None:
    cluster = settings.routing.cluster
    if cluster is None or len({each.region for each in cluster.endpoints}) == len({each.url for each in cluster.endpoints}) == 5:
        return None
    return "must be five addresses in five regions"


def _are_of_both_regions(settings: "Settings") -> str | None:
    cluster, regions = settings.routing.cluster, settings.regions
    if cluster is None or (set(cluster.controls) == set(regions) and len(set(cluster.controls.values())) == 2):
        return None
    return f"must name a control of its own for {' and for '.join(regions)}, and nothing else"


def _includes_code_or_config(settings: "Settings") -> str | None:
    application = settings.application
    if not application.enabled or application.include_code or application.include_config:
        return None
    return "there is nothing to back up: set application.includeCode or application.includeConfig to true"


def _can_be_kept(settings: "Settings") -> str | None:
    application, image = settings.application, settings.workload.service.image
    if not application.enabled or not application.include_code or re.fullmatch(HUB_IMAGE, image):
        return None
    return f"must be of Docker Hub, whose images application.includeCode keeps, and have its tag or digest, is {shown(image)}"


ALL: tuple[tuple[str, Check], ...] = (
    ("access.breakGlass", _holds_nobody_else),
    ("activeRegion", _is_one_of_them),
    ("application.enabled", _includes_code_or_config),
    ("database", _within_the_lock("database")),
    ("database.encryption", _is_on),
    ("database.export.retention", _outlasts_its_class),
    ("database.retention", _outlasts_the_wait),
    ("database.rules", _have_names_of_their_own("database")),
    ("database.schedule", _leaves_no_silence("database")),
    ("disasterRecovery.enabled", _stays_on_after_a_failover),
    ("disasterRecovery.orchestrator", _has_a_switch_to_turn),
    ("disasterRecovery.regions", _are_two),
    ("disasterRecovery.rpo", _has_a_mechanism),
    ("disasterRecovery.testing.schedule", _is_tested_monthly),
    ("files", _within_the_lock("files")),
    ("files.coldAfter", _leaves_something_to_cool),
    ("files.enabled", _includes_something),
    ("files.enabled", _is_replicated),
    ("files.includeAssets", _has_a_bucket("assets")),
    ("files.includeCdn", _has_a_bucket("cdn")),
    ("files.includeUploads", _has_a_bucket("uploads")),
    ("files.retention", _outlives_the_archive),
    ("files.rules", _have_names_of_their_own("files")),
    ("files.schedule", _leaves_no_silence("files")),
    ("routing.cluster", _belongs_to_its_switch),
    ("routing.cluster.controls", _are_of_both_regions),
    ("routing.cluster.endpoints", _are_five_places),
    ("routing.switch", _begins_at_home),
    ("vaults.acknowledgement", _is_acknowledged),
    ("vaults.airGapped", _reaches_the_air_gapped),
    ("vaults.maxRetention", _are_in_order),
    ("vaults.minRetention", _is_long_enough),
    ("workload.buckets", _have_buckets_of_their_own),
    ("workload.service.image", _can_be_kept),
    ("workload.service.pilotLight", _fits_the_capacity),
    ("workload.shop.certificates", _serve_https),
    ("workload.shop.certificates", _are_of_their_regions),
)
