"""Backup plans: when, for how long, and where to."""

import json
from pathlib import Path

import pytest

from names import Names
from stacks.plans import protected
from tests.stacks.declared import EAST, WEST, Declared, declare, region


@pytest.mark.parametrize(
    ("target", "schedule", "days"),
    [("database", "cron(0 5 * * ? *)", 35), ("files", "cron(0 7 * * ? *)", 120), ("file-system", "cron(0 7 * * ? *)", 120)],
)
def test_a_plan_says_what_the_settings_say(prod: Declared, target: str, schedule: str, days: int) -> None:
    """Its schedule and its retention come from the settings, and it runs where the data are."""
    plan = prod.of("backup/plan:Plan")[f"{target}-{EAST}"]
    rule = plan.inputs["rules"][0]
    assert (rule["ruleName"], rule["schedule"], rule["lifecycle"]["deleteAfter"], region(plan)) == (target, schedule, days, EAST)


@pytest.mark.parametrize(
    ("target", "further"),
    [
        (
            "database",
            [
                ("weekly", "cron(0 4 ? * SUN *)", 90),
                ("monthly", "cron(0 3 1 * ? *)", 365),
                ("yearly", "cron(0 2 1 1 ? *)", 2555),
            ],
        ),
        ("files", [("monthly", "cron(0 1 1 * ? *)", 365)]),
    ],
)
def test_further_rules_take_snapshots_that_are_kept_as_long_as_they_say(
    prod: Declared, target: str, further: list[tuple[str, str, int]]
) -> None:
    """Weeks, months and years, each with its own retention, here and in the copy."""
    rules = prod.one("backup/plan:Plan", f"{target}-{EAST}")["rules"][1:]
    assert [(rule["ruleName"], rule["schedule"], rule["lifecycle"]["deleteAfter"]) for rule in rules] == further
    assert not any(rule["enableContinuousBackup"] for rule in rules)


def test_without_further_rules_a_plan_has_its_own_schedule_alone(tmp_path: Path) -> None:
    """They are an addition, and settings may do without."""

    def daily(config: dict[str, dict[str, object]]) -> None:
        del config["database"]["rules"]

    [rule] = declare(tmp_path, change=daily).one("backup/plan:Plan", f"database-{EAST}")["rules"]
    assert rule["ruleName"] == "database"


def test_a_recovery_point_says_whose_it_is_and_which_rule_made_it(prod: Declared) -> None:
    """AWS Backup makes it, so it has only the tags that its rule gives it; costs are counted by them."""
    for plan in prod.of("backup/plan:Plan").values():
        for rule in plan.inputs["rules"]:
            tags = rule["recoveryPointTags"]
            assert tags["backup-rule"] == rule["ruleName"]
            assert (tags["cost-center"], tags["data-class"], tags["environment"]) == ("disaster-recovery", "customer", "prod")


def test_with_an_air_gapped_vault_every_copy_is_made_twice(tmp_path: Path) -> None:
    """Once to restore from, once where nobody can take it away, each with its rule's retention."""
    gapped = declare(tmp_path, change=lambda config: config["vaults"].update(airGapped=True))
    rules = [rule for plan in gapped.of("backup/plan:Plan").values() for rule in plan.inputs["rules"]]
    assert rules
    for rule in rules:
        assert [copy["destinationVaultArn"].endswith("-air-gapped") for copy in rule["copyActions"]] == [False, True]
        assert [copy["lifecycle"] for copy in rule["copyActions"]] == [rule["lifecycle"]] * 2
    into = json.loads(gapped.one("iam/rolePolicy:RolePolicy", "backup-vaults")["policy"])["Statement"][0]["Resource"]
    assert rules[0]["copyActions"][1]["destinationVaultArn"] in into


def test_every_copy_has_a_lifecycle_of_its_own(prod: Declared) -> None:
    """A copy without one is kept for ever, and paid for."""
    rules = [rule for plan in prod.of("backup/plan:Plan").values() for rule in plan.inputs["rules"]]
    copies = [copy for rule in rules for copy in rule["copyActions"]]
    assert [copy["lifecycle"] for copy in copies] == [rule["lifecycle"] for rule in rules]
    assert all(f":{WEST}:" in copy["destinationVaultArn"] for copy in copies)


def test_a_job_has_an_hour_to_start_and_longer_to_end(prod: Declared) -> None:
    """AWS Backup takes no start window under an hour, and a job that does not start in it expires."""
    for plan in prod.of("backup/plan:Plan").values():
        for rule in plan.inputs["rules"]:
            assert rule["startWindow"] >= 60
            assert rule["completionWindow"] >= rule["startWindow"] + 60


def test_only_what_is_kept_35_days_at_most_is_continuous(prod: Declared) -> None:
    """AWS keeps no continuous backup for longer."""
    continuous = {name: plan.inputs["rules"][0]["enableContinuousBackup"] for name, plan in prod.of("backup/plan:Plan").items()}
    assert continuous == {f"database-{EAST}": True, f"files-{EAST}": False, f"file-system-{EAST}": False}


def test_a_selection_names_the_resource_and_takes_others_by_tag(prod: Declared, names: Names) -> None:
    """The ARN needs no opt-in of the service and no tag that somebody may remove; a tag adds what is new."""
    selection = prod.one("backup/selection:Selection", f"database-{EAST}")
    assert selection["resources"] == [names.database_arn(EAST)]
    assert selection["selectionTags"] == [{"type": "STRINGEQUALS", "key": names.backup_tag, "value": "database"}]


def test_what_a_tag_adds_may_be_backed_up_too(prod: Declared, names: Names) -> None:
    """A selection that the role cannot follow would end in a failed job. S3 ties no leave to tags, so buckets are named, each of them."""
    for target in ("database", "file-system"):
        document = json.loads(prod.one("iam/rolePolicy:RolePolicy", f"backup-{target}")["policy"])
        [tagged] = [each for each in document["Statement"] if each["Sid"] == "BackUpWhatIsTagged"]
        assert tagged["Condition"] == {"StringEquals": {f"aws:ResourceTag/{names.backup_tag}": target}}
    assert "selectionTags" not in prod.one("backup/selection:Selection", f"files-{EAST}")


def test_nothing_that_the_shop_runs_is_left_out(prod: Declared, names: Names) -> None:
    """Its database, each of its buckets and its file system stand in a selection by name."""
    selected = {arn for each in prod.of("backup/selection:Selection").values() for arn in each.inputs.get("resources", [])}
    workload = names.settings.workload
    buckets = {names.bucket_arn(f"{bucket}-{EAST}") for bucket in workload.buckets.model_dump().values() if bucket}
    assert selected == {names.database_arn(EAST), *buckets, *names.file_systems(EAST)}
    assert len(selected) == 6


def test_a_disabled_target_is_not_protected(names: Names) -> None:
    """Its plan, selection and permissions are all derived from one list."""
    settings = names.settings
    without = settings.model_copy(update={"files": settings.files.model_copy(update={"enabled": False})})
    assert [target.target for target in protected(names)] == ["database", "files", "file-system"]
    assert [target.target for target in protected(Names(without))] == ["database"]


def test_every_bucket_of_files_is_backed_up_and_what_is_not_included_is_not(prod: Declared, names: Names, tmp_path: Path) -> None:
    """Each kind has a switch of its own."""
    included = [names.bucket_arn(names.file_bucket(kind, EAST)) for kind in names.settings.files.kinds]
    assert len(included) == 4
    assert prod.one("backup/selection:Selection", f"files-{EAST}")["resources"] == included
    switches = ("includeMedia", "includeUploads", "includeAssets", "includeCdn")
    for left, switch in enumerate(switches):
        folder = tmp_path / switch
        folder.mkdir()
        less = declare(folder, change=lambda config, off=switch: config["files"].update({off: False}))  # type: ignore[misc]
        arns = less.one("backup/selection:Selection", f"files-{EAST}")["resources"]
        assert arns == [arn for place, arn in enumerate(included) if place != left]


def test_old_backups_of_the_file_system_are_kept_cold_and_of_nothing_else(prod: Declared) -> None:
    """For 90 days at least, which is what AWS asks; S3 and RDS know no cold storage."""
    cold = {
        (plan, rule["ruleName"]): (rule["lifecycle"]["coldStorageAfter"], rule["lifecycle"]["deleteAfter"])
        for plan, declared in prod.of("backup/plan:Plan").items()
        for rule in declared.inputs["rules"]
        if "coldStorageAfter" in rule["lifecycle"]
    }
    assert cold == {(f"file-system-{EAST}", "file-system"): (30, 120), (f"file-system-{EAST}", "monthly"): (30, 365)}


def test_a_backup_too_short_for_cold_storage_stays_warm(tmp_path: Path) -> None:
    """With 31 days before, 120 leave 89: AWS would refuse the plan."""
    later = declare(tmp_path, change=lambda config: config["files"].update(coldAfter=31))
    rules = later.one("backup/plan:Plan", f"file-system-{EAST}")["rules"]
    assert [rule["lifecycle"] for rule in rules] == [{"deleteAfter": 120}, {"deleteAfter": 365, "coldStorageAfter": 31}]


def test_after_a_failover_the_file_systems_plan_takes_what_bears_its_tag(prod: Declared, swapped: Declared, names: Names) -> None:
    """The workload's own is out of reach then; which one is mounted instead, nothing here knows."""
    assert prod.one("backup/selection:Selection", f"file-system-{EAST}")["resources"] == list(names.file_systems(EAST))
    selection = swapped.one("backup/selection:Selection", f"file-system-{WEST}")
    assert selection.get("resources", []) == []
    assert selection["selectionTags"] == [{"type": "STRINGEQUALS", "key": names.backup_tag, "value": "file-system"}]


def test_without_cross_region_nothing_of_the_database_is_copied(tmp_path: Path) -> None:
    """Its plan keeps its backups at home; without disaster recovery, settings may ask for that."""

    def stay_home(config: dict[str, dict[str, object]]) -> None:
        config["database"]["crossRegion"] = False
        config["disasterRecovery"]["enabled"] = False

    home = declare(tmp_path, change=stay_home)
    assert home.one("backup/plan:Plan", f"database-{EAST}")["rules"][0].get("copyActions", []) == []
