"""The database's standing: a replica of the home region's database, backups to a moment in the recovery region, the fence in both."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.account import CUSTOMER_DATA
from stacks.keys import Keys
from stacks.network import Network


@dataclass(frozen=True, slots=True)
class DatabaseArgs:
    names: Names
    keys: Keys
    network: Network


class Database(pulumi.ComponentResource):
    """The home region's instance is the workload's. The standby region's is ours, under the same identifier: first a replica of the other,
    and after a failover the writer. It is declared the same in both roles, so that no update drops or replaces it.
    """

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Database", name, None, opts)
        self._args, self._names = args, args.names
        self._region = args.names.settings.standby_region
        self._family = f"postgres{args.names.settings.workload.database.engine_version}"
        self._inside = pulumi.ResourceOptions(parent=self)
        for region in args.names.settings.regions:
            self._fenced_parameters(region)
        self._options()
        self.replica = self._replica()
        self._replicate_backups()
        self.register_outputs({})

    def _fenced_parameters(self, region: str) -> None:
        aws.rds.ParameterGroup(
            f"fenced-{region}",
            name=self._names.fenced_parameter_group,
            family=self._family,
            description="Retired instances: read-only for good",
            parameters=[{"name": "default_transaction_read_only", "value": "1", "apply_method": "immediate"}],
            region=region,
            opts=self._inside,
        )

    def _parameters(self) -> aws.rds.ParameterGroup:
        return aws.rds.ParameterGroup(
            f"database-{self._region}",
            name=self._names.parameter_group,
            family=self._family,
            description="The orders database; the fence sets default_transaction_read_only here",
            region=self._region,
            # A fence is a parameter that a run sets here: the next update must not lift it.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["parameters"]),
        )

    def _options(self) -> None:
        """An option group for what is restored here by hand: RDS copies none into another region."""
        aws.rds.OptionGroup(
            f"database-{self._region}",
            name=self._names.option_group,
            option_group_description="The orders database",
            engine_name="postgres",
            major_engine_version=self._names.settings.workload.database.engine_version,
            region=self._region,
            opts=self._inside,
        )

    def _subnet_group(self) -> aws.rds.SubnetGroup:
        return aws.rds.SubnetGroup(
            f"database-{self._region}",
            name=self._names.subnet_group(self._region),
            description="The orders database",
            subnet_ids=[subnet.id for subnet in self._args.network.database_subnets],
            region=self._region,
            opts=self._inside,
        )

    def _replica(self) -> aws.rds.Instance:
        settings = self._names.settings
        return aws.rds.Instance(
            f"database-{self._region}",
            identifier=self._names.database,
            replicate_source_db=self._names.database_arn(settings.home_region),
            instance_class=settings.workload.database.instance_class,
            storage_encrypted=True,
            kms_key_id=self._args.keys.arn("data", self._region),
            parameter_group_name=self._parameters().name,
            db_subnet_group_name=self._subnet_group().name,
            vpc_security_group_ids=[self._args.network.database_group.id],
            publicly_accessible=False,
            # A replica with backups of its own is protected from the moment it is promoted.
            backup_retention_period=settings.database.retention.days,
            copy_tags_to_snapshot=True,
            deletion_protection=True,
            skip_final_snapshot=False,
            final_snapshot_identifier=f"{self._names.database}-final",
            tags=CUSTOMER_DATA,
            region=self._region,
            # Promotion clears the source; the next update must not read that as a wish for a new instance.
            opts=pulumi.ResourceOptions(parent=self, protect=True, ignore_changes=["replicate_source_db"]),
        )

    def _replicate_backups(self) -> None:
        """Copy snapshots and logs as they are made: the recovery region's own restore to a moment, replica or not."""
        settings = self._names.settings
        aws.rds.InstanceAutomatedBackupsReplication(
            f"database-{settings.recovery_region}",
            source_db_instance_arn=self._names.database_arn(settings.active_region),
            retention_period=settings.database.retention.days,
            kms_key_id=self._args.keys.arn("data", settings.recovery_region),
            region=settings.recovery_region,
            opts=self._inside,
        )
