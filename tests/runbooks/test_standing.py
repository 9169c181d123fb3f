"""How everything stands: what is seen, what is judged of it, and what to do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from names import Names
from runbooks.signed import named
from runbooks.standing.judge import judge
from runbooks.standing.look import Photograph
from runbooks.standing.show import as_record, screen
from runbooks.world import FileLag
from settings import parse
from tests.given import changed
from tests.runbooks.pictures import EAST, NAMES, NOW, WEST, instance, lost, primary, seen, standby
from tests.runbooks.standings import BUCKETS, DATABASE, LAST, job, judged, kept, photograph, point, without

OLD = NOW - timedelta(hours=40)
OLDER = NOW - timedelta(hours=64)


def test_a_shop_that_is_protected_is_healthy() -> None:
    """Every protected thing has its row, with backup, copy and next run, and nothing is wrong."""
    found = judge(photograph(), NAMES)
    assert found.healthy, found.wrong
    assert [row.what for row in found.rows] == ["database", "media", "uploads", "assets", "cdn", "file system", "application"]
    assert {(row.backup, row.copy, row.copied_to) for row in found.rows} == {(LAST, LAST, WEST)}
    assert found.rows[0].windows == {EAST: (NOW - timedelta(days=35), NOW - timedelta(minutes=4))} | {
        WEST: (NOW - timedelta(days=35), NOW - timedelta(minutes=4))
    }
    assert all(row.next_run and row.next_run > NOW for row in found.rows)


WRONG: dict[str, tuple[Photograph, str, str]] = {
    "no backup": (photograph(east=without(EAST, DATABASE)), "database", "there is no good backup"),
    "no copy": (photograph(west=without(WEST, DATABASE)), "database", f"there is no good copy in {WEST}"),
    "an old backup": (
        photograph(east=replace(without(EAST, BUCKETS[0]), points=(*without(EAST, BUCKETS[0]).points, point(BUCKETS[0], made=OLD)))),
        "media",
        "the last good backup is 40 h old; the schedule wanted one at 2026-11-21 07:00 UTC",
    ),
    "an old copy": (
        photograph(west=replace(kept(WEST), points=(*without(WEST, DATABASE).points, point(DATABASE, WEST, made=OLDER)))),
        "database",
        f"the last good copy in {WEST} is 64 h old; the schedule wanted one at 2026-11-21 05:00 UTC",
    ),
    "broken": (
        replace(photograph(), broken={f"{DATABASE}@{EAST}": "no rows (2026-11-22, ana)"}),
        "database",
        "there is no good backup",
    ),
    "not made whole": (
        photograph(east=replace(without(EAST, DATABASE), points=(*without(EAST, DATABASE).points, point(DATABASE, state="PARTIAL")))),
        "database",
        "there is no good backup",
    ),
    "the last job failed": (
        photograph(east=replace(kept(EAST), backup_jobs=(job(DATABASE, "FAILED", message="no key"), job(DATABASE, began=OLD)))),
        "database",
        "its last backup job ended FAILED: no key",
    ),
    "lag": (
        photograph(seen(west=standby(timedelta(minutes=20)))),
        "database",
        f"the replica in {WEST} is 20 min behind; the objective is 15 min",
    ),
    "no replica": (photograph(seen(west=replace(standby(), database=None))), "database", f"there is no replica in {WEST}"),
    "slow files": (
        photograph(seen(west=replace(standby(), files={**standby().files, "cdn": FileLag(7, 1800, NOW)}))),
        "cdn",
        f"cdn reach {WEST} 30 min late; the objective is 15 min",
    ),
    "files not measured": (
        photograph(seen(west=replace(standby(), files={}))),
        "assets",
        f"how far assets in {WEST} are behind was not measured in the last minutes",
    ),
    "no log": (
        photograph(west=replace(kept(WEST), logs=())),
        "database",
        f"no moment can be restored in {WEST}: it keeps no automated backups",
    ),
    "a backup that lacks": (photograph(east=replace(kept(EAST), lacks=("nginx:1",))), "application", "its newest backup lacks nginx:1"),
    "not seen": (
        photograph(east=replace(kept(EAST), points=(), unseen={"points": "backup list: denied"})),
        EAST,
        f"points of {EAST} not seen: backup list: denied",
    ),
    "verdicts not seen": (
        replace(photograph(), unjudged="s3: denied"),
        "verdicts",
        "which backups were found broken was not seen: s3: denied",
    ),
    "nowhere": (photograph(seen(leads_to="")), "routing", f"{NAMES.shop_domain} leads to no one region"),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_thing_that_is_wrong_is_said_with_what_to_do(case: str) -> None:
    """Against the settings' schedules and objectives; one thing wrong is enough to be unhealthy."""
    shown, of, says = WRONG[case]
    found = judge(shown, NAMES)
    assert not found.healthy
    [wrong] = [each for each in found.wrong if (each.of, each.says) == (of, says)]
    assert wrong.do


def test_a_failed_job_is_forgotten_once_a_newer_backup_is_good() -> None:
    """Whoever made that one: the command that is offered clears what it was offered for."""
    failed = job(DATABASE, "FAILED", began=LAST - timedelta(hours=1))
    assert judged(photograph(east=replace(kept(EAST), backup_jobs=(failed,)))) == []


def test_a_region_that_gives_no_answer_is_not_seen_and_never_healthy() -> None:
    """Nothing is said to be missing in it; what was seen in the other one is shown."""
    dark = replace(
        kept(EAST), points=(), logs=(), application=(), unseen=dict.fromkeys(("points", "backup_jobs", "logs", "application"), "no")
    )
    found = judge(photograph(seen(east=lost(EAST)), east=dark), NAMES)
    assert not found.healthy
    assert [(each.of, each.says) for each in found.wrong] == [(EAST, f"{EAST} gives no answer: nothing in it was seen")]
    assert found.wrong[0].do.startswith(f"invoke check-readiness --region {WEST}, then invoke failover")
    assert {(row.backup, row.backup_seen, row.copy) for row in found.rows} == {(None, False, LAST)}


def test_what_was_too_slow_in_haste_and_seen_with_patience_is_seen() -> None:
    """A long list of recovery points makes nobody unhealthy; what only one of the two asks for does."""
    slow = seen(east=replace(primary(), unseen={"backups": "no answer in a second"}))
    assert judge(photograph(slow), NAMES).healthy
    blind = photograph(slow, east=replace(kept(EAST), unseen={"points": "no answer"}))
    assert not judge(blind, NAMES).healthy
    assert not judge(photograph(seen(east=replace(primary(), unseen={"keys": "no answer"}))), NAMES).healthy


def test_a_continuous_backup_is_as_old_as_its_last_job() -> None:
    """Its point is older than anything that is looked for, and each run of the schedule carries it on."""
    east = replace(without(EAST, DATABASE), backup_jobs=(job(DATABASE, began=LAST, of="continuous"),))
    found = judge(photograph(east=east), NAMES)
    assert (found.healthy, found.rows[0].backup) == (True, LAST)
    broken = replace(photograph(east=east), broken={"continuous": "no rows"})
    assert ("database", "there is no good backup") in judged(broken)


def test_a_backup_of_files_on_demand_is_backup_and_copy_in_one() -> None:
    """It lies in the other region; one that is older than the schedule allows is no better than another."""
    west = replace(without(WEST, BUCKETS[0]), on_demand={"media": (named(LAST),)})
    found = judge(photograph(east=without(EAST, BUCKETS[0]), west=west), NAMES)
    assert (found.healthy, found.rows[1].backup, found.rows[1].copy) == (True, LAST, LAST)
    old = judged(photograph(east=without(EAST, BUCKETS[0]), west=replace(west, on_demand={"media": (named(OLDER),)})))
    assert ("media", "the last good backup is 64 h old; the schedule wanted one at 2026-11-21 07:00 UTC") in old


@pytest.mark.parametrize(
    ("change", "what", "decided"),
    [
        ({"files__includeUploads": False}, ("uploads", "files.includeUploads is false"), True),
        ({"disasterRecovery__enabled": False}, ("recovery in another region", "disasterRecovery.enabled is false"), True),
        ({"application__enabled": False}, ("application", "application.enabled is false"), True),
    ],
)
def test_what_the_settings_switch_off_is_said_and_is_no_illness(change: dict[str, object], what: tuple[str, str], decided: bool) -> None:
    """Somebody decided it: it stands first on the screen, and the exit code does not speak of it."""
    names = Names(parse(changed(**change), "test"))
    found = judge(photograph(), names)
    assert what in [(each.what, each.why) for each in found.unprotected]
    assert all(each.decided is decided for each in found.unprotected)
    assert found.healthy


def test_what_nobody_thought_of_is_unhealthy() -> None:
    """A database and a bucket of the shop of which no vault holds anything; restored and retired ones, and our own buckets, are known."""
    ledger = replace(instance(EAST), identifier="ledger", arn="arn:aws:rds:us-east-1:1:db:ledger")
    known = replace(instance(EAST), identifier=NAMES.restored_database(NOW), arn="arn:restored")
    retired = replace(instance(EAST), identifier=f"{NAMES.database}-retired-1", arn="arn:retired")
    world = seen(east=replace(primary(), instances={each.identifier: each for each in (ledger, known, retired, instance(EAST))}))
    ours = (NAMES.journal_bucket(EAST), NAMES.file_bucket("media", WEST), "somebody-elses")
    found = judge(photograph(world, east=replace(kept(EAST), buckets=("solemate-prod-invoices", *ours))), NAMES)
    assert [(each.what, each.decided) for each in found.unprotected] == [(f"ledger in {EAST}", False), ("solemate-prod-invoices", False)]
    assert not found.healthy


@pytest.mark.parametrize("of", ["ledger", "solemate-prod-invoices"])
def test_what_a_vault_holds_is_not_forgotten(of: str) -> None:
    """Whoever backs it up: one recovery point is enough."""
    resource = f"arn:aws:s3:::{of}"
    east = replace(kept(EAST), buckets=("solemate-prod-invoices",), points=(*kept(EAST).points, point(resource)))
    unprotected = judge(photograph(east=east), NAMES).unprotected
    assert [each.what for each in unprotected] == ([] if of.startswith("solemate") else ["solemate-prod-invoices"])


def test_after_a_failover_the_other_regions_backups_count() -> None:
    """Shoppers are led to west, where no schedule runs until the settings say so."""
    world = seen(west=replace(standby(), database=instance(WEST)), leads_to=WEST)
    found = judged(photograph(world))
    assert ("routing", f"shoppers are led to {WEST}, and schedules still run in {EAST}") in found
    assert ("database", "there is no good backup") in found


def _shown(shown: Photograph) -> str:
    out = Console(width=160, record=True, force_terminal=False)
    with out.capture() as written:
        out.print(screen(shown, judge(shown, NAMES), NAMES))
    return written.get()


def test_the_screen_begins_with_the_shop_and_ends_with_the_verdict() -> None:
    """Unprotected things stand before the protected ones, and each thing that is wrong with its command."""
    lines = _shown(photograph(east=replace(without(EAST, DATABASE), buckets=("solemate-prod-invoices",)))).splitlines()
    assert lines[0].startswith(f"{NAMES.shop_domain} leads to {EAST}")
    order = [
        next(place for place, line in enumerate(lines) if line.startswith(each))
        for each in ("unprotected", "protected", "✗ database: there")
    ]
    assert order == sorted(order)
    assert lines[order[2] + 1].strip() == "invoke backup --target database"
    assert lines[-1].startswith("not healthy at 2026-11-22 10:00:00 UTC")
    assert "healthy at" in _shown(photograph()).splitlines()[-1]


@pytest.mark.parametrize("shown", [photograph, lambda: photograph(seen(east=lost(EAST)))])
def test_the_record_has_what_the_screen_shows(shown: Callable[[], Photograph]) -> None:
    """The world, who acts, and the verdict."""
    picture = shown()
    record = as_record(picture, judge(picture, NAMES))
    assert set(record) == {"world", "holder", "until", "unfinished", "trouble", "protected", "unprotected", "wrong", "healthy"}
    assert record["healthy"] is not bool(record["wrong"])
