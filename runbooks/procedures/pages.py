"""The pages that people follow, from templates: steps and estimates out of the plans, sample output out of the terminal's own code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

from rich.console import Console

from names import Names
from runbooks import terminal
from runbooks.clock import spoken
from runbooks.commands import Prepared, Status
from runbooks.plan import Plan
from runbooks.procedures import plans, worlds
from runbooks.procedures.exercised import Exercised
from runbooks.readiness import findings
from runbooks.report import TEMPLATES, seconds

PAGES = ("recovery-procedures.md", "backup-procedures.md", "testing-procedures.md")
WIDTH = 160


def render(names: Names, exercised: Sequence[Exercised]) -> Mapping[str, str]:
    """Return each page by its file's name; the same settings and runs give the same pages."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "procedures"),
        autoescape=False,  # noqa: S701 - Markdown, of nothing but our own settings and runs
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"spoken": spoken, "seconds": seconds, "moments": _moments, "interruption": interruption}
    about = {"names": names, "settings": names.settings, "plans": plans.shown(names), "exercised": exercised, "said": said(names)}
    return {page: environment.get_template(f"{page}.j2").render(about) for page in PAGES}


def interruption(plan: Plan) -> timedelta:
    """Return how long shoppers wait, by the estimates: from the step that takes the service away to the one that brings it back."""
    out = next(step for step in plan.steps if step.name == plan.out)
    return plan.estimate() - replace(plan, green=plan.out).estimate() + out.estimate


def said(names: Names) -> Mapping[str, str]:
    """Return what commands print on the example worlds, by the key of each in the templates."""
    standby, well, dark = names.settings.recovery_region, worlds.healthy(names), worlds.lost(names)
    kept = plans.shown(names)
    return {
        "status": _printed(lambda out: out.print(terminal.status_view(Status(well, None, None, "", ""), names))),
        "status_lost": _printed(lambda out: out.print(terminal.status_view(Status(dark, None, None, "", ""), names))),
        "readiness": _printed(lambda out: terminal.show_findings(out, findings(well, names, standby))),
        **{key: _in_short(each.plan) for key, each in kept.items()},
    }


def _in_short(plan: Plan) -> str:
    """Return what a command says of *plan* before it asks, without the steps, which the page shows as a table."""
    lines = _printed(lambda out: terminal.show_plan(out, Prepared(plan, "", {}, lambda _: None))).splitlines()
    return "\n".join((lines[0], *lines[-2:]))


def _printed(show: Callable[[Console], None]) -> str:
    out = StringIO()
    show(Console(file=out, highlight=False, soft_wrap=True, width=WIDTH, color_system=None))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _moments(known: Sequence[Exercised], *commands: str) -> list[Exercised]:
    """Return the runs of *commands*, in their order."""
    return [each for command in commands for each in known if each.command == command]


def write(pages: Mapping[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def different(pages: Mapping[str, str], folder: Path) -> list[str]:
    """Return which of *pages* are not in *folder* as they should be."""
    return [name for name, text in pages.items() if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text]
