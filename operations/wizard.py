"""The wizard: what was lost, since when, what fits, and then the same commands that could have been typed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    from datetime import datetime

    from runbooks.commands import Desk
    from runbooks.databases.candidates import Candidate
    from runbooks.dialogue import Dialogue

SHOWN = 9
"""Choices at a time: what fits on a screen, the best first."""


@task(help={"stack": STACK["stack"]})
@command
def wizard(context: Context, stack: str = "prod") -> int:
    """Ask what was lost and since when, show what fits and what each choice loses, and bring it back; for a terminal."""
    from runbooks.dialogue import Dialogue

    at, talk = desk(stack), Dialogue(open_console(to_json=False), input)
    talk.say("Nothing is changed before you confirm it. q leaves, from anywhere.")
    ways = {
        "rows, tables or the whole database": lambda: _database(at, talk, stack),
        "files: media, uploads, static assets or CDN content": lambda: _files(at, talk, stack),
        "the application: code, configuration, images, packages": lambda: _application(talk, stack),
        "a whole region": lambda: _region(context, at, talk, stack),
    }
    return list(ways.values())[talk.choose("What was lost?", list(ways))]()


def _database(at: "Desk", talk: "Dialogue", stack: str) -> int:
    """Find the moment, show every way back to it in both regions, restore the chosen one, and put it in place if that is wanted."""
    from operations import database

    found = _ways_back(at, talk, _moment(at, talk))
    if not found:
        talk.say("Nothing that is kept goes back that far. What there is: invoke backups --target database")
        return 1
    best = found[talk.choose("Which way back? The first loses least.", [each.spoken() for each in found], default=1)]
    log, here = best.kind.endswith("log"), best.region == at.names.settings.active_region
    replace = here and talk.agree("Put it in the place of the database once it was looked into? The old one is kept, read-only")
    given = {"at": f"{best.moment:%FT%TZ}" if log else "", "point": "" if log else best.origin, "region": best.region, "replace": replace}
    _spoken(talk, "restore --target database", given, stack)
    asked = database.Asked(at=str(given["at"]), point=str(given["point"]), region=best.region)
    return database.restore(asked, replace, resume=False, dry_run=False, yes="", stack=stack, json=False)


def _moment(at: "Desk", talk: "Dialogue") -> "datetime | None":
    """Return the last moment at which all was well; None when nobody knows."""
    from runbooks import backups, markers

    marked = markers.marked(at.journals.first)[:SHOWN]
    how = ["at a moment that I know, or so long ago", *(f"before: {each.spoken()}" for each in marked), "I do not know: show all there is"]
    chosen = talk.choose("When was it last well?", how)
    if chosen == 0:
        now = at.clock.now()
        asked = "The moment, in UTC, such as 2026-11-22T10:04:59Z, or its age, such as 20m"
        return talk.ask(asked, lambda text: backups.moment("at", text, now))
    return markers.last_second_before(marked[chosen - 1].at) if chosen <= len(marked) else None


def _ways_back(at: "Desk", talk: "Dialogue", moment: "datetime | None") -> "list[Candidate]":
    from runbooks.databases.candidates import candidates
    from runbooks.errors import AwsError

    active = at.names.settings.active_region
    found: list[Candidate] = []
    for region in (active, at.names.settings.other_region(active)):
        try:
            found += candidates(at.reach, at.journals.first, at.clock.now(), region, moment)
        except AwsError as error:
            talk.say(f"{region} cannot be looked at: {error.message}")
    return sorted(found, key=lambda each: (each.loss, each.region != active))[:SHOWN]


def _files(at: "Desk", talk: "Dialogue", stack: str) -> int:
    """Find which files and the moment, show where they can come from, and bring them back beside or where they were."""
    from operations import files
    from runbooks.errors import AwsError
    from runbooks.existing import chosen
    from runbooks.files.sources import sources, versions

    kinds = chosen(at.names, ())
    kind = kinds[talk.choose("Which files?", kinds)]
    prefix = talk.ask("Which of them begin with what? Enter: all", lambda text: text)
    moment = _moment(at, talk)
    if moment is None:
        talk.say("A version is chosen by its moment. When was the newest change? aws s3api list-object-versions shows it")
        return 1
    try:
        ways = sources(at.reach, at.journals.first, at.clock.now(), kind, moment)
    except AwsError as error:
        talk.say(f"Backups cannot be listed: {error.message}")
        ways = versions(at.names, kind, at.names.settings.active_region, moment, at.clock.now())
    way = ways[talk.choose("From where?", [each.spoken() for each in ways[:SHOWN]], default=1)]
    replace = talk.agree("Put them where they were? What is there now stays as an older version. No: beside, under a prefix")
    source = "" if way.point else way.word
    given = {"kind": kind, "prefix": prefix, "source": source, "point": way.point, "at": f"{moment:%FT%TZ}", "replace": replace}
    _spoken(talk, "restore --target files", given, stack)
    asked = files.Asked(at=str(given["at"]), kind=kind, prefix=prefix, source=source, point=way.point, replace=replace)
    return files.restore(asked, resume=False, dry_run=False, yes="", stack=stack, json=False)


def _application(talk: "Dialogue", stack: str) -> int:
    """Show the newest backups of the application, and bring the chosen one back into a directory."""
    from operations import application
    from runbooks.application.archive import Archive
    from runbooks.signed import moment_of

    names = Archive(application.place("", stack)).listing().backups[::-1][:SHOWN]
    if not names:
        talk.say("No backup of the application is kept. Make one: invoke backup --target application")
        return 1
    name = names[talk.choose("Which backup? The first is the newest.", names, default=1)]
    to = talk.ask("A directory that is not there yet", lambda text: text, default=f"restored-{name}")
    given = {"at": moment_of(name).isoformat(), "to": to}
    _spoken(talk, "restore --target application", given, stack)
    if not talk.agree("Restore it there?"):
        return 1
    return application.restore(given["at"], to, replace=False, region="", stack=stack, json=False)


def _region(context: Context, at: "Desk", talk: "Dialogue", stack: str) -> int:
    """Show whether the other region could take over, and hand over to the failover, which shows its plan and asks again."""
    from operations.incident import failover
    from runbooks import commands, terminal

    regions = at.names.settings.regions
    lost = regions[talk.choose("Which region?", regions)]
    target = at.names.settings.other_region(lost)
    talk.say(f"Could {target} take over now?")
    terminal.show_findings(open_console(to_json=False), commands.check_readiness(at, target))
    _spoken(talk, "failover", {"region": target}, stack)
    if not talk.agree("Show the plan of this failover? It asks again before anything is done"):
        return 1
    failover(context, region=target, stack=stack)
    return 0


def _spoken(talk: "Dialogue", name: str, given: Mapping[str, object], stack: str) -> None:
    """Say what could be typed instead, now or on another machine."""
    from shlex import quote

    words = [f"--{option}" + ("" if value is True else f" {quote(str(value))}") for option, value in given.items() if value]
    words += [f"--stack {stack}"] if stack != "prod" else []
    talk.say(" ".join(["The same by hand: invoke", name, *words]))
