"""Where files of a moment can come from, and what each way loses: to be chosen from."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from names import Names
from runbooks.clock import spoken
from runbooks.errors import BackupBroken
from runbooks.files import points
from runbooks.files.archive import Archive
from runbooks.files.decision import SourceWord
from runbooks.files.points import Kept
from runbooks.journal import Store
from runbooks.reach import Reach
from runbooks.signed import moment_of
from sections import FileKind


@dataclass(frozen=True, slots=True)
class Source:
    """One way back. ``word`` is what --source calls it; ``loss`` is how long before the asked moment it was kept; ``point`` is the ARN of
    a recovery point, for --point.
    """

    word: SourceWord
    says: str
    loss: timedelta
    point: str = ""

    def spoken(self) -> str:
        return f"{self.says}: " + (f"loses what changed in {spoken(self.loss)}" if self.loss else "loses nothing")


def sources(reach: Reach, store: Store, now: datetime, kind: FileKind, moment: datetime, region: str = "") -> tuple[Source, ...]:
    """Return the ways back to *moment* in *region* (the active one), the versions first and then what loses least.

    What was found broken is not among them. Raises :class:`AwsError` when the backups cannot be listed.
    """
    names = reach.names
    here = region or names.settings.active_region
    archive = Archive(names, names.settings.other_region(here), kind)
    backups = [*_on_demand(archive, moment), *of_points(points.look(reach, store, here, kind, now), moment, now)]
    return (*versions(names, kind, here, moment, now), *sorted(backups, key=lambda each: each.loss))


def versions(names: Names, kind: FileKind, region: str, moment: datetime, now: datetime) -> tuple[Source, ...]:
    """Return the ways that need no list of backups: the versions in either region."""
    other, kept = names.settings.other_region(region), names.settings.files.retention
    aged = f", kept for {kept.days} days" + ("; some of that moment may be gone" if moment < now - kept else "")
    return (
        Source("versions", f"the versions in {names.file_bucket(kind, region)}{aged}", timedelta(0)),
        Source("region", f"the versions in {names.file_bucket(kind, other)}, for what was destroyed in {region}", timedelta(0)),
    )


def _on_demand(archive: Archive, moment: datetime) -> list[Source]:
    """Return the newest backup on demand at or before *moment*, if there is one and its manifest holds together."""
    made = [name for name in archive.listing().backups if moment_of(name) <= moment]
    if not made:
        return []
    name = max(made, key=moment_of)
    try:
        archive.manifest(name)
    except BackupBroken:
        return []
    return [Source("kept", f"the backup on demand of {moment_of(name):%F %T}Z in {archive.shelf.bucket}", moment - moment_of(name))]


def of_points(kept: Kept, moment: datetime, now: datetime) -> list[Source]:
    """Return the recovery points that fit *moment*, the nearest first."""
    return [
        Source("backup", f"{each.spoken()}, by AWS Backup", moment - each.moment, each.arn) for each in points.fitting(kept, moment, now)
    ]
