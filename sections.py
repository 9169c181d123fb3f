"""What each section of the settings holds, with its bounds; settings.py puts them together, and checks.py compares them."""

from datetime import timedelta
from typing import Annotated, Literal

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


class DatabaseBackup(Section):
    enabled: kind.Flag
    schedule: kind.Schedule
    retention: Annotated[timedelta, kind.days(1, 35)]  # point-in-time recovery reaches no further back
    encryption: kind.Flag
    cross_region: kind.Flag
    rules: Rules = ()


class ApplicationBackup(Section):
    enabled: kind.Flag
    schedule: kind.Schedule
    retention: kind.Retention
    include_code: kind.Flag
    include_config: kind.Flag


class FilesBackup(Section):
    enabled: kind.Flag
    schedule: kind.Schedule
    retention: kind.Retention
    include_media: kind.Flag
    include_uploads: kind.Flag
    rules: Rules = ()


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
    """Whose workflow may run drills: the jobs of one environment of one repository."""

    repository: kind.Repository
    environment: kind.Name


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
    testing: Testing


class Resolver(Section):
    """A DNS server that is asked where the shop's name leads."""

    address: str
    port: int = 53


class Routing(Section):
    switch: Annotated[Literal["cloudwatch-alarm"], kind.choice("cloudwatch-alarm")]
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


class Database(Section):
    """The PostgreSQL instance that SoleMate runs; the replica carries the same identifier in the other region."""

    instance: kind.InstanceName
    name: kind.Identifier
    secret: kind.Name
    parameter_group: kind.InstanceName
    engine_version: kind.MajorVersion
    instance_class: kind.InstanceClass
    tables: tuple[Table, ...]


class Media(Section):
    """``bucket`` plus ``-<region>`` is the bucket's name in each region."""

    bucket: kind.BucketName


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
    """What SoleMate already runs, and which we protect but do not own."""

    database: Database
    media: Media
    service: Service
    load_balancer: kind.BalancerName
    shop: Shop
