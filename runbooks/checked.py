"""What a verification says of one thing it looked at."""

from collections.abc import Callable
from dataclasses import dataclass

from runbooks.errors import BackupBroken, Rejected, RunbookError


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at: ``name`` is what (a backup, a part, a table, a bucket), ``says`` what was found, or what differs.

    ``seen`` is False where nobody could look: that is no success, and says nothing against the thing either.
    """

    name: str
    well: bool
    says: str
    seen: bool = True

    def spoken(self) -> str:
        return f"{'✓' if self.well else '✗' if self.seen else '?'} {self.name}  {self.says}"


def tried(name: str, look: Callable[[], Checked]) -> Checked:
    """Return what *look* finds. An error is a finding about the thing only where that itself gave it, and no silence, refusal or delay."""
    try:
        return look()
    except RunbookError as error:
        return Checked(name, well=False, says=error.message, seen=isinstance(error, Rejected | BackupBroken))
