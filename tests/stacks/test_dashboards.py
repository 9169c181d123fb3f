"""The pages that show whether recovery would work."""

import json
from pathlib import Path
from typing import Any

import pytest

from names import Names
from tests.stacks.declared import EAST, WEST, Declared, declare, region


def widgets(declared: Declared, where: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(declared.one("cloudwatch/dashboard:Dashboard", f"dashboard-{where}")["dashboardBody"])[
        "widgets"
    ]
    return found


def graph(declared: Declared, where: str, title: str) -> dict[str, Any]:
    [found] = [widget["properties"] for widget in widgets(declared, where) if widget["properties"]["title"] == title]
    properties: dict[str, Any] = found
    return properties


def drawn(properties: dict[str, Any]) -> list[str]:
    return [line[1] for line in properties["metrics"]]


def test_each_region_has_a_page_of_its_own(prod: Declared, names: Names) -> None:
    """Under names of their own: dashboards belong to the account, and the second of one name would replace the first."""
    pages = prod.of("cloudwatch/dashboard:Dashboard").values()
    assert {(page.inputs["dashboardName"], region(page)) for page in pages} == {(names.dashboard(where), where) for where in (EAST, WEST)}
    assert names.dashboard(EAST) != names.dashboard(WEST)


@pytest.mark.parametrize("where", [EAST, WEST])
def test_a_page_shows_every_alarm_of_its_region(prod: Declared, where: str) -> None:
    """Except the traffic switch, which is no fault and has a graph; none of another region is among them."""
    alarms = [each for each in prod.of("cloudwatch/metricAlarm:MetricAlarm").values() if region(each) == where]
    expected = {each.inputs["name"] for each in alarms if not each.name.startswith("takeover-")}
    shown = graph(prod, where, "Alarms")["alarms"]
    assert {arn.rpartition(":")[2] for arn in shown} == expected
    assert all(f":{where}:" in arn for arn in shown)


@pytest.mark.parametrize("where", [EAST, WEST])
def test_a_page_counts_what_became_of_the_vaults_jobs(prod: Declared, names: Names, where: str) -> None:
    """Backups, copies, restores and recovery points, of the vault in that region."""
    for title in ("Backups by outcome", "Copies by outcome", "Restores by outcome", "Recovery points by state"):
        shown = graph(prod, where, title)
        assert shown["region"] == where
        assert {tuple(line[2:4]) for line in shown["metrics"]} == {("BackupVaultName", names.vault(where))}
    assert drawn(graph(prod, where, "Backups by outcome")) == [
        f"NumberOfBackupJobs{outcome}" for outcome in ("Completed", "Partial", "Failed", "Expired")
    ]


@pytest.mark.parametrize("where", [EAST, WEST])
def test_the_replicas_lag_is_drawn_against_the_objective(prod: Declared, names: Names, where: str) -> None:
    """And against the alarm: both pages read it in the recovery region, where the replica is."""
    shown = graph(prod, where, "Replica lag")
    assert shown["metrics"][0][:4] == ["AWS/RDS", "ReplicaLag", "DBInstanceIdentifier", names.database]
    assert (shown["region"], shown["stat"]) == (WEST, "Maximum")
    assert shown["annotations"]["horizontal"] == [{"label": "objective", "value": 900}, {"label": "alarm", "value": 450}]


def test_the_files_on_their_way_are_shown_in_time_and_in_bytes(prod: Declared) -> None:
    """Each kind by the metrics that its alarm reads, with the same dimensions."""
    kinds = ("media", "uploads", "assets", "cdn")
    watched = [prod.one("cloudwatch/metricAlarm:MetricAlarm", f"replication-latency-{kind}-{WEST}")["dimensions"] for kind in kinds]
    latency = graph(prod, WEST, "Replication latency of files, in seconds")
    pending = graph(prod, WEST, "Bytes of files not yet replicated")
    assert (drawn(latency), drawn(pending)) == (["ReplicationLatency"] * 4, ["BytesPendingReplication"] * 4)
    for lines in (latency["metrics"], pending["metrics"]):
        assert [dict(zip(line[2:-1:2], line[3:-1:2], strict=True)) for line in lines] == watched


def test_both_takeover_switches_are_shown_each_from_its_own_region(prod: Declared) -> None:
    """A switch publishes where it is thrown."""
    lines = graph(prod, EAST, "Takeover switch")["metrics"]
    assert [(line[1], line[3], line[4]["region"]) for line in lines] == [("Takeover", EAST, EAST), ("Takeover", WEST, WEST)]


def test_no_widget_covers_another(prod: Declared) -> None:
    """Two columns of the grid's 24, below the alarms."""
    cells = [
        (column, row)
        for widget in widgets(prod, WEST)
        for column in range(widget["x"], widget["x"] + widget["width"])
        for row in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) == 23


def test_what_is_switched_off_is_not_drawn(tmp_path: Path) -> None:
    """A graph that can never have a line would look like a fault."""

    def switch_off(config: dict[str, dict[str, object]]) -> None:
        for key in ("disasterRecovery", "files"):
            config[key]["enabled"] = False

    less = declare(tmp_path, change=switch_off)
    titles = {widget["properties"]["title"] for widget in widgets(less, WEST)}
    assert titles == {"Alarms", "Backups by outcome", "Copies by outcome", "Restores by outcome", "Recovery points by state"}
