"""One record, several formats: each well-formed, each saying the same, each the same bytes for the same evidence."""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from io import BytesIO, StringIO
from typing import Any

import pytest
from pypdf import PdfReader

from runbooks.compliance.bundle import SCHEMA, Manifest, evidence_in, files_of, listed
from runbooks.compliance.evidence import Evidence, newest_first
from runbooks.compliance.figures import Source
from runbooks.compliance.period import Period
from runbooks.compliance.record import report
from runbooks.compliance.safekeeping import Sealed
from runbooks.compliance.writing import FORMATS, formats, rendered
from runbooks.errors import Refused
from tests.runbooks.compliance.month import COLLECTED, EAST, WEST, a_good_month, about, at, job, point, run
from tests.runbooks.compliance.oscal import AssessmentResults

VOID = {"meta", "br"}
HOSTILE = '<script>alert("x")</script> größer 日本 =cmd|1'


def sealed(evidence: Evidence) -> Sealed:
    files = files_of(evidence)
    about = evidence.about
    made = Manifest(SCHEMA, "20261101T060000Z", about.period.name, "prod", about.collected, WEST, "arn", None, listed(files))
    return Sealed(evidence, made, files, {})


def written(evidence: Evidence, *wanted: str) -> dict[str, bytes]:
    return rendered(sealed(evidence), wanted or tuple(FORMATS))[1]


def a_bad_month() -> Evidence:
    """Failures, a hostile name, and things that nobody saw."""
    made = a_good_month(unseen={f"vault solemate-prod of {WEST}": HOSTILE})
    failed = job("backup", 1, at(date(2026, 10, 3), 9), "files", state="FAILED", message=HOSTILE)
    return replace(
        made,
        jobs=(*made.jobs, failed),
        points=(*made.points, point(7, COLLECTED, arn=f"arn:{HOSTILE}")),
        runs={
            **made.runs,
            **run("drill-bucket-emptied", at(date(2026, 10, 9), 6), "failed", why=HOSTILE, left_over=[HOSTILE], rto_seconds=2400.0),
        },
    )


MONTHS = {
    "a good month": a_good_month(),
    "a bad month": a_bad_month(),
    "an empty account": Evidence(about(), documents=a_good_month().documents),
    "one region": a_good_month(
        shelves=a_good_month().shelves[:1],
        unseen={f"{kind} jobs of {WEST}": "no answer" for kind in ("backup", "copy", "restore")},
    ),
    "a leap day": a_good_month(Period(date(2028, 2, 29), date(2028, 2, 29)), datetime(2028, 3, 1, 6, tzinfo=UTC)),
    "no drill": a_good_month(runs={}),
}


class Balanced(HTMLParser):
    """Reads a page and fails on what is not closed; notes ids, links to them, and headings."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.headings: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [each for each in (found.get("id"),) if each]
        href = found.get("href") or ""
        self.links |= {href[1:]} if href.startswith("#") else set()
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", MONTHS)
def test_the_page_is_well_formed_and_stands_alone(name: str) -> None:
    """Everything closed, every link inside leads somewhere, ids are unique, headings go down by one, nothing comes from elsewhere."""
    page = written(MONTHS[name], "html")["compliance.html"].decode()
    seen = Balanced()
    seen.feed(page.removeprefix("<!doctype html>"))
    assert seen.open == []
    assert len(seen.ids) == len(set(seen.ids))
    assert seen.links <= set(seen.ids)
    assert seen.headings[0] == 1
    assert all(below - above <= 1 for above, below in zip(seen.headings, seen.headings[1:], strict=False))
    assert "<script" not in page
    assert [word for word in ("http://", "src=", "@import", "url(") if word in page] == []


@pytest.mark.parametrize("name", MONTHS)
def test_oscal_is_what_nists_model_says(name: str) -> None:
    """Every field, and every control once, satisfied only where it passed."""
    content = json.loads(written(MONTHS[name], "oscal")["compliance.oscal.json"])["assessment-results"]
    made = AssessmentResults.model_validate(content)
    [result] = made.results
    record = report(MONTHS[name], "b", "0" * 64)
    states = [finding.target.status.state for finding in result.findings]
    assert states == ["satisfied" if each.verdict == "pass" else "not-satisfied" for each in record.controls]
    observed = {each.uuid for each in result.observations}
    assert {one.observation_uuid for each in result.findings for one in each.related_observations} <= observed
    resources = {f"#{each.uuid}" for each in made.back_matter.resources}
    assert {made.import_ap.href, *(one.href for each in result.observations for one in each.relevant_evidence or ())} <= resources


@pytest.mark.parametrize("name", MONTHS)
def test_the_same_evidence_gives_the_same_bytes(name: str) -> None:
    """In every format, also from what was written and read again."""
    first = written(MONTHS[name])
    assert written(evidence_in(files_of(MONTHS[name]))) == first
    assert set(first) == {f"compliance.{end}" for end in ("html", "pdf", "json", "csv", "oscal.json", "asff.json")}


def test_security_hub_hears_of_what_failed_and_of_nothing_else() -> None:
    """Within its limits, under an id that stays the same from month to month."""
    assert json.loads(written(a_good_month(), "asff")["compliance.asff.json"]) == []
    found = json.loads(written(a_bad_month(), "asff")["compliance.asff.json"])
    failed = {each.name for each in report(a_bad_month(), "b", "0" * 64).findings if each.verdict == "fail"}
    assert {each["Id"] for each in found} == {f"solemate-dr/prod/{name}" for name in failed}
    for each in found:
        assert (each["SchemaVersion"], each["Compliance"]["Status"], each["AwsAccountId"]) == ("2018-10-08", "FAILED", "123456789012")
        assert len(each["Title"]) <= 256
        assert len(each["Description"]) <= 1024
        assert 0 < len(each["Compliance"]["RelatedRequirements"]) <= 32


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    """Every line has every column, whatever stands in a name."""
    spoiled = replace(a_good_month(), verdicts=(), broken={"=cmd|' /C calc'!A1": "x"})
    rows = list(csv.reader(StringIO(written(spoiled, "csv")["compliance.csv"].decode(), newline="")))
    assert {len(row) for row in rows} == {8}
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))] == []
    assert any(cell.startswith("'=cmd") for row in rows for cell in row)


def test_the_pdf_has_the_summary_and_what_did_not_pass() -> None:
    """Readable text, non-ASCII letters included, and as long for a hundred thousand recovery points as for none."""
    made = a_bad_month()
    pages = PdfReader(BytesIO(written(made, "pdf")["compliance.pdf"])).pages
    text = "\n".join(page.extract_text() for page in pages)
    assert "Backup and recovery, October 2026" in text
    assert "soc2 A1.2" in text
    assert "größer" in text
    many = replace(made, points=tuple(point(number, at(date(2026, 10, 3), 5)) for number in range(3000)))
    assert len(PdfReader(BytesIO(written(many, "pdf")["compliance.pdf"])).pages) == len(pages)


def test_the_page_shows_ten_thousand_recovery_points() -> None:
    """Each once, the newest first, hostile names as text."""
    points = tuple(point(number, at(date(2026, 10, 1 + number % 28), number % 24), target="files") for number in range(10_000))
    page = written(a_good_month(points=tuple(newest_first(points))), "html")["compliance.html"].decode()
    assert page.count("<td class=number>") == 10_000
    first = page.index("<tbody>", page.index('id="points"'))
    assert page[first:].index("2026-10-28 ") < page[first:].index("2026-10-01 ")


IDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "jobs.jsonl": lambda each: each["id"],
    "points.jsonl": lambda each: each["arn"],
    "shelves.jsonl": lambda each: f"{each['region']} {each['name']}",
    "windows.jsonl": lambda each: f"{each['region']} {each['source']}",
    "lags.jsonl": lambda each: f"{each['name']} {each['region']} {each['at'][:13]}Z",
    "verdicts.jsonl": lambda each: each["key"],
    "kept.jsonl": lambda each: f"{each['region']} {each['name']}",
}
"""By what a report names the records of each file."""


def traced(sources: Iterable[Source], evidence: Evidence) -> list[str]:
    """Return the ids that lead nowhere: each must be that of a record of the file that it names."""
    files = files_of(evidence)
    promises = {f"{each['target']} {each['rule']}" for each in json.loads(files["about.json"])["promises"]}
    known = {file: {name(json.loads(line)) for line in files[file].splitlines()} for file, name in IDS.items()}
    known["about.json"] = {"documented", *promises}
    return [
        f"{source.file}: {one}"
        for source in sources
        for one in source.ids
        if f"{source.file}/{one}" not in files and one not in known.get(source.file, set())
    ]


@pytest.mark.parametrize("name", MONTHS)
def test_every_figure_leads_back_to_its_records(name: str) -> None:
    """Each id is that of a record in the evidence, and no number stands without one."""
    made = report(MONTHS[name], "b", "0" * 64)
    sources = [*(each.sources for each in made.figures), *(each.sources for each in made.findings)]
    assert [missing for each in sources for missing in traced(each, MONTHS[name])] == []
    unfounded = [each.name for each in made.figures if each.value is not None and not any(source.ids for source in each.sources)]
    unfounded += [each.name for each in made.findings if each.verdict == "pass" and not any(source.ids for source in each.sources)]
    assert unfounded in ([], ["evidence-intact"])  # an empty journal holds together, too


def test_the_figures_can_be_counted_again_from_the_evidence_alone() -> None:
    """By hand, from the lines of the files: success, the worst hour, the bytes of a vault."""
    made = a_bad_month()
    files, figures = files_of(made), {each.name: each for each in report(made, "b", "0" * 64).figures}
    jobs = [json.loads(line) for line in files["jobs.jsonl"].splitlines()]
    backups = [each for each in jobs if each["kind"] == "backup"]
    well = [each for each in backups if each["state"] == "COMPLETED"]
    assert figures["backup-success"].value == pytest.approx(100 * len(well) / len(backups))
    assert set(figures["backup-success"].sources[0].ids) == {each["id"] for each in backups}
    lags = [json.loads(line) for line in files["lags.jsonl"].splitlines()]
    assert figures["database-lag"].value == max(each["seconds"] for each in lags if each["what"] == "database")
    points = [json.loads(line) for line in files["points.jsonl"].splitlines()]
    east = sum(each["size"] for each in points if each["region"] == EAST)
    assert figures[f"storage-{EAST}-solemate-prod-warm"].value == east
    assert figures["rto"].value == 2400.0


def test_a_format_that_is_unknown_is_refused() -> None:
    """With those that there are; none named is all of them."""
    assert formats("") == tuple(FORMATS)
    assert formats("html, pdf,html") == ("html", "pdf")
    with pytest.raises(Refused, match="--format docx is unknown"):
        formats("docx")
