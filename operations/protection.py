"""`invoke backup`, `invoke restore` and `invoke verify`: one command each for whatever is protected."""

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK
from runbooks.exits import command

TARGET = {**STACK, "target": "database or application"}


def _unknown(target: str) -> Exception:
    from runbooks.errors import Refused

    return Refused(f"--target {target} is unknown", "choose database or application")


@task(help={**TARGET, "type": "full, incremental (since the last backup) or differential (since the last full one)"})
@command
def backup(_: Context, target: str, type: str = "", stack: str = "prod", json: bool = False) -> int:  # noqa: A002 - the option's name
    """Make a backup now; repeating it within the hour is harmless."""
    from operations import application

    match target:
        case "application":
            return application.back_up(type, stack, json)
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
        "at": "the newest backup at or before this moment, in UTC",
        "to": "a directory that is not there yet, or empty",
        "replace": "write over what an earlier restore left in it",
        "region": "the region whose bucket to read (default: the active one)",
    }
)
@command
def restore(
    _: Context, target: str, at: str = "", to: str = "", replace: bool = False, region: str = "", stack: str = "prod", json: bool = False
) -> int:
    """Bring back what was lost, beside what is there; nothing is written over without the word."""
    from operations import application

    match target:
        case "application":
            return application.restore(at, to, replace, region, stack, json)
        case _:
            raise _unknown(target)
