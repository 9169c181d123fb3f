"""The estimate: made from what is declared, at prices that name their source, with nothing silently free and nothing invented."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from runbooks.console import console
from runbooks.errors import Refused
from sandbox.deploy.costs.amounts import Declared, Sizes
from sandbox.deploy.costs.backups import backup_plan
from sandbox.deploy.costs.estimate import PRICES, Estimate, Line, estimate, known_prices, show, sizes
from sandbox.deploy.costs.kinds import COUNTED, FREE
from sandbox.deploy.monitor import Registration
from sandbox.deploy.preview import declared
from settings import stack_file
from tests.stacks.declared import declare

SIZES = Sizes(database_gb=100, files_gb=500, application_gb=5, daily_change=0.1, evidence_gb=1, logs_gb=1, build_minutes=60, hours=730)
DAILY, MONTHLY = "cron(0 5 * * ? *)", "cron(0 5 1 * ? *)"


@pytest.fixture(scope="module")
def prod() -> tuple[Registration, ...]:
    return declared(stack_file("prod"))


@pytest.fixture(scope="module")
def estimated(prod: tuple[Registration, ...]) -> Estimate:
    return estimate(prod, known_prices(), {})


def resource(kind: str, name: str = "it", **inputs: Any) -> Registration:  # noqa: ANN401 - inputs of any kind
    parent = "urn:pulumi:prod::solemate-dr::pulumi:pulumi:Stack$solemate-dr:stacks:Part::part"
    return Registration(f"aws:{kind}:X", name, f"urn::{kind}::{name}", "here:1", {"region": "us-east-1", **inputs}, parent=parent)


def plan(*rules: dict[str, Any], protects: str = "arn:aws:rds:us-east-1:1:db:orders") -> tuple[Registration, ...]:
    return resource("backup/plan", rules=list(rules)), resource("backup/selection", resources=[protects])


def rule(schedule: str = DAILY, days: int = 10, copies: int = 0) -> dict[str, Any]:
    keep = {"deleteAfter": days}
    return {"schedule": schedule, "lifecycle": keep, "copyActions": [{"lifecycle": keep}] * copies}


def counted(*resources: Registration) -> dict[str, float]:
    return {what: round(quantity, 2) for what, _, quantity in backup_plan(resources[0], Declared(resources, SIZES))}


def lines(*resources: Registration) -> dict[str, Line]:
    return {line.what: line for line in estimate(resources, known_prices(), {}).lines}


def test_every_type_of_the_program_is_counted_or_named(prod: tuple[Registration, ...], estimated: Estimate) -> None:
    """Each is estimated, or free for a reason, or stands in the list of what nobody looked at."""
    kinds = {each.type.removeprefix("aws:").partition(":")[0] for each in prod}
    assert kinds == (kinds & set(COUNTED)) | set(estimated.free) | set(estimated.not_estimated)
    assert not set(COUNTED) & set(FREE)
    assert all(FREE.values())


def test_a_type_that_nobody_looked_at_is_named_and_makes_the_total_a_least() -> None:
    """A new resource is never free by accident."""
    made = estimate([resource("dynamodb/table"), resource("kms/key")], known_prices(), {})
    assert made.not_estimated == {"dynamodb/table": 1}
    assert "at least US$ 1.00" in shown(made)
    assert "not estimated: dynamodb/table" in shown(made)


def test_a_price_that_is_not_known_is_not_invented() -> None:
    """The line says so, its quantity stands, and the total is the least."""
    line = lines(resource("rds/instance", instanceClass="db.x99.huge"))["instance db.x99.huge"]
    assert (line.quantity, line.per, line.price, line.month) == (730, "hour", None, None)
    assert "no price known" in shown(estimate([resource("rds/instance", instanceClass="db.x99.huge")], known_prices(), {}))


def test_without_anything_missing_the_total_is_about_what_it_says() -> None:
    """Only then."""
    assert "about US$ 2.00 a month" in shown(estimate([resource("kms/key", "a"), resource("kms/key", "b")], known_prices(), {}))


def test_a_plan_keeps_one_whole_and_each_other_point_its_change() -> None:
    """Ten daily points of 100 GB of which a tenth changes: the oldest whole, nine that hold 10 GB."""
    assert counted(*plan(rule()))["rds recovery points"] == 190


def test_no_point_holds_more_than_the_whole() -> None:
    """Monthly points of what changes by a tenth in a day are whole each."""
    assert counted(*plan(rule(MONTHLY, 92)))["rds recovery points"] == 300


def test_points_of_several_rules_share_what_they_have_in_common() -> None:
    """A monthly point beside daily ones holds what changed since the one before it, not the whole once more."""
    both = counted(*plan(rule(days=35), rule(MONTHLY, 35)))["rds recovery points"]
    assert both - counted(*plan(rule(days=35)))["rds recovery points"] <= 1


def test_each_copy_is_stored_and_carried_once_more() -> None:
    """Twice the storage for one copy, thrice for two, and each month's change on its way for each."""
    one, two = counted(*plan(rule(copies=1))), Declared(plan(rule(copies=2)), SIZES)
    assert one["rds copies in another vault"] == one["rds recovery points"]
    assert [what for what, _, _ in backup_plan(two.all[0], two)].count("rds copies in another vault") == 2
    assert one["rds copies on their way"] == 90


def test_what_goes_cold_is_counted_cold() -> None:
    """Four warm days of a file system's points, and the others where they are cheaper."""
    cold = rule(days=10) | {"lifecycle": {"deleteAfter": 10, "coldStorageAfter": 4}}
    found = counted(*plan(cold, protects="arn:aws:elasticfilesystem:us-east-1:1:file-system/fs-1"))
    assert found["efs recovery points, cold"] > found["efs recovery points"] > 0
    assert (
        found["efs recovery points, cold"] + found["efs recovery points"]
        == counted(*plan(rule(), protects="arn:aws:s3:::media"))["s3 recovery points"]
    )


def test_replication_both_ways_is_carried_once() -> None:
    """Objects are written in one region; the rule that leads back has nothing to carry."""
    there = {"destination": {"bucket": "arn:aws:s3:::there", "replicationTime": {"status": "Enabled"}}}
    back = {"destination": {"bucket": "arn:aws:s3:::here"}}
    one = resource("s3/bucketReplicationConfig", "a", bucket="here", rules=[there])
    other = resource("s3/bucketReplicationConfig", "b", bucket="there", rules=[back])
    assert lines(one, other)["objects on their way"].quantity == lines(one)["objects on their way"].quantity == 304
    assert lines(one, other)["objects on their way, within 15 minutes"].quantity == 304


def test_more_days_of_retention_cost_more(estimated: Estimate, tmp_path: Path) -> None:
    """The estimate follows the declared resources, and those the settings."""
    shorter = declare(tmp_path, change=lambda config: config["files"].update(retention=120, rules=[]), preview=True)
    assert estimate(shorter.all, known_prices(), {}).least < estimated.least


def test_what_is_given_replaces_an_assumption(prod: tuple[Registration, ...], estimated: Estimate) -> None:
    """And is printed in its place."""
    larger = estimate(prod, known_prices(), sizes({"database-gb": "400", "daily-change": "", "files-gb": ""}))
    assert larger.least > estimated.least
    assert any("database 400 GB" in said for said in larger.assumptions)
    assert any("database 100 GB" in said for said in estimated.assumptions)


@pytest.mark.parametrize(("option", "text"), [("files-gb", "much"), ("files-gb", "-1"), ("daily-change", "101")])
def test_a_size_that_is_none_is_refused(option: str, text: str) -> None:
    """With the option and a way out."""
    with pytest.raises(Refused, match=f"--{option} {text} is not an amount"):
        sizes({option: text})


def test_a_budget_below_the_estimate_is_told(estimated: Estimate) -> None:
    """A budget that would be exceeded every month warns of nothing."""
    assert estimated.budgets == {"solemate-prod-recovery-costs": 1500}
    assert ("more than the budget" in shown(estimated)) == (estimated.least > 1500)


def test_prices_of_elsewhere_are_said_to_be(tmp_path: Path) -> None:
    """In other regions the same numbers stand in, and the page says so."""

    def move(config: dict[str, Any]) -> None:
        config["activeRegion"] = "eu-west-1"
        config["disasterRecovery"]["regions"] = ["eu-west-1", "eu-central-1"]
        config["workload"]["shop"] |= {"scheme": "http", "certificates": {}}

    said = estimate(declare(tmp_path, change=move, preview=True).all, known_prices(), {}).assumptions
    assert said[-1] == "eu-central-1, eu-west-1 may cost more: the prices are not of there"


def test_every_price_names_its_page_its_source_and_its_date() -> None:
    """A number without them would be made up as far as anybody can tell."""
    data = yaml.safe_load(PRICES.read_text(encoding="utf-8"))
    for name, price in data["prices"].items():
        assert set(price) == {"usd", "per", "page", "read"}, name
        assert price["page"].startswith("https://aws.amazon.com/"), name
        assert price["usd"] > 0, name
        assert price["read"] in data["sources"], name
    assert all(source["of"] and source["what"] for source in data["sources"].values())


def shown(made: Estimate) -> str:
    out = console()
    with out.capture() as captured:
        show(out, made)
    return captured.get()


def test_an_archive_holds_all_exports_that_are_kept_at_the_price_of_its_class(estimated: Estimate) -> None:
    """Twelve exports of the database a year for seven years, in both regions; nothing of it is counted as files."""
    [archive] = [line for line in estimated.lines if line.what == "archive, deep-archive"]
    assert archive.quantity == pytest.approx(2 * 100 * 2555 / 30.4, rel=0.01)
    assert archive.price is not None
    assert archive.price < 0.001
