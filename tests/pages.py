"""What a page tells people to type, and what it shows of the answer."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from invoke.collection import Collection
from invoke.parser import Parser
from invoke.parser.context import ParserContext

import tasks
from settings import HERE

PAGES = sorted((HERE / "procedures").glob("*.md"))
TYPED = re.compile(r"^ {4}(?:\.venv/bin/)?invoke (.+)$", re.MULTILINE)
SPOKEN = re.compile(r"`(?:\.venv/bin/)?invoke ([^`]+)`")
CONSOLE, END, PROMPT = "```console\n", "\n```", "$ invoke "
STEP = re.compile(r"^\| `([\w-]+)`(?: °)? \| (.+?) \|", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A command, the lines that the page shows of its answer, and the steps (name and words) of the table that follows."""

    words: tuple[str, ...]
    output: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]


def typed(page: str) -> list[tuple[str, ...]]:
    """Return the commands of *page*'s code blocks, each as its words."""
    return [words(line) for line in TYPED.findall(page)]


def spoken(page: str) -> list[tuple[str, ...]]:
    """Return the commands that *page* names in the midst of a sentence; some leave out what must be given."""
    return [words(line) for line in SPOKEN.findall(page)]


def shown(page: str) -> Iterator[Shown]:
    """Yield the commands whose output *page* shows."""
    for block in page.split(CONSOLE)[1:]:
        said, _, after = block.partition(END)
        line, *output = said.splitlines()
        table = re.split(r"^#", after, maxsplit=1, flags=re.MULTILINE)[0]
        yield Shown(words(line.removeprefix(PROMPT)), tuple(output), tuple(STEP.findall(table)))


def words(line: str) -> tuple[str, ...]:
    return tuple(shlex.split(line, comments=True))


def parse(line: tuple[str, ...]) -> None:
    """Raise invoke's own :class:`ParseError` for a command, an option or a value that it does not know."""
    Parser(contexts=Collection.from_module(tasks).to_contexts(), initial=ParserContext()).parse_argv(list(line))


def anchors(page: Path) -> set[str]:
    """Return what can be linked to in *page*, as GitHub names its headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
