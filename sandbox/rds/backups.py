"""Automated backups: each instance's own, and their copies in another region."""

import contextlib
import secrets
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.postgres import PostgresError
from sandbox.rds.archive import segment_end
from sandbox.rds.snapshots import copy_folder, require_link

if TYPE_CHECKING:
    from sandbox.rds.instance import PostgresInstance

LOOK = 1.0
"""Seconds between two looks for new segments."""


class AutomatedBackup:
    """One entry of describe_db_instance_automated_backups: what *instance* can be restored from, in the region *region*."""

    def __init__(self, instance: "PostgresInstance", region: str) -> None:
        self.instance, self.region = instance, region
        self.identifier = f"ab-{secrets.token_hex(13)}"

    @property
    def arn(self) -> str:
        return f"arn:aws:rds:{self.region}:{self.instance.account_id}:auto-backup:{self.identifier}"

    @property
    def key(self) -> str | None:
        return self.instance.kms_key_id

    @property
    def retention(self) -> int:
        return self.instance.backup_retention_period

    @property
    def is_kept(self) -> bool:
        """Whether it is shown: replicas have none, and an instance's own end with it."""
        return bool(self.retention) and self.instance.source is None and not self.instance.gone.is_set()

    @property
    def status(self) -> str:
        return "active" if self.base else "creating"

    @property
    def base(self) -> Path | None:
        return self.instance.archive.base

    @property
    def wal(self) -> Path:
        return self.instance.archive.wal

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """The first and the last moment it can restore."""
        archive = self.instance.archive
        return (archive.earliest, archive.latest) if archive.earliest and archive.latest else None

    def describe(self) -> dict[str, Any]:
        instance, window = self.instance, self.window
        return {
            "DBInstanceArn": instance.arn,
            "DbiResourceId": instance.dbi_resource_id,
            "DBInstanceIdentifier": instance.db_instance_identifier,
            "Region": instance.region,
            "RestoreWindow": {"EarliestTime": window[0], "LatestTime": window[1]} if window else None,
            "AllocatedStorage": instance.allocated_storage,
            "Status": self.status,
            "Port": instance.port,
            "InstanceCreateTime": instance.instance_create_time,
            "MasterUsername": instance.master_username,
            "Engine": instance.engine,
            "EngineVersion": instance.engine_version,
            "LicenseModel": instance.license_model,
            "StorageType": instance.storage_type,
            "Encrypted": instance.storage_encrypted,
            "KmsKeyId": self.key,
            "BackupRetentionPeriod": self.retention,
            "DBInstanceAutomatedBackupsArn": self.arn,
            "DBInstanceAutomatedBackupsReplications": instance.db_instance_automated_backups_replications,
        }


class ReplicatedBackup(AutomatedBackup):
    """A copy in another region, kept up by a thread of its own: the base backup, then each segment in order."""

    def __init__(self, instance: "PostgresInstance", region: str, retention: int, key: str | None) -> None:
        super().__init__(instance, region)
        self._estate, self._retention, self._key = instance.estate, retention, key
        self._folder = self._estate.folder(region, "backups", self.identifier)
        self._copied_from: Path | None = None
        self._base: Path | None = None
        self._reached = 0
        self._window: tuple[datetime, datetime] | None = None

    @property
    def key(self) -> str | None:
        return self._key

    @property
    def retention(self) -> int:
        return self._retention

    @property
    def is_kept(self) -> bool:
        return True

    @property
    def is_replicating(self) -> bool:
        return self in self.instance.backup_copies and not self.instance.gone.is_set()

    @property
    def status(self) -> str:
        if not self.is_replicating:
            return "retained"
        return "replicating" if self._base else "pending"

    @property
    def base(self) -> Path | None:
        return self._base

    @property
    def wal(self) -> Path:
        return self._folder / "wal"

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        return self._window

    def start(self) -> None:
        self._estate.programs.make_folder(self.wal)
        self.instance.backup_copies.append(self)
        self._estate.in_background(self._keep_up, f"backups of {self.instance.db_instance_identifier} to {self.region}")

    def stop(self) -> None:
        """Copy no more; what was copied stays restorable."""
        with contextlib.suppress(ValueError):
            self.instance.backup_copies.remove(self)

    def discard(self) -> None:
        self.stop()
        self._estate.remove(self._folder)

    def _keep_up(self) -> None:
        while not self._estate.lab.closing.wait(LOOK) and self.is_replicating:
            try:
                self._copy_base()
                self._copy_log()
            except (PostgresError, OSError) as error:
                self._estate.note(f"{self.arn}: {error}")

    def _copy_base(self) -> None:
        """Copy the newest base backup when it is another than the one copied before."""
        source = self.instance.archive.base
        if source is None or source == self._copied_from:
            return
        require_link(self._estate, self.instance.region, self.region)
        copy = self._folder / source.name
        self._estate.remove(copy)
        copy_folder(self._estate, self.instance.region, self.region, source, copy)
        self._copied_from, self._base = source, copy

    def _copy_log(self) -> None:
        """Copy the segments that are new, oldest first, each whole, and say what can be restored with them."""
        if self._estate.is_dark(self.instance.region) or self._base is None:
            return
        for segment in sorted(self.instance.archive.wal.glob("*.gz")):
            copy = self.wal / segment.name
            if copy.exists():
                continue
            require_link(self._estate, self.instance.region, self.region)
            draft = copy.with_suffix(".draft")
            shutil.copyfile(segment, draft)
            draft.replace(copy)
            self._reached = max(self._reached, segment_end(segment.stem))
        earliest, latest = self.instance.archive.earliest, self.instance.archive.latest_within(self._reached)
        if earliest and latest:
            self._window = (earliest, latest)
