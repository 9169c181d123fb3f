"""What a verification says of one thing it looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at: ``name`` is what (a backup, a part, a table, a bucket), ``says`` what was found, or what differs."""

    name: str
    well: bool
    says: str

    def spoken(self) -> str:
        return f"{'✓' if self.well else '✗'} {self.name}  {self.says}"
