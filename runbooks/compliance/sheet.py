"""The report as a PDF of a few pages: the summary, what was measured, and every control that did not simply pass.

Its length goes by the controls and runs, not by the number of recovery points. The same record gives the same bytes.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from runbooks.compliance.record import Report
from runbooks.compliance.words import NOT_MEASURED, moment, objective, value
from runbooks.report import TEMPLATES
from runbooks.timeline import exact

if TYPE_CHECKING:
    from fpdf import FPDF

Row = Sequence[str]
FONT, MARGIN, INK, SOFT = "DejaVu", 16, (26, 31, 37), (91, 101, 112)
COLOURS = {"pass": (24, 113, 74), "fail": (171, 42, 32), "excepted": (138, 90, 0), "no evidence": (91, 101, 112)}
MARKS = {"pass": "✓", "fail": "✗"}
LONGEST = 220
"""Characters of a cell: what a finding says in full is in the HTML page."""


def render(made: Report) -> bytes:
    sheet = _opened(made)
    _summary(sheet, made)
    _heading(sheet, "What was measured")
    _table(sheet, ("What", "Objective", "Measured", "Counted"), (52, 24, 22, 40), _figures(made))
    _heading(sheet, "Controls that did not simply pass")
    _table(sheet, ("Control", "Verdict", "Why"), (28, 16, 94), _exceptions(made))
    _heading(sheet, "Drills and recoveries")
    _table(sheet, ("Run", "Began", "Outcome", "Recovery time", "Loss"), (52, 30, 18, 20, 18), _runs(made))
    _heading(sheet, "How to check this report")
    _text(sheet, f"Evidence {made.bundle} of {made.about.period.name}; the SHA-256 of its manifest is {made.sha256}.")
    _text(sheet, "invoke report --check FOLDER says whether the evidence and this file are as they were signed; without AWS, too.")
    return bytes(sheet.output())


def _opened(made: Report) -> "FPDF":
    from fpdf import FPDF

    class Sheet(FPDF):
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font(FONT, size=8)
            self.set_text_color(*SOFT)
            said = f"{made.about.environment}, {made.about.period.name}, evidence {made.sha256[:16]}"
            self.cell(0, 5, said)
            self.cell(0, 5, f"{self.page_no()} of {{nb}}", align="R")

    sheet = Sheet(format="A4")
    sheet.set_creation_date(made.about.collected)
    sheet.set_title(f"Backup and recovery, {made.about.period.title}")
    sheet.set_lang("en")
    sheet.add_font(FONT, "", TEMPLATES / "fonts" / "DejaVuSansCondensed.ttf")
    sheet.add_font(FONT, "B", TEMPLATES / "fonts" / "DejaVuSansCondensed-Bold.ttf")
    sheet.set_margins(MARGIN, MARGIN)
    sheet.set_auto_page_break(True, margin=18)
    sheet.add_page()
    return sheet


def _summary(sheet: "FPDF", made: Report) -> None:
    about = made.about
    _write(sheet, f"Backup and recovery, {about.period.title}", 18, "B")
    _write(sheet, f"{about.environment}, account {about.account}; from signed evidence read on {moment(about.collected)}.", 9, colour=SOFT)
    for banner in _banners(made):
        _write(sheet, banner, 9, colour=COLOURS["excepted"])
    sheet.ln(3)
    for verdict, count in made.counts.items():
        _write(sheet, f"{count}  {verdict}", 13, "B", COLOURS[verdict])
    _write(sheet, f"of {len(made.controls)} controls", 9, colour=SOFT)


def _banners(made: Report) -> list[str]:
    about = made.about
    said = ["Measured in the sandbox, on one machine: not AWS's own times."] if about.sandbox else []
    if about.collected < about.period.until:
        said.append("The period had not ended when this was read.")
    if about.covered_since > about.period.since:
        said.append(f"Jobs before {moment(about.covered_since)} were not seen.")
    return [*said, *(f"{'Broken' if each.broken else 'Not seen'}: {each.name}: {each.why}"[:LONGEST] for each in made.troubles)]


def _figures(made: Report) -> list[Row]:
    shown = [figure for figure in made.figures if not figure.name.startswith("storage-")]
    return [(each.title, objective(each), value(each), each.counted) for each in shown]


def _exceptions(made: Report) -> list[Row]:
    rows: list[Row] = []
    for each in made.controls:
        if each.verdict == "pass":
            continue
        why = [f"{MARKS.get(one.verdict, '?')} {one.title}: {one.says}"[:LONGEST] for one in each.findings if one.verdict != "pass"]
        why += [f"accepted by {one.owner} until {one.until}: {one.reason}" for one in each.exceptions]
        rows.append((f"{each.framework} {each.control.id}", each.verdict, "\n".join(why)))
    return rows


def _runs(made: Report) -> list[Row]:
    return [
        (
            f"{run.command}\n{run.run}",
            moment(run.began),
            "; ".join(each for each in (run.outcome, run.why) if each),
            NOT_MEASURED if run.rto_seconds is None else exact(run.rto_seconds),
            NOT_MEASURED if run.rpo_seconds is None else exact(run.rpo_seconds),
        )
        for run in made.runs
    ]


def _heading(sheet: "FPDF", text: str) -> None:
    sheet.ln(4)
    _write(sheet, text, 12, "B")
    sheet.ln(1)


def _text(sheet: "FPDF", text: str) -> None:
    _write(sheet, text, 9)


def _write(sheet: "FPDF", text: str, size: int, style: Literal["", "B"] = "", colour: tuple[int, int, int] = INK) -> None:
    sheet.set_font(FONT, style, size)
    sheet.set_text_color(*colour)
    sheet.multi_cell(0, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")


def _table(sheet: "FPDF", head: Row, widths: Sequence[int], rows: Sequence[Row]) -> None:
    from fpdf.fonts import FontFace

    if not rows:
        _text(sheet, "None.")
        return
    sheet.set_font(FONT, size=8)
    sheet.set_text_color(*INK)
    sheet.set_draw_color(216, 221, 226)
    bold = FontFace(emphasis="BOLD", color=SOFT)
    with sheet.table(
        col_widths=tuple(widths), headings_style=bold, borders_layout="HORIZONTAL_LINES", line_height=4.2, padding=1, text_align="LEFT"
    ) as table:
        for cells in (head, *rows):
            row = table.row()
            for cell in cells:
                row.cell(cell, style=FontFace(color=COLOURS[cell]) if cell in COLOURS and cells is not head else None)
