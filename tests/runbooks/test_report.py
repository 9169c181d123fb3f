"""The report: one page that stands alone, says what was measured, and never more."""

from dataclasses import replace
from html.parser import HTMLParser

from runbooks.report import Observed, Row, render, rows
from runbooks.story import Measured, story
from tests.runbooks.histories import DECLARED, EAST, WEST, failback, failover


class Page(HTMLParser):
    """What a reader of a page would meet: text, and whatever it would fetch from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.fetched += [
            f"{tag} {name}={value}" for name, value in attrs if name in ("src", "href", "xlink:href") and value and value[0] != "#"
        ]
        self.fetched += [tag] if tag in ("script", "link", "iframe", "object", "embed", "img") else []

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def measured(rows: list[Row]) -> dict[str, str]:
    return {row.name: row.measured for row in rows}


def test_several_runs_stand_on_one_page() -> None:
    """The demo's failover and failback share a title, a summary and a sandbox banner."""
    page = Page(render([story(failover().records), story(failback().records)]))
    assert f"Failover, {EAST} → {WEST}" in page.text
    assert f"Failback, {WEST} → {EAST}" in page.text
    assert "Sandbox Measured on one machine" in page.text
    assert "Made from the journal of 2 runs" in page.text


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """An auditor opens it years later, without a network: no script, no image, no style sheet, no link out."""
    html = render([story(failover().records)])
    assert Page(html).fetched == []
    assert "url(" not in html
    assert "@import" not in html


def test_objectives_stand_beside_what_was_measured() -> None:
    """RTO and RPO with their verdicts, and the orders that shoppers lost."""
    found = rows(story(failover().records), Observed(DECLARED, 1460, 9, 10.8))
    assert (found[0].objective, found[0].measured, found[0].met) == ("within 30 min", "8.2 s", True)
    assert (found[1].objective, found[1].measured, found[1].met) == ("within 15 min", "91 ms", True)
    assert measured(found)["Orders lost"] == "9 of 1,460 acknowledged"
    assert measured(found)["Shoppers without service"] == "10.8 s"


def test_what_was_not_measured_says_so() -> None:
    """A run that never closed, and a drill without shoppers, show no number."""
    unfinished = rows(story(failover().records[:6]), Observed())
    assert set(measured(unfinished).values()) == {"not measured"}
    assert {row.verdict for row in unfinished} == {"unknown"}


def test_a_missed_objective_is_not_softened() -> None:
    """Above the objective the word is "missed"."""
    told = replace(story(failover().records), measured=Measured(rto=2400.0, rpo=1.0, rto_met=False, rpo_met=True))
    assert "40 min missed" in Page(render([told])).text


def test_a_fence_claims_no_recovery() -> None:
    """A run that moves no shoppers has a length, and neither RTO nor RPO."""
    told = replace(story(failover().records), command="fence")
    assert [row.name for row in rows(told, Observed())] == ["Whole run"]
    assert "RTO)" not in Page(render([told, told])).text


def test_a_production_run_has_no_sandbox_banner() -> None:
    """The banner stands exactly where it is true."""
    assert "Sandbox" not in Page(render([replace(story(failover().records), environment="prod")])).text


def test_every_step_is_in_the_table_with_what_became_of_it() -> None:
    """Errors, reasons, interrupted attempts and steps that never started are all there."""
    page = Page(render([story(failback().records), story(failover().records[:6])]))
    assert "not measured interrupted" in page.text
    assert "skipped the topic is being rebuilt" in page.text
    assert "again, by jon@desk-2" in page.text
    assert "not started" in page.text
    assert "rds in us-east-1: no answer (ReadTimeoutError)" in Page(render([story(failover().records)])).text


def test_a_broken_chain_is_shouted() -> None:
    """A page made from altered records tells its reader not to rely on it."""
    records = failover().records
    records[5] = replace(records[5], seconds=1.0)
    text = Page(render([story(records)])).text
    assert "The chain of records is broken" in text
    assert "Do not rely on this page" in text


def test_what_people_typed_cannot_become_markup() -> None:
    """A reason is text, whatever it contains."""
    history = failover()
    history.add(9.0, "paused", facts={"why": "<script>alert(1)</script>"})
    html = render([story(history.records)])
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
