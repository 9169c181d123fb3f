"""Drills for real: every scenario passes on a whole shop and leaves nothing, and what must fail fails, is named, and leaves nothing."""

import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer

import pytest

from names import Names
from runbooks.commands import Desk, desk
from runbooks.databases import candidates, restore
from runbooks.databases.made import Made
from runbooks.databases.prepare import place_in
from runbooks.drills import databases, run
from runbooks.drills.drill import about
from runbooks.journal import SCENARIOS, Record
from runbooks.runs import new_run
from tests.scenarios.damage import a_second_passes, restorable
from tests.scenarios.drilled import beyond_its_role, drills, kept_code, left, overdue_from, settings_of
from tests.scenarios.stage import EAST, WEST, Ended, Operator, Stage, eventually

OF_THE_APPLICATION = ("application-rebuilt", "backup-tampered")
"""They hold no orders, so nothing is measured against the objective of orders that may be lost."""

TOLD = {"sandbox": True, "command": "drill", "environment": "sandbox"}


@pytest.fixture
def shop(stage: Stage) -> Stage:
    """A stage with orders in it, which both regions can restore."""
    with stage.shoppers():
        moment = a_second_passes(stage)
    for region in (EAST, WEST):
        restorable(stage, region, moment)
    return stage


def test_every_scenario_passes_and_leaves_nothing(shop: Stage, tmp_path: Path) -> None:
    """One run each, in the journal as reports read it, with nothing asked that the drill's role may not do; the next drill is overdue in
    a month; shoppers, writer and standby are as before.
    """
    before = overdue_from(shop)
    with kept_code(shop, tmp_path) as file, shop.shoppers() as ledger:
        began, since = datetime.now(UTC), shop.now()
        ended = drills(shop.known("ana", PULUMI_CONFIG_FILE=str(file), TMPDIR=str(tmp_path)), "--json")
        shop.everyone_is_back(ledger, began)
    assert ended.code == 0, ended
    told = json.loads(ended.out)
    assert [(each["scenario"], each["outcome"], each["why"]) for each in told["drills"]] == [(each, "passed", "") for each in SCENARIOS]
    for each in told["drills"]:
        records = shop.records(run=each["run"])
        opened, closing = records[0].facts, records[-1]
        assert {name: opened[name] for name in TOLD} == TOLD
        assert opened["objectives"] == {"rto_seconds": 1800.0, "rpo_seconds": 900.0}
        assert (closing.kind, closing.outcome, closing.facts["left_over"]) == ("closed", "passed", [])
        assert closing.facts["met"] == {"rto": True, "rpo": None if each["scenario"] in OF_THE_APPLICATION else True}
        assert closing.facts["checks"]
    assert beyond_its_role(shop, since, "ana") == set()
    assert left(shop) == []
    assert [each.name for each in tmp_path.glob("*solemate-drill*")] == []
    assert shop.is_whole()
    put_off = overdue_from(shop)
    assert before != put_off
    assert datetime.fromisoformat(told["overdue_after"]) - began > timedelta(days=31)


def test_what_a_tampered_backup_and_a_hand_over_show_is_in_their_checks(shop: Stage, tmp_path: Path) -> None:
    """The altered part and the altered manifest are found by name; the second operator had nothing but the journal."""
    with kept_code(shop, tmp_path) as file:
        operator = shop.operator("ana", PULUMI_CONFIG_FILE=str(file), TMPDIR=str(tmp_path))
        tampered, handed = (drills(operator, "--scenario", each) for each in ("backup-tampered", "operator-unavailable"))
    assert (tampered.code, handed.code) == (0, 0), f"{tampered}{handed}"
    found = checks(shop, "drill-backup-tampered")
    assert found["an untouched copy"] == (True, "it verifies as it is")
    [part, manifest] = [each for name, each in found.items() if name.startswith("what was altered is found: ")]
    assert part[1].endswith("was altered")
    assert "manifest" in manifest[1]
    well, says = checks(shop, "drill-operator-unavailable")["hand-over"]
    assert (well, says.endswith("from the journal alone")) == (True, True)
    kinds = [record.kind for record in shop.records("drill-operator-unavailable")]
    assert (kinds.count("paused"), kinds.count("resumed"), kinds[-1]) == (1, 1, "closed")


def test_a_lost_region_is_tried_without_a_call_to_the_other_one(shop: Stage) -> None:
    """Not one request goes to the east, which may hang: the standby is judged, and the database restored, from the west alone."""
    since = shop.now()
    ended = drills(shop.known("ana"), "--scenario", "region-lost")
    assert ended.code == 0, ended
    asked = [entry for entry in shop.sandbox.requests(since) if entry["caller"] == "ana"]
    assert {entry["region"] for entry in asked} == {WEST}
    assert {"replica", "standby", "network", "secret", "key data", "switch", "orders"} <= set(checks(shop, "drill-region-lost"))


def test_what_takes_too_long_or_is_too_old_fails_the_drill(shop: Stage) -> None:
    """A drill that is carried on with after more than the RTO; then, with the link cut for longer than the RPO, a replica and a log that
    are too far behind. Neither puts the alarm off, and neither leaves anything.
    """
    operator = shop.operator("ana", PULUMI_CONFIG_FILE=str(shop.settings_with(rto=1, rpo=1)))
    before, late = overdue_from(shop), begun(shop, operator, "region-lost")
    link = {"source": EAST, "target": WEST}
    shop.sandbox.ask("POST", "links/cut", link)
    cut = datetime.now(UTC)
    eventually(lambda: datetime.now(UTC) - cut > timedelta(seconds=63), "a minute to pass", within=90)
    resumed = drills(operator, "--resume", "--json")
    assert failed(shop, resumed, "drill-region-lost")["met"] == {"rto": False, "rpo": True}
    ended = drills(operator, "--scenario", "region-lost", "--json")
    shop.sandbox.ask("POST", "links/heal", link)
    assert failed(shop, ended, "drill-region-lost")["met"] == {"rto": True, "rpo": False}
    assert shop.records("drill-region-lost")[0].run != late
    found = checks(shop, "drill-region-lost")
    assert (found["lag"][0], found["replica"][0]) == (False, False)
    assert overdue_from(shop) == before
    assert left(shop) == []


def test_a_copied_backup_is_tried_where_no_log_is_kept(shop: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """By AWS Backup, whose job is waited for before anything is cleared away: stopped while it is under way, it leaves nothing either."""
    for name, value in shop.sandbox.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_STATE_HOME", str(shop.operator("cy").home))
    for stops in (False, True):
        at, name, declared = desk(shop.chosen), new_run("drill-region-lost", datetime.now(UTC)), datetime.now(UTC)
        points = candidates.fitting(candidates.look(at.reach, at.journals.first, WEST, declared), declared)
        copy = next(each for each in points if each.kind == "copy")
        to = at.names.drilled_database(name)
        placed = restore.place(at.names, place_in(at, WEST), restore.Wish(WEST, None, copy.origin), to)
        drill = databases.drill(at.reach, "region-lost", name, Made(copy, to, placed), declared)

        def watch(record: Record, at: Desk = at, stops: bool = stops) -> None:
            if stops and (record.kind, record.step) == ("step-started", "restore"):
                Timer(0.5, at.clock.stop.set).start()

        records = run.start(at, drill, about(drill, at.names, declared), watch)
        assert any(record.kind == "paused" for record in records) == stops
        assert left_databases(shop) == []
        if not stops:
            assert ("step-finished", "validate") in {(record.kind, record.step) for record in records}
            assert checks(shop, "drill-region-lost")["orders written"][0]


def test_a_check_that_is_not_true_fails_the_drill(shop: Stage) -> None:
    """The owner's own check, asked of what was restored; it is named, what was made is cleared away, and the alarm is not put off."""
    lie = {"name": "none", "sql": "select count(*) = 0 from orders"}
    file = settings_of(shop, "lie", lambda config: config["workload"]["database"]["checks"].append(lie))
    before = overdue_from(shop)
    ended = drills(shop.operator("ana", PULUMI_CONFIG_FILE=str(file)), "--scenario", "database-corrupted", "--json")
    assert failed(shop, ended, "drill-database-corrupted")["why"] == "check none: it is false"
    assert left(shop) == []
    assert overdue_from(shop) == before


def test_what_cannot_be_cleared_away_fails_the_drill_and_is_named(shop: Stage) -> None:
    """AWS's refusal and what is left stand in the verdict; the next drill, which may delete it, clears it away with its own."""
    refusing = shop.sandbox.fault("deny", service="rds", operation="DeleteDBInstance", caller="ana")
    ended = drills(shop.known("ana"), "--scenario", "database-corrupted", "--json")
    shop.sandbox.ask("DELETE", f"faults/{refusing}")
    closing = failed(shop, ended, "drill-database-corrupted")
    [name] = left_databases(shop)
    assert str(closing["why"]).startswith("clear: rds delete-db-instance in us-east-1: ")
    assert closing["left_over"] == [name, f"log of {Names(shop.chosen).arn('rds', EAST, f'db:{name}')}"]
    assert drills(shop.known("ana"), "--scenario", "database-corrupted").code == 0
    assert left(shop) == []


def test_a_drill_that_was_killed_is_cleared_away_by_the_next(shop: Stage) -> None:
    """The first is closed as failed, and the second passes; meanwhile no failover is held up by it."""
    killed = begun(shop, shop.operator("ana"), "database-corrupted")
    assert json.loads(shop.operator().does("status", "--json").out)["unfinished"] == ""
    ended = drills(shop.operator("ben"), "--scenario", "bucket-emptied")
    assert ended.code == 0, ended
    assert f"{killed} was left unfinished; it is cleared away first." in ended.out
    closing = shop.records(run=killed)[-1]
    assert (closing.outcome, closing.facts["why"]) == ("failed", "it was left before it was validated")
    assert left(shop) == []


def test_a_drill_that_was_killed_is_resumed_by_another_operator(shop: Stage) -> None:
    """On a machine of its own, from the journal: it passes, and nothing was made twice."""
    since = shop.now()
    killed = begun(shop, shop.operator("ana"), "database-corrupted")
    ended = drills(shop.operator("ben"), "--resume")
    assert ended.code == 0, ended
    assert shop.records(run=killed)[-1].outcome == "passed"
    assert [each["operation"] for each in shop.effects(since, "RestoreDBInstanceToPointInTime", "DeleteDBInstance")] == [
        "RestoreDBInstanceToPointInTime",
        "DeleteDBInstance",
    ]
    assert left(shop) == []


def test_ctrl_c_clears_away(shop: Stage) -> None:
    """Whoever stops a drill finds nothing of it: it is closed as failed, and none of the others is begun."""
    process = shop.operator("ana").begins("drill", "--yes", "sandbox")
    eventually(lambda: left_databases(shop) or process.poll() is not None, "the database to be restored", within=60)
    process.signal(signal.SIGINT)
    ended = process.ends()
    assert ended.code == 1, ended
    closing = shop.records("drill")[-1]
    assert (closing.outcome, str(closing.facts["why"]).startswith("the run was paused by ")) == ("failed", True)
    assert shop.records("drill")[0].facts["scenario"] == "database-corrupted"
    assert left(shop) == []


def test_a_drill_is_listed_reported_and_shown_beforehand(stage: Stage) -> None:
    """A dry run changes nothing; the list has its outcome, and the report what was looked at."""
    operator, since = stage.known("ana"), stage.now()
    shown = operator.does("drill", "--scenario", "bucket-emptied", "--dry-run")
    assert (shown.code, stage.effects(since, by="ana")) == (0, []), shown
    assert "look-again" in shown.out
    assert drills(operator, "--scenario", "bucket-emptied").code == 0
    tried, file = stage.records("drill-bucket-emptied")[0].run, stage.sandbox.root / "drill.html"
    listed = {each["run"]: each["outcome"] for each in json.loads(operator.does("runs", "--json").out)}
    assert listed[tried] == "passed"
    assert operator.does("report", "--run", tried, "--to", str(file)).code == 0
    page = file.read_text(encoding="utf-8")
    assert "What was looked at" in page
    assert "files of media" in page


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--scenario", "flood", "--yes", "sandbox"), "--scenario flood is unknown"),
        (("--scenario", "bucket-emptied", "--yes", "prod"), "not confirmed: prod is not sandbox; nothing was changed"),
        (("--scenario", "application-rebuilt", "--yes", "sandbox"), "application-rebuilt cannot be tried: application.enabled is false"),
        (("--resume", "--yes", "sandbox"), "no unfinished drill in "),
    ],
)
def test_what_cannot_be_tried_is_refused_and_nothing_is_made(stage: Stage, words: tuple[str, ...], says: str) -> None:
    """An unknown scenario, another stack's name, no backup to try, nothing to resume."""
    off = settings_of(stage, "off", lambda config: config["application"].update(enabled=False))
    since = stage.now()
    ended = stage.known("ana", PULUMI_CONFIG_FILE=str(off)).does("drill", *words)
    assert ended.code == 1, ended
    assert says in ended.err
    assert stage.effects(since, by="ana") == []


def begun(stage: Stage, operator: Operator, scenario: str) -> str:
    """Let a drill begin, kill it once its database is there, and return its run."""
    process = operator.begins("drill", "--scenario", scenario, "--yes", "sandbox")
    eventually(lambda: left_databases(stage) or process.poll() is not None, "the database to be restored", within=60)
    process.kill()
    return stage.records(f"drill-{scenario}")[0].run


def left_databases(stage: Stage) -> list[str]:
    prefix = Names(stage.chosen).drilled_databases.removesuffix("*")
    return sorted({each for each in left(stage) if each.startswith(prefix)})


def checks(stage: Stage, command: str) -> dict[str, tuple[bool, str]]:
    """Return what the newest drill of *command* looked at."""
    found = stage.records(command)[-1].facts["checks"]
    assert isinstance(found, list)
    return {str(each["name"]): (bool(each["well"]), str(each["says"])) for each in found if isinstance(each, dict)}


def failed(stage: Stage, ended: Ended, command: str) -> dict[str, object]:
    """Assert that the drill failed, in its exit code and in its journal alike, and return what closed it."""
    assert ended.code == 1, ended
    closing = stage.records(command)[-1]
    assert (closing.kind, closing.outcome) == ("closed", "failed")
    assert json.loads(ended.out)["passed"] is False
    return dict(closing.facts)
