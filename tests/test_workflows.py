"""What GitHub runs: every action by its commit, and the drill as the settings have it."""

import re
from typing import Any

import pytest
import yaml

from names import Names
from settings import HERE, load

FOLDER = HERE / ".github" / "workflows"


def workflow(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("file", sorted(each.name for each in FOLDER.glob("*.yml")))
def test_every_action_is_pinned_by_its_commit(file: str) -> None:
    """A tag can be moved to other code. The same action has the same commit everywhere."""
    used = [step["uses"] for step in steps(file) if "uses" in step]
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", each)] == []
    everywhere = {step["uses"] for each in FOLDER.glob("*.yml") for step in steps(each.name) if "uses" in step}
    assert len({each.partition("@")[0] for each in everywhere}) == len(everywhere)


def test_the_drill_runs_where_its_role_lets_it_in_and_when_the_settings_say() -> None:
    """The environment that the role trusts, the schedule of the settings, no longer than the role is given for."""
    names = Names(load(HERE / "Pulumi.prod.yaml"))
    declared = workflow("drill.yml")
    job = declared["jobs"]["drill"]
    assert job["environment"] == names.settings.access.github.environment
    minute, hour, day = names.settings.disaster_recovery.testing.schedule.removeprefix("cron(").split(" ")[:3]
    assert declared[True]["schedule"] == [{"cron": f"{minute} {hour} {day} * *"}]  # YAML 1.1 takes `on` for a truth
    assert declared["permissions"] == {"contents": "read", "id-token": "write"}
    [signed_in] = [step["with"] for step in steps("drill.yml") if "configure-aws-credentials" in step.get("uses", "")]
    assert job["timeout-minutes"] * 60 < signed_in["role-duration-seconds"] == 4 * 3600


def test_evidence_is_gathered_before_aws_forgets_it() -> None:
    """Every week, in the environment that the role trusts: AWS shows jobs for 30 days, and months have 31."""
    declared = workflow("report.yml")
    weekly = [each["cron"] for each in declared[True]["schedule"] if each["cron"].split(" ")[4] != "*"]
    assert len(weekly) == 1
    assert declared["jobs"]["report"]["environment"] == workflow("drill.yml")["jobs"]["drill"]["environment"]
    [made] = [step["run"] for step in steps("report.yml") if "invoke report" in step.get("run", "")]
    assert [line.split("--period ")[1].split(" ")[0] for line in made.splitlines()] == ["this", "last"]


def test_the_drill_reports_and_keeps_what_it_found_also_when_it_fails() -> None:
    """What is uploaded is what was written, whatever became of the drill."""
    last = steps("drill.yml")[-2:]
    assert [step["if"] for step in last] == ["always()", "always()"]
    assert last[-1]["with"]["path"] == "build/"
    assert any("invoke drill --yes prod" in step.get("run", "") for step in steps("drill.yml"))
