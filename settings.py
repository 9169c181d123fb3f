"""Typed, frozen settings, read from ``Pulumi.<stack>.yaml`` or from Pulumi's own configuration.

Both readers end in :func:`parse`, so ``pulumi config set`` and the file agree. Every fault is reported at once,
each with its path in the file, before anything runs.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

import checks
import values as kind
from sections import (
    Access,
    ApplicationBackup,
    DatabaseBackup,
    DisasterRecovery,
    FilesBackup,
    Monitoring,
    Routing,
    Section,
    Vaults,
    Workload,
)

PROJECT = "solemate-dr"
HERE = Path(__file__).resolve().parent


class SettingsError(Exception):
    """Every fault of one stack's settings, each as ``path: what is wrong``, and a way out."""

    def __init__(self, source: str, faults: list[str], hint: str) -> None:
        self.source, self.faults, self.hint = source, faults, hint
        self.message = f"{source} has {len(faults)} fault{'s' * (len(faults) != 1)}:\n" + "\n".join(f"  {fault}" for fault in faults)
        super().__init__(self.message)


class Settings(Section):
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

    @property
    def routed_by_controls(self) -> bool:
        """Whether ARC routing controls are the traffic switch, and not CloudWatch alarms."""
        return self.routing.switch == "arc-routing-control"

    @property
    def switched_by_aws(self) -> bool:
        """Whether the recovery is also declared as a plan that AWS's own Region switch executes."""
        return self.disaster_recovery.enabled and self.disaster_recovery.orchestrator == "arc-region-switch"

    @property
    def kept_images(self) -> tuple[str, ...]:
        """The images of Docker Hub that are kept in both regions: the storefront's, and the further ones."""
        return tuple(dict.fromkeys((self.workload.service.image, *self.application.images)))

    def other_region(self, region: str) -> str:
        first, second = self.regions
        return second if region == first else first


def parse(values: Mapping[str, object], source: str) -> Settings:
    """Return the settings in *values* (keys without their namespace); raise :class:`SettingsError` with every fault."""
    values = completed(values)
    try:
        settings, faults = Settings.model_validate(values), []
    except ValidationError as error:
        settings, faults = kind.salvaged(Settings, values), kind.sentences(error, Settings)
    faults += [(path, fault) for path, check in checks.ALL if (fault := _applied(check, settings))]
    if faults:
        raise SettingsError(source, [f"{PROJECT}:{path}: {fault}" for path, fault in faults], _hint(source, faults[0][0]))
    return settings


@cache
def defaults() -> Mapping[str, object]:
    """Return the project's defaults by their paths, such as ``vaults.lock``: Pulumi puts them into what it hands to a program."""
    declared = yaml.safe_load((HERE / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    return {path: entry["default"] for path, entry in declared.items() if "default" in entry}


def completed(values: Mapping[str, object]) -> dict[str, object]:
    """Return *values* with the project's defaults where a section leaves a key out, as Pulumi does it. A section itself has none."""
    made = dict(values)
    for path, default in defaults().items():
        section, _, key = path.partition(".")
        given = made.get(section)
        if isinstance(given, Mapping) and key not in given:
            made[section] = {**given, key: default}
    return made


def _applied(check: checks.Check, settings: Settings) -> str | None:
    """Return what *check* finds; about settings that lack a value it asks for, it has no opinion."""
    with suppress(AttributeError):
        return check(settings)
    return None


def _hint(source: str, path: str) -> str:
    return f"correct {source}, by hand or with `pulumi config set --path '{PROJECT}:{path}' VALUE`"


def from_config(config: Mapping[str, str], source: str = "Pulumi's configuration") -> Settings:
    """Return the settings in Pulumi's own configuration: full keys, objects as JSON text."""
    handed = {key: _decoded(value) for key, value in _ours(config).items()}
    return parse({key: value for key, value in handed.items() if not _is_a_default(key, value)}, source)


def _is_a_default(path: str, value: object) -> bool:
    """Tell whether *value* is the project's own default, handed over under its path: Pulumi's CLI puts it into its section instead."""
    return "." in path and path in defaults() and str(value).lower() == str(defaults()[path]).lower()


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
