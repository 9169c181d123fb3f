"""Every physical name and ARN, derived from settings and never looked up.

In a disaster a runbook needs the repository, credentials and the surviving region: no state backend, no stack outputs.
"""

from dataclasses import dataclass

from sections import FileKind
from settings import Settings

TAKEOVER_METRIC = "Takeover"
DRILL_OVERDUE = "DrillOverdue"
GITHUB = "token.actions.githubusercontent.com"
DOCKER_HUB = "docker-hub"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one stack. ``region`` arguments are AWS region names, such as ``us-west-2``."""

    settings: Settings

    @property
    def prefix(self) -> str:
        return f"solemate-{self.settings.environment}"

    # Data

    @property
    def database(self) -> str:
        """The PostgreSQL instance's identifier, the same in both regions."""
        return self.settings.workload.database.instance

    def database_arn(self, region: str) -> str:
        return self._arn("rds", region, f"db:{self.database}")

    def databases_arn(self, region: str) -> str:
        """Any database of the account: what a tag puts under a plan is not named here."""
        return self._arn("rds", region, "db:*")

    def retired_databases_arn(self, region: str) -> str:
        """The former writers that failbacks have kept, whichever run retired them."""
        return f"{self.database_arn(region)}-retired-*"

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
        return self._arn("rds", region, "snapshot:*")

    @property
    def option_group(self) -> str:
        """The option group of the standby region: RDS copies none into another region."""
        return f"{self.prefix}-orders"

    @property
    def export_machine(self) -> str:
        """The Step Functions state machine that exports snapshots into the archive."""
        return f"{self.prefix}-export"

    def export_machine_arn(self, region: str) -> str:
        return self._arn("states", region, f"stateMachine:{self.export_machine}")

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

    def media_bucket(self, region: str) -> str:
        return self.file_bucket("media", region)

    def file_systems(self, region: str) -> tuple[str, ...]:
        """The ARN of the workload's EFS file system, if it is protected and in *region*."""
        system, home = self.settings.workload.file_system, self.settings.home_region
        protected = system and self.settings.files.enabled and region == home
        return (self._arn("elasticfilesystem", home, f"file-system/{system}"),) if protected else ()

    def bucket_arn(self, bucket: str) -> str:
        return f"arn:aws:s3:::{bucket}"

    def replication_rule(self, destination: str) -> str:
        """The S3 replication rule towards *destination*: the ``RuleId`` of its CloudWatch metrics."""
        return f"to-{destination}"

    # Keys and vaults

    def key_alias(self, purpose: str) -> str:
        """The alias of the customer key for *purpose*: ``data``, ``vault``, ``topic`` or ``signing``; the same in both regions."""
        return f"alias/{self.prefix}-{purpose}"

    def vault(self, region: str) -> str:
        return f"{self.prefix}-{region}"

    def vault_arn(self, region: str) -> str:
        return self._arn("backup", region, f"backup-vault:{self.vault(region)}")

    def air_gapped_vault(self, region: str) -> str:
        """The logically air-gapped vault: a second copy that nobody can take away, under a key that is not the account's."""
        return f"{self.vault(region)}-air-gapped"

    def air_gapped_vault_arn(self, region: str) -> str:
        return self._arn("backup", region, f"backup-vault:{self.air_gapped_vault(region)}")

    def backup_plan(self, target: str) -> str:
        return f"{self.prefix}-{target}"

    @property
    def backup_tag(self) -> str:
        """The tag whose value, ``database`` or ``file-system``, puts a further one of the workload's under that plan.

        Buckets are named: S3 lets no role read just those that bear a tag.
        """
        return f"{self.prefix}-backup"

    # Evidence

    def journal_bucket(self, region: str) -> str:
        """The bucket that holds the lease and the write-once records of runs whose recovery region is *region*."""
        return f"{self.prefix}-journal-{self.settings.account}-{region}"

    def reports_bucket(self, region: str) -> str:
        """The bucket that AWS Backup writes its reports of *region* into."""
        return f"{self.prefix}-reports-{self.settings.account}-{region}"

    def restore_tests_prefix_arn(self, region: str) -> str:
        """What the ARN of the restore tests' plan begins with: AWS Backup ends it with an identifier of its own."""
        return self._arn("backup", region, f"restore-testing-plan:{self.audit('restores')}-")

    def inventory_bucket(self, region: str) -> str:
        """The bucket that S3 lists the files of *region* into, every day."""
        return f"{self.prefix}-inventories-{self.settings.account}-{region}"

    @property
    def inventory(self) -> str:
        """The daily list of a bucket. The lists of one are under ``<its name>/<this>/`` in the bucket of inventories."""
        return f"{self.prefix}-daily"

    def audit(self, what: str) -> str:
        """A framework, report plan or restore test: AWS takes letters, digits and underscores, and 50 of them for the last."""
        return f"{self.prefix}_{what}".replace("-", "_")

    # Application

    def artifacts_bucket(self, region: str) -> str:
        """The bucket that holds what is kept of the application: repositories, parameters, task definitions."""
        return f"{self.prefix}-artifacts-{self.settings.account}-{region}"

    def build(self, what: str) -> str:
        """The CodeBuild project that runs one of our commands, the same name in both regions."""
        return f"{self.prefix}-{what}"

    def build_arn(self, what: str, region: str) -> str:
        return self._arn("codebuild", region, f"project/{self.build(what)}")

    def build_log(self, what: str) -> str:
        return f"/codebuild/{self.build(what)}"

    def build_log_arn(self, what: str, region: str) -> str:
        return self._arn("logs", region, f"log-group:{self.build_log(what)}")

    @property
    def git_secret(self) -> str:
        """The secret that holds the token that reads repositories of GitHub, the same name in both regions."""
        return f"{self.prefix}/github"

    @property
    def docker_hub_secret(self) -> str:
        """The owner's secret with credentials of Docker Hub, in both regions. ECR takes none whose name begins otherwise."""
        return f"ecr-pullthroughcache/{self.prefix}-docker-hub"

    def cached_repository(self, image: str) -> str:
        """The repository of ECR that *image* of Docker Hub is cached in, the same name in both regions; official ones are ``library``'s."""
        path = image.partition("@")[0].partition(":")[0]
        return f"{DOCKER_HUB}/{path if '/' in path else f'library/{path}'}"

    def cached_image(self, image: str, region: str) -> str:
        """What *image* of Docker Hub is pulled by from *region*'s registry, which fetches it once and keeps it."""
        path, mark, version = image.partition("@") if "@" in image else image.partition(":")
        return f"{self.settings.account}.dkr.ecr.{region}.amazonaws.com/{self.cached_repository(path)}{mark}{version}"

    @property
    def standby_image(self) -> str:
        """The storefront's image as the standby pulls it: from its own region's registry, where the application is kept there."""
        image, application = self.settings.workload.service.image, self.settings.application
        kept = application.enabled and application.include_code
        return self.cached_image(image, self.settings.standby_region) if kept else image

    # Service and routing

    @property
    def cluster(self) -> str:
        """The ECS cluster, the same name in both regions."""
        return self.settings.workload.service.cluster

    @property
    def service(self) -> str:
        return self.settings.workload.service.name

    @property
    def load_balancer(self) -> str:
        """The load balancer, the same name in both regions."""
        return self.settings.workload.load_balancer

    @property
    def target_group(self) -> str:
        return f"{self.prefix}-shop"[:32]

    @property
    def shop_domain(self) -> str:
        """The name shoppers resolve, such as ``shop.solemate.example``."""
        return f"{self.settings.routing.record}.{self.settings.routing.zone}"

    @property
    def shop_url(self) -> str:
        shop = self.settings.workload.shop
        return f"{shop.scheme}://{self.shop_domain}:{shop.port}"

    def region_domain(self, region: str) -> str:
        """The name that always leads to *region*'s load balancer; how a runbook tells which region an answer belongs to."""
        return f"{self.settings.routing.record}-{region}.{self.settings.routing.zone}"

    @property
    def metrics(self) -> str:
        """The CloudWatch namespace of our own metrics: one for each environment, or one's drill would throw another's switch."""
        return f"{self.prefix}/recovery"

    def takeover_alarm(self, region: str) -> str:
        """The alarm in *region* that is the switch "this region has taken over": its metric at 1 turns the other region's record away."""
        return f"{self.prefix}-takeover-{region}"

    @property
    def control_cluster(self) -> str:
        """The ARC cluster that keeps the routing controls, and the one control panel on it."""
        return f"{self.prefix}-routing"

    def routing_control(self, region: str) -> str:
        """The routing control "shoppers may be led to *region*"."""
        return f"{self.prefix}-{region}"

    @property
    def region_switch(self) -> str:
        """The plan of ARC Region switch, which takes 32 letters, digits and hyphens."""
        return f"{self.prefix}-recovery"

    @property
    def region_switch_arn(self) -> str:
        """The plan's ARN, but for the six characters at its end that AWS chooses."""
        return f"arn:aws:arc-region-switch::{self.settings.account}:plan/{self.region_switch}:*"

    def cluster_arn(self, region: str) -> str:
        return self._arn("ecs", region, f"cluster/{self.cluster}")

    def service_arn(self, region: str) -> str:
        return self._arn("ecs", region, f"service/{self.cluster}/{self.service}")

    def alarm_arn(self, what: str, region: str) -> str:
        return self._arn("cloudwatch", region, f"alarm:{self.alarm(what)}")

    @property
    def safety_rule(self) -> str:
        """The rule that one region at least is on."""
        return f"{self.prefix}-one-region-on"

    def alarm(self, what: str) -> str:
        return f"{self.prefix}-{what}"

    def dashboard(self, region: str) -> str:
        """The CloudWatch dashboard of *region*. Dashboards belong to the account: under one name the second would replace the first."""
        return f"{self.prefix}-{region}"

    @property
    def costs(self) -> str:
        """The budget of what recovery costs, and the monitor and the subscription that notice when it costs more than usual."""
        return f"{self.prefix}-recovery-costs"

    @property
    def schedule_group(self) -> str:
        """The group of all our schedules in EventBridge Scheduler, the same name in both regions."""
        return f"{self.prefix}-recovery"

    def schedule(self, what: str) -> str:
        """The schedule of EventBridge Scheduler for *what*."""
        return f"{self.prefix}-{what}"

    def event_rule(self, what: str) -> str:
        """The EventBridge rule about *what*, the same name in both regions."""
        return f"{self.prefix}-{what}"

    def event_bus_arn(self, region: str) -> str:
        """The default bus, on which AWS's own events arrive."""
        return self._arn("events", region, "event-bus/default")

    def topic_arn(self, region: str) -> str:
        return self._arn("sns", region, self.topic)

    @property
    def topic(self) -> str:
        """The topic for announcements and alarms, the same name in both regions."""
        return f"{self.prefix}-recovery"

    def role(self, purpose: str) -> str:
        return f"{self.prefix}-{purpose}"

    def role_arn(self, purpose: str) -> str:
        return f"arn:aws:iam::{self.settings.account}:role/{self.role(purpose)}"

    @property
    def mfa_tag(self) -> str:
        """The tag by which a role vouches that nobody enters it without a second factor."""
        return f"{self.prefix}-mfa"

    @property
    def github_provider_arn(self) -> str:
        """The account's trust in what GitHub says of its workflows."""
        return f"arn:aws:iam::{self.settings.account}:oidc-provider/{GITHUB}"

    @property
    def reporter_arn(self) -> str:
        """The role that AWS Backup makes for itself, with the first framework, to deliver reports."""
        return f"arn:aws:iam::{self.settings.account}:role/aws-service-role/reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"

    def _arn(self, service: str, region: str, resource: str) -> str:
        return f"arn:aws:{service}:{region}:{self.settings.account}:{resource}"
