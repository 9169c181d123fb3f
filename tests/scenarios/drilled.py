"""What drills are tried with: settings of their own, code to back up, and what they leave."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from botocore import xform_name

from names import Names
from settings import PROJECT
from stacks import duties
from stacks.policies.documents import Document
from tests.sandbox.repositories import make_repository, served
from tests.scenarios.stage import EAST, WEST, Ended, Operator, Stage
from tests.stacks.calls import action

TOKEN = "ghp_only-the-environment-knows"
Config = dict[str, Any]


def drills(operator: Operator, *words: str) -> Ended:
    return operator.does("drill", "--yes", "sandbox", *words, within=240)


def settings_of(stage: Stage, name: str, change: Callable[[Config], None]) -> Path:
    """Return a copy of the stage's settings with *change* made in them."""
    document = yaml.safe_load(stage.sandbox.config.read_text(encoding="utf-8"))
    config = {key.removeprefix(f"{PROJECT}:"): value for key, value in document["config"].items()}
    change(config)
    file = stage.sandbox.root / f"Pulumi.{name}.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


@contextmanager
def kept_code(stage: Stage, folder: Path) -> Iterator[Path]:
    """Serve a repository, back the application up, and yield the settings that name where it is."""
    names = Names(stage.chosen)
    make_repository(folder / "github" / "solemate" / "storefront.git", 20)
    with served(folder / "github", TOKEN) as address:
        told = json.dumps({"ServerType": "GITHUB", "AuthType": "PERSONAL_ACCESS_TOKEN", "Token": TOKEN})
        stage.clients("secretsmanager", EAST).put_secret_value(SecretId=names.git_secret, SecretString=told)
        file = settings_of(stage, "kept", lambda config: config["application"].update(gitHub=address))
        made = stage.operator("keeper", PULUMI_CONFIG_FILE=str(file)).does("backup", "--target", "application")
        assert made.code == 0, made
        yield file


def left(stage: Stage) -> list[str]:
    """Return what drills have left in either region: databases, and versions of files."""
    names = Names(stage.chosen)
    found = []
    for region in (EAST, WEST):
        rds, s3, bucket = stage.clients("rds", region), stage.clients("s3", region), names.landing_bucket(region)
        found += [each["DBInstanceIdentifier"] for each in rds.describe_db_instances()["DBInstances"]]
        logs = rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
        found += [each["DBInstanceIdentifier"] for each in logs]
        listed = s3.list_object_versions(Bucket=bucket, Prefix="solemate-drills/")
        found += [each["Key"] for kind in ("Versions", "DeleteMarkers") for each in listed.get(kind, ())]
    return sorted(each for each in found if "drill" in each)


def overdue_from(stage: Stage) -> object:
    """Return when the schedule that says "overdue" begins, None while nobody has put it off."""
    names = Names(stage.chosen)
    found = stage.clients("scheduler", WEST).get_schedule(GroupName=names.schedule_group, Name=names.schedule("drill-overdue"))
    return found.get("StartDate")


def beyond_its_role(stage: Stage, since: int, caller: str) -> set[str]:
    """Return what *caller* has asked AWS for since request number *since* that the drill's role may not do."""
    names = Names(stage.chosen)

    def key(purpose: str, region: str) -> str:
        return f"arn:aws:kms:{region}:{stage.chosen.account}:key/{purpose}"

    documents = (duties.drill(names, key, ()), duties.drill_of_targets(names, key))
    allowed = {each for document in documents for each in _actions(document)}
    logged = [entry for entry in stage.sandbox.requests(since) if entry["caller"] == caller and entry["operation"]]
    asked = {action(entry["service"], xform_name(entry["operation"])) for entry in logged}
    assert len(asked) > 15
    if "s3:DeleteObject" in asked:  # with the versions named, it is another action
        asked = asked - {"s3:DeleteObject"} | {"s3:DeleteObjectVersion"}
    return asked - allowed


def _actions(document: Document) -> list[str]:
    statements: Any = document["Statement"]
    return [each for statement in statements for each in statement["Action"]]
