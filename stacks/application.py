"""The application: what is kept of its code and configuration in both regions, and the daily build that keeps it."""

from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_aws as aws

from names import Names
from stacks import duties
from stacks.buckets import Bucket, BucketArgs
from stacks.builds import Build, BuildArgs, log_group
from stacks.keys import Keys
from stacks.policies.documents import allow, document
from stacks.replication import Replication, ReplicationArgs
from stacks.schedules import Schedule, ScheduleArgs, Schedules
from stacks.secrets import Secrets

BACKUP = "application-backup"


@dataclass(frozen=True, slots=True)
class ApplicationArgs:
    names: Names
    keys: Keys
    secrets: Secrets
    schedules: Schedules


class Application(pulumi.ComponentResource):
    """Buckets and logs are in both regions, whichever is active; the build and its schedule hold no data, and follow the active one."""

    def __init__(self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Application", name, None, opts)
        self._args, self._names = args, args.names
        self._inside = pulumi.ResourceOptions(parent=self)
        settings = args.names.settings
        buckets = [self._bucket(region) for region in settings.regions]
        Replication(
            "artifacts",
            ReplicationArgs(
                names=args.names,
                keys=args.keys,
                what="artifacts",
                buckets={region: args.names.artifacts_bucket(region) for region in settings.regions},
                versioned=[bucket.versioning for bucket in buckets],
            ),
            self._inside,
        )
        logs = {region: log_group(args.names, BACKUP, region, self._inside) for region in settings.regions}
        build = self._build(logs[settings.active_region])
        self._schedule(build, settings.active_region)
        self.register_outputs({})

    def _bucket(self, region: str) -> Bucket:
        retention = self._names.settings.application.retention
        return Bucket(
            f"artifacts-{region}",
            BucketArgs(
                name=self._names.artifacts_bucket(region),
                region=region,
                key_arn=self._args.keys.arn("data", region),
                tags={},
                locked_for=retention,
                keep_for=retention,
                # A version that is still locked stays until its lock is over.
                keep_old_versions_for=timedelta(days=1),
            ),
            self._inside,
        )

    def _build(self, log: aws.cloudwatch.LogGroup) -> Build:
        args, settings = self._args, self._names.settings
        wanted = BuildArgs(
            names=args.names,
            keys=args.keys,
            secrets=args.secrets,
            what=BACKUP,
            region=settings.active_region,
            command="backup --target application",
            duty=duties.application_backup(args.names, args.keys.arn),
            log=log.name,
        )
        return Build(f"{BACKUP}-{settings.active_region}", wanted, self._inside)

    def _schedule(self, build: Build, region: str) -> None:
        arn = self._names.build_arn(BACKUP, region)
        may = document(allow("StartBuild", ["codebuild:StartBuild"], [arn]))
        schedule = self._names.settings.application.schedule
        Schedule(
            f"schedule-{BACKUP}-{region}",
            ScheduleArgs(self._args.schedules, region, BACKUP, schedule, arn, "{}", may),
            pulumi.ResourceOptions(parent=self, depends_on=[build.project]),
        )
