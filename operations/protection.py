"""`invoke backup`, `invoke restore` and `invoke verify`: one command each for whatever is protected."""

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK
from runbooks.exits import command

TARGET = {**STACK, "target": "database or application"}


def _unknown(target: str) -> Exception:
    from runbooks.errors import Refused

    return Refused(f"--target {target} is unknown", "choose database or application")


def _not_for(target: str, **given: str | bool) -> None:
    """Refuse options that another target alone knows."""
    from runbooks.errors import Refused

    used = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if used:
        raise Refused(f"{', '.join(used)} means nothing for --target {target}", "leave it out; see invoke --help")


@task(
    help={
        **TARGET,
        "type": "application: full, incremental (since the last backup) or differential (since the last full one). "
        "database: incremental (a snapshot, of which AWS stores what changed since the one before; the default), "
        "differential (the continuous log: waits until it has passed this moment) or full (an export of every row)",
        "wait": "database: follow it to its end; what is left with --no-wait is picked up by repeating the command within the hour",
    }
)
@command
def backup(_: Context, target: str, type: str = "", wait: bool = True, stack: str = "prod", json: bool = False) -> int:  # noqa: A002 - the option's name
    """Make a backup now; repeating it within the hour is harmless."""
    from operations import application, database

    match target:
        case "application":
            _not_for(target, no_wait=not wait)
            return application.back_up(type, stack, json)
        case "database":
            return database.back_up(type, wait, stack, json)
        case _:
            raise _unknown(target)


@task(
    help={
        **TARGET,
        "at": "application: the newest backup at or before this moment, in UTC; database: the moment that it was restored to",
        "instance": "database: a restored instance (default: the database itself)",
        "region": "the region to look in (default: the active one; of a restore test, the standby's)",
        "restore-job": "the restore job of a test, instead of a target: AWS Backup is told what was found",
    }
)
@command
def verify(
    _: Context,
    target: str = "",
    at: str = "",
    instance: str = "",
    region: str = "",
    restore_job: str = "",
    stack: str = "prod",
    json: bool = False,
) -> int:
    """Check that a backup could be restored, or that what was restored is as it should be; exits 1 when anything is wrong."""
    from operations import application, database, validation

    match target:
        case "" if restore_job:
            return validation.validate(restore_job, region, stack, json)
        case "application":
            return application.verify(at, region, stack, json)
        case "database":
            return database.verify(instance, at, region, stack, json)
        case _:
            raise _unknown(target)


@task(
    help={
        **TARGET,
        "at": "the moment to restore to, in UTC, such as 2026-11-22T10:04:59Z; of the application, the newest backup at or before it",
        "before": "database: restore to just before the newest marker that says this (see invoke mark)",
        "dry-run": "database: show the plan and change nothing",
        "point": "database: the ARN of a recovery point to restore instead (see invoke backups)",
        "region": "where to restore, or whose bucket to read (default: the active one)",
        "replace": "write over what an earlier restore left in --to; database: put what was restored in the original's place",
        "resume": "database: carry on with the unfinished run",
        "subnet-group": "database: where to put it (default: the subnet group of the database in that region)",
        "to": "a directory that is not there yet, or empty; database: the restored instance's name",
        "yes": "database: the name that is asked for, instead of being asked for it",
    }
)
@command
def restore(
    _: Context,
    target: str,
    at: str = "",
    before: str = "",
    point: str = "",
    to: str = "",
    replace: bool = False,
    region: str = "",
    subnet_group: str = "",
    dry_run: bool = False,
    resume: bool = False,
    yes: str = "",
    stack: str = "prod",
    json: bool = False,
) -> int:
    """Bring back what was lost, beside what is there; nothing is written over without the word."""
    from operations import application, database

    match target:
        case "application":
            _not_for(target, before=before, point=point, subnet_group=subnet_group, dry_run=dry_run, resume=resume, yes=yes)
            return application.restore(at, to, replace, region, stack, json)
        case "database":
            wish = database.Asked(at, before, point, to, region, subnet_group)
            return database.restore(wish, replace, resume, dry_run, yes, stack, json)
        case _:
            raise _unknown(target)
