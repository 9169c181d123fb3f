"""Pages written from the plans that the commands carry out, and what they say of when that was last done."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from names import Names
from runbooks.errors import Refused
from runbooks.procedures import exercised, pages, plans
from runbooks.procedures.exercised import Exercised
from settings import HERE, parse
from tests import given
from tests.runbooks import histories
from tests.runbooks.pictures import EAST, NAMES, WEST
from tests.runbooks.stores import Memory


def recorded(*histories_: histories.History) -> Memory:
    store = Memory()
    for history in histories_:
        for record in history.records:
            store.write_new(record.key, record.body)
    return store


def settings_with(**changes: object) -> Names:
    return Names(parse(given.changed(**changes), "test"))


@pytest.mark.parametrize("page", pages.PAGES)
def test_a_page_is_what_would_be_written(page: str) -> None:
    """Whoever changes a plan, a setting or a template writes the pages anew: `invoke procedures`."""
    folder = HERE / "procedures"
    assert (folder / page).read_text(encoding="utf-8") == pages.render(NAMES, exercised.read(folder))[page]


@pytest.mark.parametrize("key", plans.shown(NAMES))
def test_every_step_of_a_plan_is_on_a_page(key: str) -> None:
    """With what it says; so that nobody sees a step for the first time at night."""
    page = pages.render(NAMES, ())["recovery-procedures.md"]
    assert [step.name for step in plans.shown(NAMES)[key].plan.steps if step.says not in page] == []


def test_the_plans_are_those_of_a_disaster() -> None:
    """A lost region is left unplanned, two that live are exchanged as planned, and a failback ends only when it is protected again."""
    shown = {key: each.plan for key, each in plans.shown(NAMES).items()}
    assert (shown["lost"].mode, shown["planned"].mode) == ("unplanned", "planned")
    assert shown["lost"].steps[0].beside, "the lost region's fence holds nothing up"
    assert shown["failback"].steps[-1].name == "protected-again"
    assert shown["lost"].estimate() < NAMES.settings.disaster_recovery.rto


def test_how_long_shoppers_wait_is_counted_from_the_stop() -> None:
    """What happens beside the running shop is no part of it: neither scaling, nor building a replica."""
    shown = {key: each.plan for key, each in plans.shown(NAMES).items()}
    waits = ("stop-writes", "catch-up", "promote", "switch", "verify-order")
    counted = [step.estimate for step in shown["failback"].steps if step.name.startswith(waits)]
    assert pages.interruption(shown["failback"]) == pages.interruption(shown["planned"]) == sum(counted, timedelta(0))


def test_after_a_failover_the_pages_turn_round() -> None:
    """With the other region active, it is the one that may be lost."""
    page = pages.render(settings_with(activeRegion=WEST), ())["recovery-procedures.md"]
    assert f"invoke failover --region {EAST} --dry-run" in page
    assert f"invoke failback --region {WEST}" in page


WITHOUT: dict[str, tuple[dict[str, object], str]] = {
    "files": ({"files__enabled": False, "disasterRecovery__enabled": False}, "Restore media"),
    "application": ({"application__enabled": False}, "| application | `cron"),
    "restore tests": ({"disasterRecovery__testing__enabled": False}, "AWS Backup restores the newest snapshot"),
    "export": ({"database__export": ...}, "every row as Parquet, in a locked archive"),
}


@pytest.mark.parametrize("what", WITHOUT)
def test_what_a_stack_does_not_have_is_not_on_its_pages(what: str) -> None:
    """A stack without files, application, restore tests or export has pages too, and is promised nothing of it there."""
    changes, absent = WITHOUT[what]
    assert absent in "".join(pages.render(NAMES, ()).values())
    assert absent not in "".join(pages.render(settings_with(**changes), ()).values())


def test_runs_that_ended_are_noted() -> None:
    """Where, when, how it ended and what it measured; one that is unfinished, or does not hold together, proves nothing."""
    unfinished, broken = histories.failover(), histories.failover()
    unfinished.run, broken.run = "20261123T100500Z-failover-0001", "20261123T100500Z-failover-0002"
    unfinished.records = [replace(record, run=unfinished.run) for record in unfinished.records[:1]]
    broken.records = [replace(record, run=broken.run) for record in broken.records]
    whole = histories.failover()
    assert list(exercised.journaled(recorded(whole, unfinished, broken))) == [
        Exercised(
            command="failover",
            mode="unplanned",
            run=whole.run,
            at=histories.DECLARED,
            environment="sandbox",
            outcome="completed",
            rto_seconds=8.2,
            rpo_seconds=0.091,
        )
    ]


def noted(run: str = "20261122T100500Z-failover-3fa2", **changes: object) -> Exercised:
    known = {"command": "failover", "mode": "unplanned", "environment": "sandbox", "outcome": "completed", "at": histories.DECLARED}
    return Exercised.model_validate({**known, "run": run, "rto_seconds": 8.2, "rpo_seconds": None, **changes})


def test_the_newest_of_each_kind_and_environment_is_kept() -> None:
    """A rehearsal in the sandbox hides no drill on AWS, nor a planned move an unplanned one."""
    later = histories.DECLARED + timedelta(days=1)
    again, planned, real = noted("again", at=later), noted("planned", mode="planned"), noted("real", environment="prod")
    assert {each.run for each in exercised.newest([noted(), again, planned, real])} == {"again", "planned", "real"}


def test_what_was_noted_is_read_back(tmp_path: Path) -> None:
    """As it was; and a directory without a file has nothing to say."""
    assert exercised.read(tmp_path) == ()
    exercised.write(tmp_path, [noted()])
    assert exercised.read(tmp_path) == (noted(),)


def test_a_file_that_was_altered_by_hand_is_refused(tmp_path: Path) -> None:
    """With its place, instead of a page that claims what cannot be read."""
    (tmp_path / exercised.FILE).write_text("- {command: failover, at: yesterday}\n", encoding="utf-8")
    with pytest.raises(Refused, match="cannot be understood"):
        exercised.read(tmp_path)


def test_a_page_says_when_it_was_exercised_or_never() -> None:
    """What was not measured is called so, and what was never done too."""
    never = pages.render(NAMES, ())["recovery-procedures.md"]
    assert never.count("Last carried out: never.") == 3
    page = pages.render(NAMES, (noted(),))["recovery-procedures.md"]
    assert (
        "| 2026-11-22 10:05 UTC | failover, unplanned | sandbox | completed | 8.2 s | not measured | `20261122T100500Z-failover-3fa2` |"
        in page
    )
    assert page.count("Last carried out: never.") == 2


def test_pages_that_differ_are_named(tmp_path: Path) -> None:
    """One that is missing, or that somebody changed by hand."""
    made = pages.render(NAMES, ())
    pages.write(made, tmp_path)
    assert pages.different(made, tmp_path) == []
    (tmp_path / "backup-procedures.md").unlink()
    (tmp_path / "testing-procedures.md").write_text("by hand", encoding="utf-8")
    assert pages.different(made, tmp_path) == ["backup-procedures.md", "testing-procedures.md"]
