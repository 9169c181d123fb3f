"""`invoke backup`, `invoke restore` and `invoke verify`: one command each for whatever is protected."""

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK
from runbooks.exits import command

TARGET = {**STACK, "target": "database, files or application"}


def _unknown(target: str) -> Exception:
    from runbooks.errors import Refused

    return Refused(f"--target {target or 'none'} is unknown", "choose database, files or application")


def _not_for(target: str, **given: object) -> None:
    """Refuse options that another target alone knows."""
    from runbooks.errors import Refused

    used = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if used:
        raise Refused(f"{', '.join(used)} means nothing for --target {target}", "leave it out; see invoke --help")


@task(
    iterable=["kind"],
    help={
        **TARGET,
        "kind": "files: media, uploads, assets or cdn (repeatable; default: all that are protected)",
        "list": "files: show the backups that were made so, instead of making one",
        "type": "application, files: full (the default), incremental (since the last backup) or differential (since the last full one). "
        "database: incremental (a snapshot, of which AWS stores what changed since the one before; the default), "
        "differential (the continuous log: waits until it has passed this moment) or full (an export of every row)",
        "wait": "database, files: follow it to its end; what is left with --no-wait is picked up by repeating the command within the hour",
    },
)
@command
def backup(
    _: Context,
    target: str,
    kind: "list[str] | None" = None,
    list: bool = False,  # noqa: A002 - the option's name
    type: str = "",  # noqa: A002 - the option's name
    wait: bool = True,
    stack: str = "prod",
    json: bool = False,
) -> int:
    """Make a backup now; repeating it within the hour is harmless."""
    from operations import application, database, files

    match target:
        case "application":
            _not_for(target, kind=kind, list=list, no_wait=not wait)
            return application.back_up(type, stack, json)
        case "database":
            _not_for(target, kind=kind, list=list)
            return database.back_up(type, wait, stack, json)
        case "files":
            return files.backups(kind or (), stack, json) if list else files.back_up(type, kind or (), wait, stack, json)
        case _:
            raise _unknown(target)


@task(
    iterable=["kind"],
    help={
        **TARGET,
        "at": "application: the newest backup at or before this moment, in UTC; database: the moment that it was restored to",
        "content": "files: read every object in both regions (at scale, let S3 Batch Operations compute checksums instead)",
        "instance": "database: a restored instance (default: the database itself)",
        "kind": "files: media, uploads, assets or cdn (repeatable; default: all that are protected)",
        "live": "files: list both regions now, a thousand versions to a call, instead of reading S3's daily lists",
        "region": "the region to look in (default: the active one; of a restore test, the standby's)",
        "restore-job": "the restore job of a test, instead of a target: AWS Backup is told what was found",
        "to": "files: a directory for the lists of what differs, one CSV file for each kind",
    },
)
@command
def verify(
    _: Context,
    target: str = "",
    at: str = "",
    content: bool = False,
    instance: str = "",
    kind: list[str] | None = None,
    live: bool = False,
    region: str = "",
    restore_job: str = "",
    to: str = "",
    stack: str = "prod",
    json: bool = False,
) -> int:
    """Check that a backup could be restored, or that what is there is as it should be; exits 1 when anything is wrong."""
    from operations import application, database, files, validation

    of_files = {"content": content, "kind": kind, "live": live, "to": to}
    match target:
        case "" if restore_job:
            _not_for("a restore test", at=at, instance=instance, **of_files)
            return validation.validate(restore_job, region, stack, json)
        case "application":
            _not_for(target, instance=instance, restore_job=restore_job, **of_files)
            return application.verify(at, region, stack, json)
        case "database":
            _not_for(target, restore_job=restore_job, **of_files)
            return database.verify(instance, at, region, stack, json)
        case "files":
            _not_for(target, at=at, instance=instance, region=region, restore_job=restore_job)
            return files.verify(kind or (), to, live, content, stack, json)
        case _:
            raise _unknown(target)


@task(
    help={
        **TARGET,
        "at": "the moment to restore to, in UTC, such as 2026-11-22T10:04:59Z; of the application, the newest backup at or before it",
        "before": "database, files: just before the newest marker that says this (see invoke mark)",
        "dry-run": "database, files: show the plan and change nothing",
        "exact": "files: with --replace, put a delete marker over what came after the moment, too",
        "key": "files: one object",
        "kind": "files: media, uploads, assets or cdn",
        "parameters-to": "application: write the parameters below this path instead of restoring into a directory",
        "point": "database, files: the ARN of a recovery point to restore instead (see invoke backups)",
        "prefix": "files: what begins with this (default: the whole bucket)",
        "region": "where to restore, or whose bucket to read (default: the active one)",
        "replace": "files: put them where they were, as new versions; database: put what was restored in the original's place; "
        "application: write over what an earlier restore left in --to or --parameters-to",
        "resume": "database, files: carry on with the unfinished run",
        "source": "files: versions (of the bucket itself), region (the other region's bucket), kept (backups on demand) or backup (AWS "
        "Backup); by default versions, or region where they are gone",
        "subnet-group": "database: where to put it (default: the subnet group of the database in that region)",
        "thaw": "files: how archived versions are thawed: standard, bulk or expedited",
        "to": "a directory that is not there yet, or empty; database: the restored instance's name; files: a prefix in the same bucket",
        "yes": "database, files: the name that is asked for, instead of being asked for it",
    }
)
@command
def restore(
    _: Context,
    target: str,
    at: str = "",
    before: str = "",
    dry_run: bool = False,
    exact: bool = False,
    key: str = "",
    kind: str = "",
    parameters_to: str = "",
    point: str = "",
    prefix: str = "",
    region: str = "",
    replace: bool = False,
    resume: bool = False,
    source: str = "",
    subnet_group: str = "",
    thaw: str = "",
    to: str = "",
    yes: str = "",
    stack: str = "prod",
    json: bool = False,
) -> int:
    """Bring back what was lost, beside what is there; nothing is written over without the word."""
    from operations import application, database, files

    of_files = {"exact": exact, "key": key, "kind": kind, "prefix": prefix, "source": source, "thaw": thaw}
    match target:
        case "application":
            used = {"before": before, "dry_run": dry_run, "point": point, "resume": resume, "subnet_group": subnet_group, "yes": yes}
            _not_for(target, **used, **of_files)
            if parameters_to:
                _not_for("application with --parameters-to", to=to)
                return application.restore_parameters(at, parameters_to, replace, region, stack, json)
            return application.restore(at, to, replace, region, stack, json)
        case "database":
            _not_for(target, parameters_to=parameters_to, **of_files)
            asked = database.Asked(at, before, point, to, region, subnet_group)
            return database.restore(asked, replace, resume, dry_run, yes, stack, json)
        case "files":
            _not_for(target, parameters_to=parameters_to, subnet_group=subnet_group)
            sought = files.Asked(at, before, kind, prefix, key, source, point, to, region, replace, exact, thaw)
            return files.restore(sought, resume, dry_run, yes, stack, json)
        case _:
            raise _unknown(target)
