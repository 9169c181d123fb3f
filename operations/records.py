"""The commands that read what was recorded and measured, and say so to others."""

from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import RUN, STACK, desk, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    from runbooks.compliance.writing import Written

REPORTS = "build/reports"


@task(
    help={
        **STACK,
        "period": "a month (2026-10, this, last) or two days (2026-10-01/2026-10-15): what was measured, against the frameworks' controls",
        "format": "html, pdf, json, csv, oscal, asff, divided by commas (default: all)",
        "check": "a report's folder, or one of its files: say whether it and its evidence are as they were signed",
        "run": "one run instead of a period (default: the newest failover and failback)",
        "to": "the file to write; for a period the folder",
    }
)
@command
def report(
    _: Context,
    period: str = "",
    format: str = "",  # noqa: A002 - the option's name
    check: str = "",
    run: str = "",
    to: str = "",
    stack: str = "prod",
    json: bool = False,
) -> int:
    """Report on a period, from signed evidence; or on single runs, from the journal; or --check a report."""
    if check:
        return _check(check, stack, json)
    if period:
        return _report_on_period(period, format, to, stack, json)
    return _report_on_runs(run, to or "build/report.html", stack, json)


def _report_on_runs(run: str, to: str, stack: str, json: bool) -> int:
    from runbooks import commands, terminal

    stories, file = commands.write_report(desk(stack), run, to)
    if json:
        terminal.print_json(stories)
    else:
        open_console(json).print(f"{file} tells of {', '.join(story.run for story in stories)}.")
    return 0


def _report_on_period(period: str, format_: str, to: str, stack: str, json: bool) -> int:
    from runbooks import terminal
    from runbooks.compliance import collect, safekeeping, writing
    from runbooks.compliance import period as periods

    at = desk(stack)
    now = at.clock.now()
    asked, wanted = periods.period(period, now), writing.formats(format_)
    folder = Path(to or f"{REPORTS}/{at.names.settings.environment}/{asked.name}/{now:%Y%m%dT%H%M%SZ}")
    writing.check_target(folder)
    out = open_console(json)
    with out.status(f"Reading the evidence of {asked.title}"):
        door = at.reach.door(at.names.settings.recovery_region)
        keeper = safekeeping.Keeper(at.names, door, at.journals.bucket)
        sealed = keeper.sealed(collect.collect(at.reach, at.journals.bucket, asked, at.clock), now)
        made = writing.write(keeper, sealed, wanted, folder)
    if json:
        terminal.print_json({"folder": made.folder, "files": made.files, "kept": made.kept, "counts": made.report.counts})
    else:
        out.print(_spoken(made))
    return 0


def _spoken(made: "Written") -> str:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in made.report.counts.items())
    failed = [each for each in made.report.findings if each.verdict == "fail"]
    reasons = dict.fromkeys((each.broken, each.why) for each in made.report.troubles)
    troubles = [
        f"{'Broken' if broken else 'Not seen'}: {', '.join(each.name for each in made.report.troubles if each.why == why)}: {why}"
        for broken, why in reasons
    ]
    return "\n".join(
        (
            f"{made.report.about.period.title}: {counts}, of {len(made.report.controls)} controls.",
            *troubles,
            *(f"✗ {each.title}: {each.says}" for each in failed),
            f"{made.folder} holds {', '.join(made.files)} and the evidence; it is kept under lock in {made.kept}",
        )
    )


def _check(path: str, stack: str, json: bool) -> int:
    from names import Names
    from runbooks import terminal
    from runbooks.compliance.check import check
    from settings import load, stack_file

    found = check(Path(path), Names(load(stack_file(stack))))
    well = all(each.well for each in found)
    if json:
        terminal.print_json(found)
    else:
        open_console(json).print("\n".join((*(each.spoken() for each in found), "Intact." if well else "NOT intact.")))
    return 0 if well else 1


@task(help={**STACK, "period": "the month (2026-10, this, last) or days (2026-10-01/2026-10-15) to learn from (default: the last 30 days)"})
@command
def recommend(_: Context, period: str = "", stack: str = "prod", json: bool = False) -> None:
    """Say what would bring recovery time, loss, cost or compliance nearer to the objectives, and by which evidence."""
    from datetime import timedelta

    from runbooks import terminal
    from runbooks.compliance import collect
    from runbooks.compliance import period as periods
    from runbooks.compliance.recommend import recommendations

    at = desk(stack)
    now = at.clock.now()
    asked = periods.period(period, now) if period else periods.Period((now - timedelta(days=29)).date(), now.date())
    out = open_console(json)
    with out.status(f"Reading the evidence of {asked.title}"):
        found = recommendations(collect.collect(at.reach, at.journals.bucket, asked, at.clock), at.names.settings)
    if json:
        terminal.print_json(found)
        return
    for each in found:
        out.print(f"[bold]{each.aim}[/]: {each.do}\n  because {each.because}\n  effect  {each.effect}", highlight=False)
    if not found:
        out.print(f"{asked.title} gives no reason to change anything.")


@task(help={**STACK, "local-journal": RUN["local-journal"]})
@command
def runs(_: Context, stack: str = "prod", local_journal: str = "", json: bool = False) -> None:
    """List the runs in the journal, newest first, and check that each one's records hold together."""
    from runbooks import commands, terminal

    listed = commands.list_runs(desk(stack, local_journal))
    if json:
        terminal.print_json(listed)
    else:
        terminal.show_runs(open_console(json), listed)
