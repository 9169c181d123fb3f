"""What the pages tell people to look at, typed on a sandbox: each command does as the page says, and still says what the page shows."""

import re
from collections.abc import Mapping
from pathlib import Path

from names import Names
from runbooks.procedures import worlds
from runbooks.timeline import exact
from tests import pages
from tests.scenarios.damage import a_second_passes, restorable, told
from tests.scenarios.stage import EAST, WEST, Ended, Operator, Stage, eventually

MASKS = (
    (r"nothing \(from the newest commit|at most .+? of writes, about \d+ orders \(from the newest commit", "LOSS (from the newest commit"),
    (r"retired-\w{4}(?=[ab])", "retired-RUN"),
    (r"\d[\d,.]*(?: (?:s|min|h)\b(?: \d+ (?:s|min)\b)?)?", "N"),
    (r"\s+", " "),
)
"""What differs from run to run: what is measured, and how runs are named."""

LOOKS = ("status", "check-readiness", "runs", "marks", "backups", "backup-schedule", "verify")
NOTHING_THERE = ("drill --dry-run", "verify --target application", "verify --target files")
"""The sandbox has neither a backup of the application nor, on its first day, S3's lists: each says so, and exits 1."""


def rendered(operator: Operator, folder: Path) -> dict[str, str]:
    """Return the pages as the stage's own settings make them."""
    made = operator.does("procedures", "--to", str(folder))
    assert made.code == 0, made
    return {page.name: page.read_text(encoding="utf-8") for page in sorted(folder.glob("*.md"))}


def only_looks(words: tuple[str, ...]) -> bool:
    """Return whether *words* change nothing and have something to look at."""
    line = " ".join(words)
    if line in NOTHING_THERE:
        return False
    if "--dry-run" in words or line.startswith("backup --target files --list"):
        return True
    changes = "--schedule" in words or "--restore-job" in words
    return words[0] in LOOKS and not changes


def masked(text: str) -> str:
    for pattern, mask in MASKS:
        text = re.sub(pattern, mask, text)
    return text.strip()


def filled(text: str, values: Mapping[str, str]) -> str:
    for blank, value in values.items():
        text = text.replace(blank, value)
    return text


def assert_as_shown(shown: pages.Shown, ended: Ended, values: Mapping[str, str]) -> None:
    """Assert that *ended* says each line that the page shows, and has each step of the page's table."""
    said = masked(ended.out)
    for line in (*shown.output, *(f"{name} {says}" for name, says in shown.steps)):
        assert masked(filled(line, values)) in said, (line, ended)


def answers(operator: Operator, found: pages.Shown, values: Mapping[str, str]) -> None:
    """Type a command whose answer a page shows, and compare."""
    ended = operator.does(*(filled(word, values) for word in found.words))
    assert ended.code in codes(found.words), ended
    assert_as_shown(found, ended, values)


def codes(words: tuple[str, ...]) -> tuple[int, ...]:
    """Return how *words* may end: nobody has backed the sandbox's application up, so it is not healthy."""
    return (0, 1) if words[0] == "status" else (0,)


def shown(made: Mapping[str, str], beginning: str) -> list[pages.Shown]:
    """Return what the pages show of commands whose answer begins with *beginning*."""
    found = [each for page in made.values() for each in pages.shown(page) if each.output[0].startswith(beginning)]
    assert found, beginning
    return found


def is_lost(found: pages.Shown) -> bool:
    return "gives no answer" in " ".join(found.output)


def test_whatever_only_looks_can_be_typed_as_it_stands(stage: Stage, tmp_path: Path) -> None:
    """Every such command of the pages, with capital words filled in, ends well and changes nothing; and says what the page shows."""
    names, ana, s3 = Names(stage.chosen), stage.known("ana"), stage.clients("s3", EAST)
    made, bucket, key = rendered(ana, tmp_path), names.media_bucket(EAST), "procedures/a.jpg"
    with stage.shoppers():  # an empty database is no success
        s3.put_object(Bucket=bucket, Key=key, Body=b"well")
    moment, restored = a_second_passes(stage), f"{names.restored_databases.rstrip('*')}shown"
    a_second_passes(stage)  # S3 tells whole seconds
    s3.delete_object(Bucket=bucket, Key=key)
    restorable(stage, EAST, moment)
    made_beside = ana.does("restore", "--target", "database", "--at", told(moment), "--to", restored, "--yes", restored)
    assert made_beside.code == 0, made_beside
    since, values = stage.now(), {"MOMENT": told(moment), "NAME": restored}
    lines = {line for page in made.values() for line in pages.typed(page) if only_looks(line)}
    for line in sorted(lines):
        ended = ana.does(*(filled(word, values) for word in line))
        assert ended.code in codes(line), (line, ended)
    assert len(lines) > 12
    assert stage.effects(since, by="ana") == []
    now = {told(worlds.MOMENT): told(moment), f"{worlds.MOMENT:%Y%m%dt%H%M%S}": f"{moment:%Y%m%dt%H%M%S}"}
    for beginning in (f"{names.shop_domain} leads", "✓ region", f"Failover from {EAST} to {WEST}, planned", "Restore "):
        for found in shown(made, beginning):
            if not is_lost(found):
                answers(ana, found, now)
    (swap,) = shown(made, "Put ")
    answers(ana, swap, {names.restored_database(worlds.MOMENT): restored, **now})


def test_a_lost_region_looks_as_the_page_shows_it(stage: Stage, tmp_path: Path) -> None:
    """The first look at night, and the plan that leaves the region, step by step."""
    ana = stage.known("ana")
    made = rendered(ana, tmp_path)
    stage.sandbox.break_region(EAST, "refuse")
    try:
        eventually(lambda: "replica, error" in ana.does("status").out, "RDS to notice that the replica's source is gone")
        for beginning in (Names(stage.chosen).shop_domain, f"Failover from {EAST} to {WEST}, unplanned"):
            for found in shown(made, beginning):
                if is_lost(found):
                    answers(ana, found, {})
    finally:
        stage.sandbox.heal_region(EAST)


def test_the_way_back_is_as_the_page_shows_it_and_is_noted_there(away: Stage, tmp_path: Path) -> None:
    """Before it is gone, step by step; afterwards the page says when that was, here in the sandbox, and what it measured."""
    ana = away.known("ana")
    made = rendered(ana, tmp_path)
    for found in shown(made, "Failback "):
        answers(ana, found, {})
    assert away.fails_back(ana).code == 0
    noted = ana.does("procedures", "--exercised", "--to", str(tmp_path))
    assert noted.code == 0, noted
    differs = ana.does("procedures", "--check", "--to", str(tmp_path))
    assert (differs.code, "recovery-procedures.md is not as it would be written" in differs.out) == (1, True)
    page, closing = rendered(ana, tmp_path)["recovery-procedures.md"], away.records("failback")
    rto = closing[-1].facts["rto_seconds"]
    assert isinstance(rto, float)
    assert f"| failback | sandbox | completed | {exact(rto)} | 0 s | `{closing[0].run}` |" in page
    assert ana.does("procedures", "--check", "--to", str(tmp_path)).code == 0
