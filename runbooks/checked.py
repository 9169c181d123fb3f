"""What a verification says of one thing it looked at."""

from dataclasses import dataclass


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
