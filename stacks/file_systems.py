"""The workload's EFS file system: a replica in the standby region, kept by EFS itself and some minutes behind."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.keys import Keys


@dataclass(frozen=True, slots=True)
class FileSystemsArgs:
    names: Names
    keys: Keys


class FileSystems(pulumi.ComponentResource):
    """EFS makes the replica, under our key, and lets nobody write to it while it is one.

    A failover does nothing with it. Whoever needs it in the standby region ends the replication there, which makes it writable
    (`aws efs delete-replication-configuration --region STANDBY --source-file-system-id ID`, with `--deletion-mode
    LOCAL_CONFIGURATION_ONLY` while the home region does not answer), makes mount targets, and takes the replication out of Pulumi's
    state. The way back is EFS's too: it overwrites an existing file system only once that is no longer protected from it.
    """

    def __init__(self, name: str, args: FileSystemsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:FileSystems", name, None, opts)
        settings = args.names.settings
        home, standby = settings.home_region, settings.standby_region
        aws.efs.ReplicationConfiguration(
            f"file-system-{home}",
            source_file_system_id=settings.workload.file_system,
            destination={"region": standby, "kms_key_id": args.keys.arn("data", standby)},
            region=home,
            # Without it the replica turns into a file system that nobody keeps up to date.
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.register_outputs({})
