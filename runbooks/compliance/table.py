"""The report as a table for a spreadsheet: a line for each finding of each control, and one for each figure."""

import csv
from io import StringIO

from runbooks.compliance.record import Report
from runbooks.compliance.words import objective, value

HEAD = ("kind", "framework", "name", "verdict", "finding", "finding_verdict", "says", "records")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(made: Report) -> bytes:
    lines: list[tuple[object, ...]] = [HEAD]
    for each in made.controls:
        for finding in each.findings:
            counted = sum(len(source.ids) for source in finding.sources)
            lines.append(("control", each.framework, each.control.id, each.verdict, finding.name, finding.verdict, finding.says, counted))
    for figure in made.figures:
        met = "" if figure.met is None else "pass" if figure.met else "fail"
        said = f"{value(figure)} ({figure.counted})" + (f", {objective(figure)}" if figure.objective is not None else "")
        lines.append(("figure", "", figure.name, met, "", "", said, sum(len(source.ids) for source in figure.sources)))
    out = StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([_safe(str(cell)) for cell in line] for line in lines)
    return out.getvalue().encode()


def _safe(cell: str) -> str:
    """Return *cell* so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
