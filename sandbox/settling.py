"""Waits until what was deployed stands as it would after its first night: shops that answer, media replicated, backups copied."""

import http.client
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from names import Names
from runbooks import shop
from sandbox.clients import Clients
from sandbox.progress import OnProgress, told
from sandbox.waiting import NotInTime, wait_until
from settings import Settings

BAD_ENDS = {"FAILED", "ABORTED", "EXPIRED", "PARTIAL"}
Settle = tuple[str, str, str, Callable[[], None]]
"""What is waited for, its name, its region, and the wait."""


class Settling:
    """The waits, each on its own; none needs another to have ended."""

    def __init__(self, settings: Settings, endpoint: str) -> None:
        self._settings, self._names, self._clients = settings, Names(settings), Clients(endpoint)

    def waits(self) -> list[Settle]:
        settings, names = self._settings, self._names
        active, recovery = settings.active_region, settings.recovery_region
        found: list[Settle] = []
        if settings.disaster_recovery.enabled:
            found += [("storefront", names.region_domain(region), region, partial(self._shop, region)) for region in settings.regions]
            found.append(("replica", names.database, recovery, self._replica))
        for kind, bucket in names.file_buckets(active).items():
            found.append((kind, names.file_bucket(kind, recovery), recovery, partial(self._replicate, bucket)))
            found.append(("backup", bucket, active, partial(self._back_up_files, bucket)))
        if settings.database.enabled:
            found.append(("backup", names.database, active, self._back_up_database))
        return found

    def _replica(self) -> None:
        rds = self._clients("rds", self._settings.recovery_region)

        def replicating() -> bool | None:
            [found] = rds.describe_db_instances(DBInstanceIdentifier=self._names.database)["DBInstances"]
            states = [info["Status"] for info in found.get("StatusInfos", []) if info["StatusType"] == "read replication"]
            return (found["DBInstanceStatus"] == "available" and states == ["replicating"]) or None

        wait_until(f"{self._names.database} to replicate in {self._settings.recovery_region}", replicating)

    def _shop(self, region: str) -> None:
        """Wait until *region*'s own name leads to a storefront that answers."""
        name = self._names.region_domain(region)
        wait_until(f"the storefront at {name}", lambda: self._answers(name) or None)

    def _answers(self, name: str) -> bool:
        resolver, port = self._settings.routing.resolvers[0], self._settings.workload.shop.port
        found = shop.addresses(resolver, name)
        if not found:
            return False
        connection = http.client.HTTPConnection(found[0], port, timeout=2)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _replicate(self, bucket: str) -> None:
        """Copy each object that is older than its replication onto itself, which replicates it, and wait for it."""
        s3 = self._clients("s3", self._settings.active_region)
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
        for key in keys:
            s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": key}, MetadataDirective="REPLACE")

        def replicated() -> bool | None:
            return all(s3.head_object(Bucket=bucket, Key=key).get("ReplicationStatus") == "COMPLETED" for key in keys) or None

        wait_until(f"the objects of {bucket} to be replicated", replicated)

    def _back_up_database(self) -> None:
        database = self._settings.database
        self._back_up(self._names.database_arn(self._settings.active_region), database.retention.days, copied=database.cross_region)

    def _back_up_files(self, bucket: str) -> None:
        self._back_up(self._names.bucket_arn(bucket), self._settings.files.retention.days, copied=True)

    def _back_up(self, resource_arn: str, retention_days: int, *, copied: bool) -> None:
        """Back the resource up now, as its plan will at night, and copy the recovery point to the other region's vault."""
        names, active, recovery = self._names, self._settings.active_region, self._settings.recovery_region
        backup = self._clients("backup", active)
        common = {"IamRoleArn": names.role_arn("backup"), "Lifecycle": {"DeleteAfterDays": retention_days}}
        job = backup.start_backup_job(BackupVaultName=names.vault(active), ResourceArn=resource_arn, **common)["BackupJobId"]
        point = _completed(f"the backup of {resource_arn}", lambda: backup.describe_backup_job(BackupJobId=job))["RecoveryPointArn"]
        if copied:
            where = {"SourceBackupVaultName": names.vault(active), "DestinationBackupVaultArn": names.vault_arn(recovery)}
            copy = backup.start_copy_job(RecoveryPointArn=point, **where, **common)["CopyJobId"]
            _completed(f"the copy of {point}", lambda: backup.describe_copy_job(CopyJobId=copy)["CopyJob"])


def _completed(what: str, describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the job once it is complete; raise :class:`NotInTime` with AWS's words when it ends otherwise."""

    def ended() -> dict[str, Any] | None:
        job = describe()
        if job["State"] in BAD_ENDS:
            raise NotInTime(f"{what} ended {job['State']}: {job.get('StatusMessage', 'no reason given')}")
        return job if job["State"] == "COMPLETED" else None

    return wait_until(what, ended)


def settle(settings: Settings, endpoint: str, on_progress: OnProgress = lambda _: None) -> None:
    """Wait for everything, side by side; raise :class:`NotInTime` for what does not come up, or comes up wrong."""

    def wait(settling: Settle) -> None:
        what, name, region, until_done = settling
        with told(on_progress, name, what, region):
            until_done()

    waits = Settling(settings, endpoint).waits()
    with ThreadPoolExecutor(len(waits) or 1) as pool:
        for _ in pool.map(wait, waits):
            pass
