"""One screen of everything, in a whole sandbox: what it shows, and how quickly while a region is dark."""

import json
import signal
import time

import pytest

from tests.scenarios.stage import EAST, WEST, Stage


def test_the_screen_shows_every_protected_thing(stage: Stage) -> None:
    """What AWS Backup keeps is there with its copies; while nobody has made a backup of the application, that is said with the command."""
    told = stage.operator().does("status", "--json")
    seen = json.loads(told.out)
    rows = {row["what"]: row for row in seen["protected"]}
    assert list(rows) == ["database", "media", "uploads", "assets", "cdn", "application"]
    assert all(rows[what]["backup"] and rows[what]["copy"] for what in rows if what != "application")
    assert set(rows["database"]["windows"]) == {EAST, WEST}
    assert (told.code == 0) is seen["healthy"] is (seen["wrong"] == [])
    missing = {wrong["do"] for wrong in seen["wrong"] if wrong["of"] == "application"}
    assert missing == (set() if rows["application"]["backup"] else {"invoke backup --target application"})
    assert seen["unprotected"] == []


@pytest.mark.parametrize("dark", [EAST, WEST])
def test_a_dark_region_is_not_waited_for(stage: Stage, dark: str) -> None:
    """While one region hangs, the other's things are shown within 10 seconds, and nothing of the dark one is called healthy."""
    stage.sandbox.break_region(dark, "hang")
    try:
        told = stage.operator().does("status", "--json")
    finally:
        stage.sandbox.heal_region(dark)
    assert told.seconds < 10, told
    seen = json.loads(told.out)
    database = next(row for row in seen["protected"] if row["what"] == "database")
    assert (told.code, database["backup_seen"], database["copy_seen"]) == (1, dark != EAST, dark != WEST)
    assert (dark, f"{dark} gives no answer: nothing in it was seen") in [(wrong["of"], wrong["says"]) for wrong in seen["wrong"]]


def test_a_watch_ends_with_ctrl_c_and_the_last_looks_exit_code(stage: Stage) -> None:
    """Where there is no terminal each look follows the one before."""
    watching = stage.operator().begins("status", "--watch")
    time.sleep(9)
    watching.signal(signal.SIGINT)
    ended = watching.ends(20)
    looks = [line for line in ended.out.splitlines() if "healthy at" in line]
    assert len(looks) >= 2, ended
    assert ended.code == ("not healthy" in looks[-1])
