"""What a drill came to, as a table: one fault in its records at a time, and the verdict that names it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from names import Names
from runbooks.checked import Checked
from runbooks.drills import application, files, overdue, prepare, scratch
from runbooks.drills.verdict import cleaning_began, verdict
from runbooks.errors import Refused
from runbooks.journal import DRILLS, MOVES, SCENARIOS, Fact, Facts, Kind, Record, command_of
from runbooks.runs import new_run
from settings import HERE, load

BAD: Fact = {"name": "sums", "well": False, "says": "it is false"}
BEGAN = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
GOOD: Fact = {"name": "orders", "well": True, "says": "42 rows"}


def record(kind: Kind, second: int, step: str = "", facts: Facts | None = None, token: int = 1) -> Record:
    at = BEGAN + timedelta(seconds=second)
    return Record("r", second + 1, kind, at, token, "ana@there", "", step, facts=facts or {})


def opened(**more: object) -> Record:
    facts = {
        "scenario": "database-corrupted",
        "declared_at": BEGAN.isoformat(),
        "objectives": {"rto_seconds": 60.0, "rpo_seconds": 30.0},
        "loss": {"seconds": 12.0},
        "green": "validate",
    }
    return record("opened", 0, facts=facts | more)  # type: ignore[arg-type]


CLEAN = (
    record("step-started", 50, "clear"),
    record("step-finished", 51, "clear"),
    record("step-finished", 52, "look-again", {"left_over": []}),
)


def passed(**more: object) -> tuple[Record, ...]:
    return (opened(**more), record("step-finished", 40, "validate", {"checks": [GOOD]}), *CLEAN)


def test_a_drill_that_did_all_it_should_has_passed() -> None:
    """Measured from its declared start to what was validated, within the objectives, with nothing left."""
    said = verdict(passed())
    assert {name: said[name] for name in ("outcome", "rto_seconds", "rpo_seconds", "met", "checks", "left_over", "why")} == {
        "outcome": "passed",
        "rto_seconds": 40.0,
        "rpo_seconds": 12.0,
        "met": {"rto": True, "rpo": True},
        "checks": [GOOD],
        "left_over": [],
        "why": "",
    }


FAULTS: dict[str, tuple[tuple[Record, ...], str]] = {
    "too slow": (passed(objectives={"rto_seconds": 30.0, "rpo_seconds": 30.0}), "it took 40 s, and the objective is 30 s"),
    "too old": (passed(loss={"seconds": 31.0}), "what is restored ends 31 s before the declared start, and the objective is 30 s"),
    "not well": (
        (
            opened(),
            record("step-finished", 40, "validate", {"checks": [GOOD, BAD]}),
            *CLEAN,
        ),
        "sums: it is false",
    ),
    "failed": ((opened(), record("step-failed", 5, "restore", {"error": "no room"}), *CLEAN), "restore: no room"),
    "stopped": ((opened(), record("paused", 5, facts={"why": "the run was paused"}), *CLEAN), "the run was paused by ana@there"),
    "killed": ((opened(), *CLEAN), "it was left before it was validated"),
    "left over": ((*passed()[:-1], record("step-finished", 52, "look-again", {"left_over": ["db"]})), "left over: db"),
    "not looked": (
        (*passed()[:-1], record("step-failed", 52, "look-again", {"error": "throttled"})),
        "look-again: throttled",
    ),
    "not cleared": (
        (*passed()[:2], record("step-failed", 51, "clear", {"error": "denied"}), CLEAN[-1]),
        "clear: denied",
    ),
    "nobody took over": (passed(scenario="operator-unavailable"), "hand-over: nobody took over"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_fails_the_drill_and_is_its_reason(fault: str) -> None:
    """Whatever it is, the drill has failed, and says so first."""
    records, why = FAULTS[fault]
    said = verdict(records)
    assert (said["outcome"], said["why"]) == ("failed", why)


def test_what_was_not_measured_is_said_to_be_neither_met_nor_missed() -> None:
    """A drill that was never validated has measured nothing; of the application no loss of orders is measured."""
    assert verdict(FAULTS["killed"][0])["met"] == {"rto": None, "rpo": None}
    said = verdict(passed(loss={"seconds": None}))
    assert (said["outcome"], said["rpo_seconds"], said["met"]) == ("passed", None, {"rto": True, "rpo": None})


def test_a_hand_over_is_measured_from_when_it_was_left_to_the_next_step() -> None:
    """And counts as one only under another lease: the same process that goes on has taken over from nobody."""
    between = (record("paused", 10), record("resumed", 15, token=2), record("step-started", 17, "validate", token=2))
    begun, *rest = passed(scenario="operator-unavailable")
    said = verdict((begun, *between, *rest))
    assert (said["outcome"], said["checks"]) == (
        "passed",
        [GOOD, {"name": "hand-over", "well": True, "says": "7.0 s from when it was left to the next step, from the journal alone"}],
    )
    same = verdict((begun, *(replace(each, token=1) for each in between), *rest))
    assert same["why"] == "hand-over: nobody took over"


def test_a_step_that_was_done_when_it_was_resumed_counts_as_done() -> None:
    """What failed at first and succeeded later is no fault."""
    begun, done, *rest = passed()
    failed = record("step-failed", 20, "validate", {"error": "throttled"})
    later = record("step-finished", 45, "clear")
    assert verdict((begun, failed, done, *rest, later))["outcome"] == "passed"


def test_cleaning_that_has_begun_is_gone_on_with() -> None:
    """Nothing is restored anew in a run whose clean-up had begun."""
    assert not cleaning_began(passed()[:2])
    assert cleaning_began(passed()[:3])


def test_verification_that_finds_nothing_or_another_thing_has_not_found_what_was_altered() -> None:
    """The drill passes only if what was altered is named."""
    well, other = Checked("backup/code", well=True, says="checksum fits"), Checked("backup/other", well=False, says="was altered")
    found = Checked("backup/code", well=False, says="the part code of backup was altered")
    assert [application.noticed(each, "code").well for each in ((), (well,), (other,), (found,))] == [False, False, False, True]


def test_drills_stand_in_a_line_of_their_own() -> None:
    """No drill holds up a failover, and no name of one is taken for the other's."""
    names = [command_of(new_run(f"drill-{scenario}", BEGAN)) for scenario in SCENARIOS]
    assert tuple(names) == DRILLS.commands
    assert not set(names) & set(MOVES.commands)
    assert DRILLS.lease != MOVES.lease


def test_the_settings_say_what_can_be_tried() -> None:
    """All of it in production; an unknown scenario is refused with the known ones."""
    names = Names(load(HERE / "Pulumi.prod.yaml"))
    assert prepare.possible(names, "") == SCENARIOS
    assert prepare.possible(names, "region-lost") == ("region-lost",)
    with pytest.raises(Refused, match="--scenario flood is unknown"):
        prepare.possible(names, "flood")


def test_the_next_drill_is_overdue_a_day_after_the_longest_month() -> None:
    """As the settings have it: on the first of each month, of which the longest has 31 days."""
    assert overdue.allowance(Names(load(HERE / "Pulumi.prod.yaml")), BEGAN) == timedelta(days=32)


def test_scratch_that_a_drill_left_is_found_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever run left it, a half-made one too; and nothing else."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for name in ("solemate-drill-a", ".solemate-drill-b-x1", "solemate-other"):
        (tmp_path / name).mkdir()
    step = scratch.clear("us-east-1")
    assert not step.done()
    step.act()
    assert (step.done(), [each.name for each in tmp_path.iterdir()]) == (True, ["solemate-other"])


@pytest.mark.parametrize(
    ("keys", "prefix"),
    [
        (["products/a.jpg", "products/b.jpg"], "products/"),
        (["a.css"], "a.css"),
        (["p/aa", "p/ab", "p/b"], "p/a"),
        (["p/a", "q/a", "q/b"], "p/"),
        (["p/aa", "p/aab", "p/aac"], "p/aa"),
    ],
)
def test_a_folder_of_more_files_than_were_listed_is_tried_in_part(keys: list[str], prefix: str) -> None:
    """A bucket of millions is no place for a drill: where the whole list is in one folder, a part of it is taken."""
    assert files.few(keys, many=3) == prefix
