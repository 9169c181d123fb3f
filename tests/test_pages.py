"""Pages that people follow: every command on them exists, with the options they name, and every link leads somewhere."""

import re
from pathlib import Path

import pytest
from invoke.exceptions import ParseError

from settings import HERE
from tests import pages

READ = [*pages.PAGES, HERE / "README.md", HERE / "CONTRIBUTING.md"]
MISSING = "did not receive required positional arguments"


@pytest.mark.parametrize("page", READ, ids=lambda page: page.name)
def test_what_a_page_tells_to_type_can_be_typed(page: Path) -> None:
    """Each command in a code block is one of ours, with options it knows and all that it needs."""
    text = page.read_text(encoding="utf-8")
    for line in (*pages.typed(text), *(each.words for each in pages.shown(text))):
        if not line[0].startswith("-"):  # invoke's own: --list, --help
            pages.parse(line)


@pytest.mark.parametrize("page", READ, ids=lambda page: page.name)
def test_what_a_page_speaks_of_exists(page: Path) -> None:
    """A command named in the midst of a sentence is one of ours, with options it knows; what it needs may be left out."""
    wrong = [why for line in pages.spoken(page.read_text(encoding="utf-8")) if not line[0].startswith("-") and (why := unknown(line))]
    assert not wrong


def unknown(line: tuple[str, ...]) -> str:
    """Return what invoke does not know in *line*, if anything."""
    try:
        pages.parse(line)
    except ParseError as error:
        return "" if MISSING in str(error) else f"{' '.join(line)}: {error}"
    return ""


def test_a_wrong_option_is_noticed() -> None:
    """A page cannot name what the commands do not know."""
    (line,) = pages.typed("text\n\n    invoke failover --region us-west-2 --quickly\n")
    with pytest.raises(ParseError, match="quickly"):
        pages.parse(line)


def test_the_pages_have_commands() -> None:
    """None of the pages that people follow is empty of what to type."""
    found = {page.name: len(pages.typed(page.read_text(encoding="utf-8"))) for page in pages.PAGES}
    for name, least in {"recovery-procedures.md": 20, "backup-procedures.md": 15, "testing-procedures.md": 10, "training.md": 30}.items():
        assert found[name] >= least


@pytest.mark.parametrize("page", READ, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A file of the repository, and in a page a heading that is there."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), link
        assert not anchor or anchor in pages.anchors(there), link
