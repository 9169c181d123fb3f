"""Typed, frozen settings, read from ``Pulumi.<stack>.yaml`` or from Pulumi's own configuration.

Both readers end in :func:`parse`, so ``pulumi config set`` and the file agree. Every fault is reported at once,
each with its path in the file, before anything runs.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

import checks
import values as kind

PROJECT = "solemate-dr"
HERE = Path(__file__).resolve().parent


class SettingsError(Exception):
    """Every fault of one stack's settings, each as ``path: what is wrong``, and a way out."""

    def __init__(self, source: str, faults: list[str], hint: str) -> None:
        self.source, self.faults, self.hint = source, faults, hint
        self.message = f"{source} has {len(faults)} fault{'s' * (len(faults) != 1)}:\n" + "\n".join(f"  {fault}" for fault in faults)
        super().__init__(self.message)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Rule(_Section):
    """A further schedule of a target, with a retention of its own: weeks, months and years beside the target's own days."""

    name: kind.RuleName
    schedule: kind.Schedule
    retention: kind.Retention


Rules = Annotated[tuple[Rule, ...], Field(max_length=9)]  # a plan has ten at most, and the target's own schedule is one


class DatabaseBackup(_Section):
    enabled: kind.Flag
    schedule: kind.Schedule
    retention: Annotated[timedelta, kind.days(1, 35)]  # point-in-time recovery reaches no further back
    encryption: kind.Flag
    cross_region: kind.Flag
    rules: Rules = ()


class ApplicationBackup(_Section):
    enabled: kind.Flag
    schedule: kind.Schedule
    retention: kind.Retention
    include_code: kind.Flag
    include_config: kind.Flag


class FilesBackup(_Section):
    enabled: kind.Flag
    schedule: kind.Schedule
    retention: kind.Retention
    include_media: kind.Flag
    include_uploads: kind.Flag
    rules: Rules = ()


class Vaults(_Section):
    """How recovery points are kept from harm.

    ``lock``: governance can be lifted by whoever may, compliance by nobody, not even AWS, once its days of grace are over; so it
    takes effect only with :meth:`Settings.compliance_words` typed as ``acknowledgement``.
    """

    lock: Annotated[Literal["none", "governance", "compliance"], kind.choice("none", "governance", "compliance")]
    min_retention: kind.Retention
    max_retention: kind.Retention
    grace: Annotated[timedelta, kind.days(3, 36500)] = timedelta(days=3)  # AWS takes no fewer
    acknowledgement: str = ""
    air_gapped: kind.Flag


class Monitoring(_Section):
    """Whom to tell, and what counts as silence: no successful backup in ``successWithin`` hours."""

    emails: Annotated[tuple[kind.Email, ...], Field(max_length=10)] = ()  # a budget of AWS tells no more
    endpoints: tuple[kind.HttpsUrl, ...] = ()
    success_within: Annotated[timedelta, kind.hours(1, 168)]
    monthly_budget: Annotated[int, kind.whole(1, 10_000_000)]  # US dollars


class GitHub(_Section):
    """Whose workflow may run drills: the jobs of one environment of one repository."""

    repository: kind.Repository
    environment: kind.Name


class Access(_Section):
    """Who may take on which role, as IAM principals (ARNs of roles or users).

    Operators and those behind the glass show a second factor; how a role vouches for one is said in ``stacks/access.py``.
    """

    operators: Annotated[tuple[kind.Principal, ...], Field(min_length=1)]
    auditors: Annotated[tuple[kind.Principal, ...], Field(min_length=1)]
    break_glass: Annotated[tuple[kind.Principal, ...], Field(min_length=1)]
    github: GitHub


class Testing(_Section):
    enabled: kind.Flag
    schedule: kind.Schedule
    automated: kind.Flag


class DisasterRecovery(_Section):
    enabled: kind.Flag
    rto: kind.Objective
    rpo: kind.Objective
    regions: Annotated[tuple[kind.Region, ...], Field(min_length=2, max_length=2)]
    testing: Testing


class Resolver(_Section):
    """A DNS server that is asked where the shop's name leads."""

    address: str
    port: int = 53


class Routing(_Section):
    switch: Annotated[Literal["cloudwatch-alarm"], kind.choice("cloudwatch-alarm")]
    zone: kind.Domain
    record: kind.Label
    resolvers: Annotated[
        tuple[Annotated[Resolver, kind.address(lambda host, port: Resolver(address=host, port=port))], ...], Field(min_length=1)
    ]


class Table(_Section):
    """A table whose rows are compared when an old primary comes back."""

    name: kind.Identifier
    key: kind.Identifier
    placed: kind.Identifier


class Database(_Section):
    """The PostgreSQL instance that SoleMate runs; the replica carries the same identifier in the other region."""

    instance: kind.InstanceName
    name: kind.Identifier
    secret: kind.Name
    parameter_group: kind.InstanceName
    engine_version: kind.MajorVersion
    instance_class: kind.InstanceClass
    tables: tuple[Table, ...]


class Media(_Section):
    """``bucket`` plus ``-<region>`` is the bucket's name in each region."""

    bucket: kind.BucketName


class Service(_Section):
    cluster: kind.Name
    name: kind.Name
    image: kind.Image
    port: kind.Port
    capacity: Annotated[int, kind.whole(1, 5000)]
    pilot_light: Annotated[int, kind.whole(0, 5000)]


class Shop(_Section):
    """How a shopper reaches the shop: ``<scheme>://<record>.<zone>:<port><ordersPath>``.

    ``certificates`` maps a region to the ARN of the ACM certificate of its load balancer; the recovery region's is needed for https.
    """

    scheme: Annotated[Literal["http", "https"], kind.choice("http", "https")]
    port: kind.Port
    orders_path: kind.UrlPath
    certificates: dict[kind.Region, kind.CertificateArn] = {}


class Workload(_Section):
    """What SoleMate already runs, and which we protect but do not own."""

    database: Database
    media: Media
    service: Service
    load_balancer: kind.BalancerName
    shop: Shop


class Settings(_Section):
    """The PRD's ``BackupConfig`` and what it leaves out: regions' roles, routing, and the names of the workload."""

    environment: kind.Environment
    account: kind.Account
    active_region: kind.Region
    database: DatabaseBackup
    application: ApplicationBackup
    files: FilesBackup
    disaster_recovery: DisasterRecovery
    vaults: Vaults
    monitoring: Monitoring
    access: Access
    routing: Routing
    workload: Workload

    @property
    def compliance_words(self) -> str:
        """What ``vaults.acknowledgement`` must say before a lock is made that nobody can lift."""
        return f"nobody can ever lift the lock of {self.environment}"

    @property
    def regions(self) -> tuple[str, str]:
        first, second = self.disaster_recovery.regions
        return first, second

    @property
    def home_region(self) -> str:
        """Where SoleMate's own database, storefront and media are, whichever region is active: protected, never declared."""
        return self.regions[0]

    @property
    def standby_region(self) -> str:
        """Where the program declares what stands by, and goes on declaring it when it has become the active one."""
        return self.regions[1]

    @property
    def recovery_region(self) -> str:
        """The region that is not the active one: it holds the journal, the lease and the takeover switch."""
        return self.other_region(self.active_region)

    def other_region(self, region: str) -> str:
        first, second = self.regions
        return second if region == first else first


def parse(values: Mapping[str, object], source: str) -> Settings:
    """Return the settings in *values* (keys without their namespace); raise :class:`SettingsError` with every fault."""
    try:
        settings, faults = Settings.model_validate(values), []
    except ValidationError as error:
        settings, faults = kind.salvaged(Settings, values), kind.sentences(error, Settings)
    faults += [(path, fault) for path, check in checks.ALL if (fault := _applied(check, settings))]
    if faults:
        raise SettingsError(source, [f"{PROJECT}:{path}: {fault}" for path, fault in faults], _hint(source, faults[0][0]))
    return settings


def _applied(check: checks.Check, settings: Settings) -> str | None:
    """Return what *check* finds; about settings that lack a value it asks for, it has no opinion."""
    with suppress(AttributeError):
        return check(settings)
    return None


def _hint(source: str, path: str) -> str:
    return f"correct {source}, by hand or with `pulumi config set --path '{PROJECT}:{path}' VALUE`"


def from_config(config: Mapping[str, str], source: str = "Pulumi's configuration") -> Settings:
    """Return the settings in Pulumi's own configuration: full keys, objects as JSON text."""
    return parse({key: _decoded(value) for key, value in _ours(config).items()}, source)


def _ours(config: Mapping[str, object]) -> dict[str, object]:
    return {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items() if key.startswith(f"{PROJECT}:")}


def _decoded(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("{", "["):
        with suppress(json.JSONDecodeError):
            return json.loads(value)
    return value


def stack_file(stack: str) -> Path:
    """Return the file that holds *stack*'s settings; ``PULUMI_CONFIG_FILE`` overrides the one in the repository."""
    return Path(os.environ.get("PULUMI_CONFIG_FILE") or HERE / f"Pulumi.{stack}.yaml")


def load(file: Path) -> Settings:
    """Return the settings in *file*; raise :class:`SettingsError` when it is missing, unreadable or wrong."""
    source = _near(file)
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        stacks = sorted(other.name.split(".")[1] for other in file.parent.glob("Pulumi.*.yaml"))
        raise SettingsError(
            source, ["there is no such file"], f"choose a stack that has one: --stack {' or '.join(stacks) or 'prod'}"
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(source, [f"cannot be read as YAML: {error}"], f"correct {source}") from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise SettingsError(source, ["config: is missing"], f"put the settings under `config:` in {source}, as Pulumi.prod.yaml does")
    return parse(_ours({str(key): value for key, value in config.items()}), source)


def _near(file: Path) -> str:
    return str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
