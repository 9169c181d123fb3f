"""What each section of the settings holds, with its bounds; settings.py puts them together, and checks.py compares them."""

from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

import values as kind


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Rule(Section):
    """A further schedule of a target, with a retention of its own: weeks, months and years beside the target's own days."""

    name: kind.RuleName
    schedule: kind.Schedule
    retention: kind.Retention


Rules = Annotated[tuple[Rule, ...], Field(max_length=9)]  # a plan has ten at most, and the target's own schedule is one


ArchiveClass = Annotated[Literal["GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], kind.choice("GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")]


class SnapshotExport(Section):
    """An export of the newest snapshot, kept in an archive class of S3."""

    schedule: kind.Schedule
    retention: kind.Retention
    storage_class: ArchiveClass


class DatabaseBackup(Section):
    enabled: kind.Flag
    schedule: kind.Schedule
    retention: Annotated[timedelta, kind.days(1, 35)]  # point-in-time recovery reaches no further back
    encryption: kind.Flag
    cross_region: kind.Flag
    rules: Rules = ()
    export: SnapshotExport | None = None


class ApplicationBackup(Section):
    """Code: ``repositories`` of GitHub, the storefront's image and further ``images``, and deployment ``bundles`` in S3. Config: the
    storefront's task definition, the values of Parameter Store under ``parameters``, and ``config_files`` in S3. A place in S3 is an
    object, or a folder with a / at its end. ``git_hub`` is where the repositories are read from, ``docker_hub`` where the images are: an
    address, or the active region's cache of it (``ecr``); without one, none is kept. ``python_index`` and ``npm_registry`` are where
    packages come from; empty is what pip itself would ask, and what npm's lock names.
    """

    enabled: kind.Flag
    schedule: kind.Schedule
    retention: kind.Retention
    include_code: kind.Flag
    include_config: kind.Flag
    git_hub: kind.GitHub
    docker_hub: kind.Registry
    python_index: kind.Index
    npm_registry: kind.Index
    # The limits keep what is allowed, by name, within the 10,240 characters of a role's policies.
    repositories: Annotated[tuple[kind.Repository, ...], Field(max_length=50)] = ()
    images: Annotated[tuple[kind.HubImage, ...], Field(max_length=20)] = ()
    parameters: Annotated[tuple[kind.ParameterPath, ...], Field(max_length=10)] = ()
    bundles: Annotated[tuple[kind.S3Place, ...], Field(max_length=5)] = ()
    config_files: Annotated[tuple[kind.S3Place, ...], Field(max_length=5)] = ()


class Archive(Section):
    """Where a version of a file goes, ``after`` days of being overwritten or deleted.

    From GLACIER_IR it can be read at once, and AWS Backup and replication still take it; from the other two it must be restored first.
    """

    after: Annotated[timedelta, kind.days(1, 36500)]
    storage_class: ArchiveClass


SHORTEST_COLD = timedelta(days=90)
"""AWS Backup deletes nothing sooner after its move to cold storage."""

FileKind: TypeAlias = Literal["media", "uploads", "assets", "cdn"]


class FilesBackup(Section):
    """``coldAfter``: when a backup of the file system moves to cold storage, if it is kept for long enough; S3's backups know none."""

    enabled: kind.Flag
    schedule: kind.Schedule
    retention: kind.Retention
    include_media: kind.Flag
    include_uploads: kind.Flag
    include_assets: kind.Flag
    include_cdn: kind.Flag
    archive: Archive
    cold_after: Annotated[timedelta, kind.days(1, 36410)]
    rules: Rules = ()

    @property
    def kinds(self) -> tuple[FileKind, ...]:
        """The kinds of files that are protected."""
        included: dict[FileKind, bool] = {
            "media": self.include_media,
            "uploads": self.include_uploads,
            "assets": self.include_assets,
            "cdn": self.include_cdn,
        }
        return tuple(each for each, wanted in included.items() if wanted and self.enabled)

    def cooled(self, retention: timedelta) -> timedelta | None:
        """Return when a backup of the file system that is kept for *retention* moves to cold storage, or None if it does not."""
        return self.cold_after if retention >= self.cold_after + SHORTEST_COLD else None


class Vaults(Section):
    """How recovery points are kept from harm.

    ``lock``: governance can be lifted by whoever may, compliance by nobody, not even AWS, once its days of grace are over; so it
    takes effect only with :meth:`Settings.compliance_words` typed as ``acknowledgement``.
    """

    lock: Annotated[Literal["none", "governance", "compliance"], kind.choice("none", "governance", "compliance")]
    min_retention: kind.Retention
    max_retention: kind.Retention
    grace: Annotated[timedelta, kind.days(3, 36500)]  # AWS takes no fewer
    acknowledgement: str
    air_gapped: kind.Flag


class Monitoring(Section):
    """Whom to tell, and what counts as silence: no successful backup in ``successWithin`` hours."""

    emails: Annotated[tuple[kind.Email, ...], Field(max_length=10)] = ()  # a budget of AWS tells no more
    endpoints: tuple[kind.HttpsUrl, ...] = ()
    success_within: Annotated[timedelta, kind.hours(1, 168)]
    monthly_budget: Annotated[int, kind.whole(1, 10_000_000)]  # US dollars


class GitHub(Section):
    """This project's own repository: builds run what is on ``branch``, and the jobs of one ``environment`` may run drills."""

    repository: kind.Repository
    environment: kind.Name
    branch: kind.Name


class Access(Section):
    """Who may take on which role, as IAM principals (ARNs of roles or users).

    Operators and those behind the glass show a second factor; how a role vouches for one is said in ``stacks/access.py``.
    """

    operators: Annotated[tuple[kind.Principal, ...], Field(min_length=1)]
    auditors: Annotated[tuple[kind.Principal, ...], Field(min_length=1)]
    break_glass: Annotated[tuple[kind.Principal, ...], Field(min_length=1)]
    github: GitHub


class Testing(Section):
    enabled: kind.Flag
    schedule: kind.Schedule
    automated: kind.Flag


class DisasterRecovery(Section):
    enabled: kind.Flag
    rto: kind.Objective
    rpo: kind.Objective
    regions: Annotated[tuple[kind.Region, ...], Field(min_length=2, max_length=2)]
    orchestrator: Annotated[Literal["invoke", "arc-region-switch"], kind.choice("invoke", "arc-region-switch")] = "invoke"
    testing: Testing


class Resolver(Section):
    """A DNS server that is asked where the shop's name leads."""

    address: str
    port: int = 53


class Endpoint(Section):
    """Where a cluster of routing controls answers in one region."""

    region: kind.Region
    url: kind.ClusterUrl


class ControlCluster(Section):
    """What the first ``pulumi up`` exports as ``routingCluster``: the cluster's five endpoints, and the control of each of our regions.

    AWS chooses them, so no name gives them away; and in a disaster nobody can be asked.
    """

    endpoints: Annotated[tuple[Endpoint, ...], Field(min_length=5, max_length=5)]  # AWS makes five, never more
    controls: dict[kind.Region, kind.ControlArn]


class Routing(Section):
    """``cluster`` belongs to the switch arc-routing-control: absent until its first ``pulumi up``, and needed by every run after that."""

    switch: Annotated[Literal["cloudwatch-alarm", "arc-routing-control"], kind.choice("cloudwatch-alarm", "arc-routing-control")]
    cluster: ControlCluster | None = None
    zone: kind.Domain
    record: kind.Label
    resolvers: Annotated[
        tuple[Annotated[Resolver, kind.address(lambda host, port: Resolver(address=host, port=port))], ...], Field(min_length=1)
    ]


class Table(Section):
    """A table whose rows are compared when an old primary comes back."""

    name: kind.Identifier
    key: kind.Identifier
    placed: kind.Identifier


class DataCheck(Section):
    """What the owner knows must be true of the data: ``sql`` returns one row of one truth value, and changes nothing."""

    name: kind.RuleName
    sql: kind.Query


class Database(Section):
    """The PostgreSQL instance that SoleMate runs; the replica carries the same identifier in the other region.

    ``checks`` are asked of whatever is restored.
    """

    instance: kind.InstanceName
    name: kind.Identifier
    secret: kind.Name
    parameter_group: kind.InstanceName
    engine_version: kind.MajorVersion
    instance_class: kind.InstanceClass
    tables: tuple[Table, ...]
    checks: Annotated[tuple[DataCheck, ...], Field(max_length=50)] = ()


class Buckets(Section):
    """The bucket of each kind of files; plus ``-<region>`` it is the bucket's name in each region. Static assets are what a build makes
    (styles, scripts); ``cdn`` is what CloudFront fetches. A kind without a bucket is not there.
    """

    media: kind.BucketName
    uploads: kind.BucketName = ""
    assets: kind.BucketName = ""
    cdn: kind.BucketName = ""


class Service(Section):
    cluster: kind.Name
    name: kind.Name
    image: kind.Image
    port: kind.Port
    capacity: Annotated[int, kind.whole(1, 5000)]
    pilot_light: Annotated[int, kind.whole(0, 5000)]


class Shop(Section):
    """How a shopper reaches the shop: ``<scheme>://<record>.<zone>:<port><ordersPath>``.

    ``certificates`` maps a region to the ARN of the ACM certificate of its load balancer; the recovery region's is needed for https.
    """

    scheme: Annotated[Literal["http", "https"], kind.choice("http", "https")]
    port: kind.Port
    orders_path: kind.UrlPath
    certificates: dict[kind.Region, kind.CertificateArn] = {}


class Workload(Section):
    """What SoleMate already runs, and which we protect but do not own.

    ``fileSystem`` is its EFS file system in the home region, if it has one.
    """

    database: Database
    buckets: Buckets
    file_system: kind.FileSystem = ""
    service: Service
    load_balancer: kind.BalancerName
    shop: Shop
