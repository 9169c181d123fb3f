"""The RDS operations that moto has not."""

from typing import cast

from moto.core.responses import ActionResult
from moto.rds.models import rds_backends
from moto.rds.responses import RDSResponse

from sandbox.rds.models import PostgresBackend


class PostgresResponse(RDSResponse):
    @property
    def ours(self) -> PostgresBackend:
        return cast(PostgresBackend, rds_backends[self.current_account][self.region])

    def start_db_instance_automated_backups_replication(self) -> ActionResult:
        asked = self.params
        backup = self.ours.start_automated_backups_replication(
            asked["SourceDBInstanceArn"], int(asked.get("BackupRetentionPeriod", 7)), asked.get("KmsKeyId")
        )
        return ActionResult({"DBInstanceAutomatedBackup": backup})

    def stop_db_instance_automated_backups_replication(self) -> ActionResult:
        backup = self.ours.stop_automated_backups_replication(self.params["SourceDBInstanceArn"])
        return ActionResult({"DBInstanceAutomatedBackup": backup})

    def delete_db_instance_automated_backup(self) -> ActionResult:
        backup = self.ours.delete_automated_backup(str(self.params.get("DBInstanceAutomatedBackupsArn")))
        return ActionResult({"DBInstanceAutomatedBackup": backup})

    def reset_db_parameter_group(self) -> ActionResult:
        asked = [parameter.original_dict() for parameter in self.params.get("Parameters", [])]
        everything = bool(self.params.get("ResetAllParameters", not asked))
        group = self.ours.reset_db_parameter_group(self.params["DBParameterGroupName"], everything, asked)
        return ActionResult({"DBParameterGroupName": group.name})
