"""The game day, line by line as its page has it, with somebody who types each name that is asked for."""

import re

import pytest

from names import Names
from settings import HERE
from tests import pages
from tests.scenarios.stage import Ended, Operator, Stage, eventually

PAGE = (HERE / "procedures" / "training.md").read_text(encoding="utf-8")
TASKS: dict[str, str] = dict(re.findall(r"^## (\d\. .+)\n((?:(?!^## ).*\n)*)", PAGE, re.MULTILINE))
REFUSED = {
    "5. Files": ["restore --target files --kind media --before game day --replace --dry-run"],
    "6. The standby is lost": ["check-readiness", "backups --target database", "failover --region us-west-2 --dry-run"],
}
"""What the page says is refused, or incomplete."""


def types(operator: Operator, words: tuple[str, ...]) -> tuple[Ended, str]:
    """Type *words*, and the name that is asked for; return how that ended, and the name."""
    ended = operator.does(*words)
    asked = re.search(r"^Try: repeat with --yes (\S+)$", ended.err, re.MULTILINE)
    return (operator.does(*words, "--yes", asked[1]), asked[1]) if asked else (ended, "")


def goes(operator: Operator, task: str, restored: str) -> list[str]:
    """Type the lines of *task* one after the other; return those that did not end well. NAME is what a restore was called."""
    name, refused = "", list[str]()
    for line in pages.typed(TASKS[task]):
        words = tuple(word.replace("NAME", name) for word in line)
        ended, asked = types(operator, words)
        if ended.code and refused and words == ("check-readiness",):  # the standby is just back: repeated, as the page says
            eventually(lambda: operator.does("check-readiness").code == 0, "the standby to be ready again", within=90)
            continue
        if asked.startswith(restored):
            name = asked
        if ended.code and words[0] != "status":  # nobody has backed the application up there, so it is not healthy
            refused.append(" ".join(words))
    return refused


def test_every_task_of_the_game_day_is_known_here() -> None:
    """Six tasks; of the third, Ctrl-C in the midst of a run, the scenarios of paused runs tell."""
    assert [title[0] for title in TASKS] == ["1", "2", "3", "4", "5", "6"]
    assert set(REFUSED) <= set(TASKS)


@pytest.mark.parametrize("first", ["12", "456"])
def test_a_game_day_goes_as_its_page_says(stage: Stage, first: str) -> None:
    """Each line does what the task needs, and only what the page says is refused is refused; the day leaves the sandbox whole."""
    ana = stage.known("ana")
    with stage.shoppers():
        for task in TASKS:
            if task[0] in first:
                assert goes(ana, task, Names(stage.chosen).restored_databases.rstrip("*")) == REFUSED.get(task, [])
    assert stage.is_whole()
