"""What a journal tells: steps with their attempts, the chain that decided, and what was and was not measured."""

from dataclasses import replace

from runbooks.story import story
from tests.runbooks.histories import DECLARED, EAST, WEST, History, failback, failover


def test_a_finished_run_tells_what_it_was_and_what_it_measured() -> None:
    """Who went where and why, and the numbers of the closing record."""
    told = story(failover().records)
    assert (told.command, told.source, told.target, told.mode) == ("failover", EAST, WEST, "unplanned")
    assert (told.result, told.environment, told.operators, told.declared_at) == ("completed", "sandbox", ("maria@desk-7",), DECLARED)
    assert (told.measured.rto, told.measured.rpo, told.measured.rto_met) == (8.2, 0.091, True)
    assert told.loss.spoken().startswith("at most 0.1 s of writes, about 9 orders")
    assert ("last backup", False, f"solemate-sandbox-{WEST} holds no recovery point") in told.readiness


def test_the_chain_that_decided_is_marked() -> None:
    """Promotion took longer than scaling, so the way to green leads through it; steps beside or after are no part of it."""
    critical = [step.name for step in story(failover().records).steps if step.critical]
    assert critical == [f"promote-{WEST}", f"switch-to-{WEST}", "verify-order"]


def test_in_a_planned_run_the_chain_begins_where_writes_stop() -> None:
    """Shoppers wait for nothing before that."""
    critical = [step.name for step in story(failback().records).steps if step.critical]
    assert critical == [f"stop-writes-{WEST}", "catch-up", f"promote-{EAST}", f"switch-to-{EAST}", "verify-order"]


def test_an_interrupted_attempt_has_no_duration() -> None:
    """A killed process measured nothing; the next operator's attempt did."""
    build = next(step for step in story(failback().records).steps if step.name == f"build-replica-{EAST}")
    assert [(one.outcome, one.seconds, one.operator) for one in build.attempts] == [
        ("interrupted", None, "maria@desk-7"),
        ("done", 4.3, "jon@desk-2"),
    ]


def test_moments_stand_in_the_order_they_happened() -> None:
    """The failure precedes the declaration; green is when the order was read back."""
    assert [(moment.name, moment.at) for moment in story(failover().records).moments] == [
        ("failure", -2.4),
        ("declared", 0.0),
        ("traffic switched", 7.6),
        ("green", 8.2),
    ]


def test_a_step_that_could_not_be_done_beside_the_others_says_so() -> None:
    """A fence that the lost region never answered is neither done nor a failure of the run."""
    fence = next(step for step in story(failover().records).steps if step.name == f"fence-{EAST}")
    assert fence.beside
    assert [one.outcome for one in fence.attempts] == ["not done"]


def test_hands_and_skips_are_told_with_their_reasons() -> None:
    """Every operator and every reason is part of the story."""
    told = story(failback().records)
    assert told.operators == ("maria@desk-7", "jon@desk-2")
    assert [passage.kind for passage in told.passages] == ["opened", "resumed", "closed"]
    assert told.skipped == {"announce": "the topic is being rebuilt"}


def test_an_unfinished_run_measured_nothing_yet() -> None:
    """Without a closing record there is no RTO, no RPO and no verdict, and the steps under way have no end."""
    told = story(failover().records[:4])
    assert (told.result, told.measured.rto, told.measured.rpo, told.measured.rto_met) == ("not finished", None, None, None)
    assert [len(step.attempts) for step in told.steps] == [1, 1, 1, 0, 0, 0]
    assert all(one.seconds is None for step in told.steps for one in step.attempts)


def test_an_abandoned_run_says_why() -> None:
    """The reason of the operator who gave it up is kept."""
    history = History("20261122T100500Z-failover-0001")
    history.records = failover().records[:6]
    history.add(60.0, "closed", outcome="abandoned", facts={"reason": "the region came back"})
    told = story(history.records)
    assert (told.result, told.passages[-1].why) == ("abandoned", "the region came back")


def test_an_altered_record_breaks_the_chain_by_name() -> None:
    """Changing one outcome is found at the record that follows it."""
    records = failover().records
    records[5] = replace(records[5], seconds=1.0)
    chain = story(records).chain
    assert "runs/20261122T100500Z-failover-3fa2/0007.json does not follow" in chain.broken
    assert story(failover().records).chain.broken == ""
