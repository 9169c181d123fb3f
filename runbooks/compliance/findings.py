"""What the evidence says for or against each thing that a control may ask for. Pure: evidence in, a verdict and its reasons out.

What nobody could read, or what never happened where nothing promised it, is "no evidence": that passes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runbooks.compliance import backups_hold as backups
from runbooks.compliance import recovery_holds as recovery
from runbooks.compliance.case import Answer, Case, Verdict
from runbooks.compliance.figures import Source


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was asked, by its permanent ``name``; ``says`` is the answer with its numbers, ``sources`` the records behind it."""

    name: str
    title: str
    verdict: Verdict
    says: str
    sources: tuple[Source, ...] = ()


CHECKS: Mapping[str, tuple[str, Callable[[Case], Answer]]] = {
    "backups-succeed": ("Backups succeed", backups.backups_succeed),
    "backups-on-schedule": ("Every scheduled backup is made", backups.backups_are_on_schedule),
    "copies-succeed": ("Copies into the other region succeed", backups.copies_succeed),
    "copies-elsewhere": ("The other region has recent copies", backups.copies_are_elsewhere),
    "database-replicated": ("The database's replica stays within the RPO", recovery.database_is_replicated),
    "files-replicated": ("Files are replicated within the RPO", recovery.files_are_replicated),
    "any-second-restorable": ("The database can be restored to any second, in both regions", recovery.any_second_is_restorable),
    "restores-tested": ("Restores are tested, and what is restored is validated", recovery.restores_are_tested),
    "drills-held": ("Drills are held, pass, and leave nothing behind", recovery.drills_are_held),
    "region-exercised": ("The loss of a region is exercised yearly", recovery.region_is_exercised),
    "recovery-in-time": ("Measured recovery times are within the RTO", recovery.recovery_is_in_time),
    "loss-within-bounds": ("Measured losses are within the RPO", recovery.loss_is_within_bounds),
    "vaults-locked": ("Backups cannot be deleted before their time", backups.vaults_are_locked),
    "vaults-encrypted": ("Backups are encrypted", backups.vaults_are_encrypted),
    "retention-declared": ("Schedules and retention are as declared", backups.retention_is_as_declared),
    "backups-intact": ("No backup was found broken", backups.no_backup_is_broken),
    "application-kept": ("Code, configuration and artifacts are kept in both regions", backups.application_is_kept),
    "procedures-kept": ("The recovery procedures themselves are backed up", backups.procedures_are_kept),
    "evidence-intact": ("The journal holds together", recovery.evidence_is_intact),
}
"""Everything that can be asked, by the name that a mapping uses."""


def findings(case: Case) -> tuple[Finding, ...]:
    return tuple(Finding(name, title, *check(case)) for name, (title, check) in CHECKS.items())
