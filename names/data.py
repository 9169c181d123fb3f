"""The workload's data, and the archive of the database."""

from datetime import UTC, datetime

from names.base import Base
from sections import FileKind

DRILLED = "solemate-drills/"
"""Where in the bucket of restored files drills put theirs: no restore takes it for its own."""


class Data(Base):
    __slots__ = ()

    @property
    def database(self) -> str:
        """The PostgreSQL instance's identifier, the same in both regions."""
        return self.settings.workload.database.instance

    def database_arn(self, region: str) -> str:
        return self.arn("rds", region, f"db:{self.database}")

    def databases_arn(self, region: str) -> str:
        """Any database of the account: what a tag puts under a plan is not named here."""
        return self.arn("rds", region, "db:*")

    def retired_databases_arn(self, region: str) -> str:
        """The former writers that failbacks have kept, whichever run retired them."""
        return f"{self.database_arn(region)}-retired-*"

    @property
    def _beside(self) -> str:
        """What the names of restored databases begin with: RDS takes 63 characters, of which a moment needs 15."""
        return f"{self.database[:44].rstrip('-')}-at-"

    def restored_database(self, moment: datetime) -> str:
        """The database as it was at *moment*, restored beside the original."""
        return f"{self._beside}{moment.astimezone(UTC):%Y%m%dt%H%M%S}"

    @property
    def restored_databases(self) -> str:
        """Any restored database, as a pattern: nothing else can be made by who restores."""
        return f"{self._beside}*"

    def restored_databases_arn(self, region: str) -> str:
        return self.arn("rds", region, f"db:{self.restored_databases}")

    def drilled_database(self, run: str) -> str:
        """The database as the drill *run* restores it: told from what an operator restores, for who drills may delete it."""
        return f"{self._beside}drill-{run.rpartition('-')[2]}"

    @property
    def drilled_databases(self) -> str:
        """Any database that a drill restored, as a pattern."""
        return f"{self._beside}drill-*"

    def drilled_databases_arn(self, region: str) -> str:
        return self.arn("rds", region, f"db:{self.drilled_databases}")

    @property
    def database_secret(self) -> str:
        """The Secrets Manager secret ``{"username", "password"}``, replicated under the same name to both regions."""
        return self.settings.workload.database.secret

    @property
    def parameter_group(self) -> str:
        """The database parameter group, the same name in both regions; the fence sets ``default_transaction_read_only`` in it."""
        return self.settings.workload.database.parameter_group

    @property
    def fenced_parameter_group(self) -> str:
        """The parameter group of retired instances: read-only for good."""
        return f"{self.prefix}-fenced"

    def snapshots_arn(self, region: str) -> str:
        """Any snapshot of the account: what AWS Backup takes is not named after the database."""
        return self.arn("rds", region, "snapshot:*")

    @property
    def option_group(self) -> str:
        """The option group of the standby region: RDS copies none into another region."""
        return f"{self.prefix}-orders"

    @property
    def export_machine(self) -> str:
        """The Step Functions state machine that exports snapshots into the archive."""
        return f"{self.prefix}-export"

    def export_machine_arn(self, region: str) -> str:
        return self.arn("states", region, f"stateMachine:{self.export_machine}")

    def archive_bucket(self, region: str) -> str:
        """The bucket of *region* that holds exports of the database, cold and locked."""
        return f"{self.prefix}-archive-{self.settings.account}-{region}"

    def subnet_group(self, region: str) -> str:
        return f"{self.prefix}-database"

    def file_bucket(self, kind: FileKind, region: str) -> str:
        """The bucket of one kind of files: the workload's own in the home region, ours in the standby region."""
        return f"{getattr(self.settings.workload.buckets, kind)}-{region}"

    def file_buckets(self, region: str) -> dict[FileKind, str]:
        """The buckets of *region* that are protected, by the kind of their files."""
        return {kind: self.file_bucket(kind, region) for kind in self.settings.files.kinds}

    def file_backups_bucket(self, region: str) -> str:
        """The bucket of *region* that holds what is backed up on demand of the other region's files, locked."""
        return f"{self.prefix}-file-backups-{self.settings.account}-{region}"

    def landing_bucket(self, region: str) -> str:
        """The bucket of *region* into which AWS Backup restores files, to be copied on from there."""
        return f"{self.prefix}-restored-files-{self.settings.account}-{region}"

    def media_bucket(self, region: str) -> str:
        return self.file_bucket("media", region)

    def file_systems(self, region: str) -> tuple[str, ...]:
        """The ARN of the workload's EFS file system, if it is protected and in *region*."""
        system, home = self.settings.workload.file_system, self.settings.home_region
        protected = system and self.settings.files.enabled and region == home
        return (self.arn("elasticfilesystem", home, f"file-system/{system}"),) if protected else ()

    def bucket_arn(self, bucket: str) -> str:
        return f"arn:aws:s3:::{bucket}"

    def replication_rule(self, destination: str) -> str:
        """The S3 replication rule towards *destination*: the ``RuleId`` of its CloudWatch metrics."""
        return f"to-{destination}"
