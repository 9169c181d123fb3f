"""Typed, frozen settings, read from ``Pulumi.<stack>.yaml`` or from Pulumi's own configuration.

Both readers end in :func:`parse`, so ``pulumi config set`` and the file agree. Every fault is reported at once,
each with its path in the file, before anything runs.
"""

import json
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

PROJECT = "solemate-dr"
HERE = Path(__file__).resolve().parent

Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
Schedule = Annotated[str, Field(pattern=r"^cron\(\S+( \S+){5}\)$")]
Days = Annotated[timedelta, BeforeValidator(lambda value: timedelta(days=_whole(value)))]
Minutes = Annotated[timedelta, BeforeValidator(lambda value: timedelta(minutes=_whole(value)))]
Path_ = Annotated[str, Field(pattern=r"^/\S*$")]
BucketName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,45}[a-z0-9]$")]
InstanceName = Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=46)]
CertificateArn = Annotated[str, Field(pattern=r"^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]


class SettingsError(Exception):
    """Every fault of one stack's settings, each as ``path: what is wrong``."""

    def __init__(self, source: str, faults: list[str]) -> None:
        self.source, self.faults = source, faults
        super().__init__(f"{source} has {len(faults)} fault{'s' * (len(faults) != 1)}:\n" + "\n".join(f"  {fault}" for fault in faults))


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class DatabaseBackup(_Section):
    enabled: bool
    schedule: Schedule
    retention: Annotated[Days, Field(ge=timedelta(days=1), le=timedelta(days=35))]
    encryption: bool
    cross_region: bool


class ApplicationBackup(_Section):
    enabled: bool
    schedule: Schedule
    retention: Annotated[Days, Field(ge=timedelta(days=1), le=timedelta(days=36500))]
    include_code: bool
    include_config: bool


class FilesBackup(_Section):
    enabled: bool
    schedule: Schedule
    retention: Annotated[Days, Field(ge=timedelta(days=1), le=timedelta(days=36500))]
    include_media: bool
    include_uploads: bool


class Testing(_Section):
    enabled: bool
    schedule: Schedule
    automated: bool


class DisasterRecovery(_Section):
    enabled: bool
    rto: Annotated[Minutes, Field(gt=timedelta(0), le=timedelta(days=7))]
    rpo: Annotated[Minutes, Field(gt=timedelta(0), le=timedelta(days=7))]
    regions: Annotated[tuple[Region, ...], Field(min_length=2, max_length=2)]
    testing: Testing


class Resolver(_Section):
    """A DNS server that is asked where the shop's name leads."""

    address: str
    port: int = 53


def _resolver(value: object) -> object:
    if not isinstance(value, str):
        return value
    address, _, port = value.partition(":")
    ip_address(address)
    return {"address": address, "port": int(port or 53)}


class Routing(_Section):
    switch: Literal["cloudwatch-alarm"]
    zone: Annotated[str, Field(pattern=r"^([a-z0-9-]+\.)+[a-z]+$")]
    record: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    resolvers: Annotated[tuple[Annotated[Resolver, BeforeValidator(_resolver)], ...], Field(min_length=1)]


class Table(_Section):
    """A table whose rows are compared when an old primary comes back."""

    name: Identifier
    key: Identifier
    placed: Identifier


class Database(_Section):
    """The PostgreSQL instance that SoleMate runs; the replica carries the same identifier in the other region."""

    instance: InstanceName
    name: Identifier
    secret: str
    parameter_group: InstanceName
    engine_version: Annotated[str, Field(pattern=r"^\d{2}$")]
    instance_class: Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")]
    tables: tuple[Table, ...]


class Media(_Section):
    """``bucket`` plus ``-<region>`` is the bucket's name in each region."""

    bucket: BucketName


class Service(_Section):
    cluster: str
    name: str
    image: str
    port: Annotated[int, Field(gt=0, lt=65536)]
    capacity: Annotated[int, Field(gt=0)]
    pilot_light: Annotated[int, Field(ge=0)]


class Shop(_Section):
    """How a shopper reaches the shop: ``<scheme>://<record>.<zone>:<port><ordersPath>``.

    ``certificates`` maps a region to the ARN of the ACM certificate of its load balancer; the recovery region's is needed for https.
    """

    scheme: Literal["http", "https"]
    port: Annotated[int, Field(gt=0, lt=65536)]
    orders_path: Path_
    certificates: dict[Region, CertificateArn] = {}


class Workload(_Section):
    """What SoleMate already runs, and which we protect but do not own."""

    database: Database
    media: Media
    service: Service
    load_balancer: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,32}$")]
    shop: Shop


class Settings(_Section):
    """The PRD's ``BackupConfig`` and what it leaves out: regions' roles, routing, and the names of the workload."""

    environment: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,11}$")]
    account: Annotated[str, Field(pattern=r"^\d{12}$")]
    active_region: Region
    database: DatabaseBackup
    application: ApplicationBackup
    files: FilesBackup
    disaster_recovery: DisasterRecovery
    routing: Routing
    workload: Workload

    @property
    def regions(self) -> tuple[str, str]:
        first, second = self.disaster_recovery.regions
        return first, second

    @property
    def recovery_region(self) -> str:
        """The region that is not the active one: it holds the journal, the lease and the takeover switch."""
        return self.other_region(self.active_region)

    def other_region(self, region: str) -> str:
        first, second = self.regions
        return second if region == first else first

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        faults = list(_cross_faults(self))
        if faults:
            raise _CrossFaults(faults)
        return self


class _CrossFaults(ValueError):
    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = faults
        super().__init__(faults)


def _cross_faults(settings: Settings) -> list[tuple[str, str]]:
    """What no single value shows: returns (path, fault) pairs."""
    recovery, faults = settings.disaster_recovery, []
    if len(set(recovery.regions)) != 2:
        faults.append(("disasterRecovery.regions", "the recovery region must differ from the primary"))
    if settings.active_region not in recovery.regions:
        faults.append(("activeRegion", f"must be one of {', '.join(recovery.regions)}"))
    if recovery.enabled and recovery.rpo < timedelta(hours=1) and not (settings.database.enabled and settings.database.cross_region):
        faults.append(
            (
                "disasterRecovery.rpo",
                "AWS Backup runs hourly at most: below 60 minutes database.enabled and database.crossRegion must be true (the read replica)",
            )
        )
    if not settings.database.encryption:
        faults.append(("database.encryption", "must be true: copies in another region need customer keys"))
    service = settings.workload.service
    if service.pilot_light > service.capacity:
        faults.append(("workload.service.pilotLight", f"must not exceed the capacity, {service.capacity}"))
    shop = settings.workload.shop
    if shop.scheme == "https" and settings.recovery_region not in shop.certificates:
        faults.append(("workload.shop.certificates", f"https needs the certificate of {settings.recovery_region}'s load balancer"))
    for path, schedule in _schedules(settings):
        if _more_than_hourly(schedule):
            faults.append((path, "AWS Backup takes no schedule closer than 60 minutes: name one minute"))
    return faults


def _schedules(settings: Settings) -> list[tuple[str, str]]:
    return [
        ("database.schedule", settings.database.schedule),
        ("application.schedule", settings.application.schedule),
        ("files.schedule", settings.files.schedule),
    ]


def _more_than_hourly(schedule: str) -> bool:
    return not re.fullmatch(r"\d{1,2}", schedule[5:].split(" ")[0])


def _whole(value: object) -> int:
    if isinstance(value, timedelta):
        raise ValueError("write a whole number")
    number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    if number is None or number != int(number):
        raise ValueError("write a whole number")
    return int(number)


def parse(values: Mapping[str, object], source: str) -> Settings:
    """Return the settings in *values* (keys without their namespace); raise :class:`SettingsError` with every fault."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(source, _faults(error)) from None


def _faults(error: ValidationError) -> list[str]:
    faults: list[str] = []
    for entry in error.errors(include_url=False):
        cause = entry.get("ctx", {}).get("error")
        if isinstance(cause, _CrossFaults):
            faults += [f"{PROJECT}:{path}: {text}" for path, text in cause.faults]
        else:
            path = ".".join(to_camel(part) if isinstance(part, str) else str(part) for part in entry["loc"])
            faults.append(f"{PROJECT}:{path}: {entry['msg']}")
    return faults


def from_config(config: Mapping[str, str], source: str = "Pulumi configuration") -> Settings:
    """Return the settings in Pulumi's own configuration: full keys, objects as JSON text."""
    ours = {key.removeprefix(f"{PROJECT}:"): _decoded(value) for key, value in config.items() if key.startswith(f"{PROJECT}:")}
    return parse(ours, source)


def _decoded(value: str) -> object:
    return json.loads(value) if value[:1] in "{[" else value


def stack_file(stack: str) -> Path:
    """Return the file that holds *stack*'s settings; ``PULUMI_CONFIG_FILE`` overrides the one in the repository."""
    return Path(os.environ.get("PULUMI_CONFIG_FILE") or HERE / f"Pulumi.{stack}.yaml")


def load(file: Path) -> Settings:
    """Return the settings in *file*; raise :class:`SettingsError` when it is missing, unreadable or wrong."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(str(file), ["no such file: choose a stack that has one with --stack"]) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(str(file), [f"cannot be read as YAML: {error}"]) from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise SettingsError(str(file), ["config: the section is missing"])
    ours = {str(key).removeprefix(f"{PROJECT}:"): value for key, value in config.items() if str(key).startswith(f"{PROJECT}:")}
    return parse(ours, str(file))
