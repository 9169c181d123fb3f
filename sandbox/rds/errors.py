"""RDS's own errors where moto has none, or another code than the API's model."""

from moto.rds.exceptions import RDSClientError


class InvalidInstanceState(RDSClientError):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidDBInstanceState", message)


class InvalidCombination(RDSClientError):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterCombination", message)


class InvalidValue(RDSClientError):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValue", message)


class InvalidSnapshotState(RDSClientError):
    def __init__(self, snapshot: str, status: str) -> None:
        super().__init__("InvalidDBSnapshotState", f"The snapshot {snapshot} is {status}, not available.")


class RestoreNotEnabled(RDSClientError):
    def __init__(self, instance: str) -> None:
        super().__init__("PointInTimeRestoreNotEnabled", f"Automated backups are not enabled for {instance}, or its first is not complete.")


class BackupNotFound(RDSClientError):
    def __init__(self, arn: str) -> None:
        super().__init__("DBInstanceAutomatedBackupNotFound", f"DBInstanceAutomatedBackup {arn} not found.")
