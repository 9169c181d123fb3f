"""What backups and recoveries came to, reckoned from a whole sandbox after a failover, and served to whoever scrapes it."""

import json
import signal
import socket
import time
from urllib.request import urlopen

from tests.scenarios.stage import EAST, Stage, eventually


def test_metrics_are_of_what_really_happened(away: Stage) -> None:
    """All backups and copies of the first night succeeded, a failover was measured, and what AWS does not know is not."""
    told = away.operator().does("metrics", "--json")
    found = json.loads(told.out)
    rates = {each["kind"]: each for each in found["rates"]}
    assert (rates["backup"]["ended"], rates["copy"]["ended"]) >= (5, 5), rates
    assert (rates["backup"]["ratio"], rates["copy"]["ratio"]) == (1.0, 1.0)
    assert set(found["durations"]) >= {"backup database", "backup files", "copy database", "copy files"}
    assert found["copy_delays"]["database"]["median"] > 0
    assert {each["target"] for each in found["storage"]} >= {"database", "files"}
    runs = {each["run"]: each for each in found["recoveries"] if each["command"] == "failover"}
    assert runs
    assert all(each["recovery"] > 0 for each in runs.values() if each["result"] == "completed")
    assert (found["months"], found["costs_unmeasured"][:23]) == ([], "no cost carries the tag")
    assert set(found["unseen"]) == tampered(away)
    assert told.code == (1 if found["unseen"] else 0)


def tampered(stage: Stage) -> set[str]:
    """Return the runs that another scenario on this stage has tampered with, as metrics name them: they were not seen whole."""
    listed = json.loads(stage.operator().does("runs", "--json").out)
    return {f"run {each['run']}" for each in listed if each["broken"]}


def test_a_dark_region_leaves_a_gap_that_is_said(away: Stage) -> None:
    """What is not seen is named, and the exit code is 1."""
    away.sandbox.break_region(EAST, "refuse")
    try:
        told = away.operator().does("metrics", "--json")
    finally:
        away.sandbox.heal_region(EAST)
    assert told.code == 1
    assert {f"{kind} jobs of {EAST}" for kind in ("backup", "copy", "restore")} <= set(json.loads(told.out)["unseen"])


def test_they_are_served_until_ctrl_c(away: Stage) -> None:
    """The same numbers, as Prometheus reads them."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    serving = away.operator().begins("metrics", "--serve", f"127.0.0.1:{port}")

    def scraped() -> str:
        try:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    eventually(scraped, "metrics to be served")
    text = scraped()
    assert f"solemate_recovery_up {0.0 if tampered(away) else 1.0}" in text
    assert 'solemate_recovery_job_success_ratio{kind="copy",target="database"} 1.0' in text
    assert 'solemate_recovery_recovery_duration_seconds{command="failover",quantile="0.5"}' in text
    assert "solemate_recovery_looks_total 1.0" in text
    time.sleep(0.1)
    serving.signal(signal.SIGINT)
    assert serving.ends(20).code == 0
