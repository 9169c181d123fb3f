"""Where files of a moment can come from, and what each way loses: to be chosen from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from names import Names
from runbooks.clock import spoken
from runbooks.files.archive import Archive
from runbooks.signed import moment_of
from sections import FileKind


@dataclass(frozen=True, slots=True)
class Source:
    """One way back. ``word`` is what --source calls it; ``loss`` is how long before the asked moment it was kept."""

    word: str
    says: str
    loss: timedelta

    def spoken(self) -> str:
        return f"{self.says}: " + (f"loses what changed in {spoken(self.loss)}" if self.loss else "loses nothing")


def sources(names: Names, kind: FileKind, region: str, moment: datetime) -> Iterator[Source]:
    """Yield the ways back to *moment*, those that lose nothing first. Raises :class:`AwsError` when the kept ones cannot be listed."""
    other, days = names.settings.other_region(region), names.settings.files.retention.days
    yield Source("versions", f"the versions in {names.file_bucket(kind, region)}, kept for {days} days", timedelta(0))
    yield Source("region", f"the versions in {names.file_bucket(kind, other)}, for what was destroyed in {region}", timedelta(0))
    made = [moment_of(name) for name in Archive(names, other, kind).listing().backups]
    if before := max((each for each in made if each <= moment), default=None):
        yield Source("kept", f"the backup on demand of {before:%F %T}Z in {names.file_backups_bucket(other)}", moment - before)
