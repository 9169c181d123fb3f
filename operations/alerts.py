"""The command about alerts: show them, try whether they arrive, or change in the settings who is told and when."""

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console, show_change
from runbooks.exits import command


@task(
    help={
        **STACK,
        "test": "raise this alarm, or all, and see it arrive in a queue; everybody who is subscribed is told too",
        "yes": "what --test names again, instead of being asked for it",
        "create": "a mailbox or a page of https to tell from now on",
        "update": "success-within=HOURS, monthly-budget=DOLLARS, or an address that is told =the one to tell instead",
    }
)
@command
def alerts(_: Context, test: str = "", yes: str = "", create: str = "", update: str = "", stack: str = "prod", json: bool = False) -> int:
    """Show every alarm, event rule and subscription, and whom it reaches; or test an alarm's whole path; or change them in the settings."""
    from runbooks.errors import Refused

    if sum(map(bool, (test, create, update))) > 1:
        raise Refused("--test, --create and --update are different things", "give one of them")
    if create or update:
        return _change(stack, create, update, json)
    return _test(stack, test, yes, json) if test else _list(stack, json)


def _list(stack: str, json: bool) -> int:
    from runbooks.alerts import show
    from runbooks.alerts.look import look, wrong
    from runbooks.console import print_json

    at = desk(stack)
    found = look(at)
    if json:
        print_json(show.as_record(found, at.names))
    else:
        open_console(json).print(show.screen(found, at.names))
    return 1 if any(wrong(found, at.names)) else 0


def _test(stack: str, test: str, yes: str, json: bool) -> int:
    from secrets import token_hex

    from runbooks import typed
    from runbooks.alerts import show, trial
    from runbooks.alerts.look import look
    from runbooks.console import print_json

    at, out = desk(stack), open_console(json)
    alarms = trial.chosen(look(at), test, at.names)
    out.print(f"Raised: {len(alarms)} of the alarms. Whoever is subscribed is told of each, and of its end.")
    typed.confirmed(test, yes)
    tried = trial.tried(at.reach, alarms, token_hex(4))
    if json:
        print_json(tried)
    else:
        out.print(show.outcomes(tried))
    return 0 if all(each.seconds is not None for each in tried) else 1


def _change(stack: str, create: str, update: str, json: bool) -> int:
    """Write the change into the stack's file, unless the settings would have a fault; print the lines that differ."""
    import settings
    import settings_file
    from runbooks.alerts import changes
    from runbooks.console import print_json

    file = settings.stack_file(stack)
    if create:
        text, after = settings_file.added(file, changes.created(create), create)
    else:
        text, after = settings_file.changed(file, dict([changes.updated(update, settings.load(file).monitoring)]))
    show_change(open_console(json), file, text, stack)
    if json:
        print_json(after.monitoring.model_dump())
    return 0
