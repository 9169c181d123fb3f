"""The preview: the whole program, grouped, with nothing made up."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.deploy.preview import Planned, declared, preview
from sandbox.deploy.recorded import RECORDED
from settings import HERE, SettingsError, stack_file
from tests.stacks.declared import declare


@pytest.fixture(scope="module")
def prod() -> tuple[Planned, ...]:
    return preview(declared(stack_file("prod")))


def test_every_resource_of_the_program_is_shown_once(prod: tuple[Planned, ...], tmp_path: Path) -> None:
    """The preview and a deployment declare the same."""
    declared = [(each.type.removeprefix("aws:").partition(":")[0], each.name) for each in declare(tmp_path).all]
    assert sorted((each.type, each.name) for each in prod) == sorted(declared)


def test_each_resource_is_in_its_component_and_region_under_its_own_name(prod: tuple[Planned, ...]) -> None:
    """A reader finds the vault where AWS will have it, and what no region owns apart."""
    [vault] = [each for each in prod if each.type == "backup/vault" and each.region == "us-west-2"]
    assert (vault.component, vault.physical, vault.protected) == ("Vaults", "solemate-prod-us-west-2", True)
    assert {each.region for each in prod if each.type.startswith(("iam/", "route53/"))} == {"global"}
    assert all(each.component for each in prod)


def test_no_name_is_made_up(prod: tuple[Planned, ...]) -> None:
    """What nobody knows before the first update is left empty."""
    assert [each for each in prod if "known" in each.physical or "04da6b54" in each.physical] == []


def test_what_a_sandbox_only_records_carries_its_reason(prod: tuple[Planned, ...], tmp_path: Path) -> None:
    """One list holds the reasons, and nothing in it is idle once all that is optional is switched on."""

    def choose(config: dict[str, Any]) -> None:
        config["vaults"]["airGapped"] = True
        config["routing"]["switch"] = "arc-routing-control"
        config["disasterRecovery"]["orchestrator"] = "arc-region-switch"

    reasons = {type_.removeprefix("aws:").partition(":")[0]: reason for type_, reason in RECORDED.items()}
    assert all(each.recorded == reasons.get(each.type, "") for each in prod)
    declared = {each.type for each in declare(tmp_path, change=choose).all}
    assert set(RECORDED) - declared == set()


def test_wrong_settings_are_refused_before_anything_is_declared(tmp_path: Path) -> None:
    """Every fault at once, with its path."""
    document = yaml.safe_load(stack_file("prod").read_text(encoding="utf-8"))
    document["config"]["solemate-dr:vaults"]["lock"] = "iron"
    file = tmp_path / "Pulumi.wrong.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"vaults\.lock"):
        declared(file)


def test_the_command_prints_the_same_as_a_table_and_as_json(prod: tuple[Planned, ...]) -> None:
    """`invoke preview` for people, `--json` for programs."""
    argv = [sys.executable, "-m", "invoke", "preview"]
    shown = subprocess.run(argv, cwd=HERE, capture_output=True, text=True, timeout=120)
    assert f"{len(prod)} resources" in shown.stdout, shown.stderr
    told = json.loads(subprocess.run([*argv, "--json"], cwd=HERE, capture_output=True, text=True, timeout=120).stdout)
    assert [(each["type"], each["name"]) for each in told["resources"]] == [(each.type, each.name) for each in prod]
    assert f"US$ {told['estimate']['least']:,.2f} a month" in shown.stdout
