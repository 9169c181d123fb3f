"""When a procedure was last carried out, on what, and what that measured: read from the journal, kept in a file beside the pages."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from runbooks import journal
from runbooks.errors import JournalBroken, Refused
from runbooks.journal import Store
from runbooks.story import Story, story

FILE = "exercised.yaml"
HEADER = "# Written by `invoke procedures --exercised`, from the journal: the newest run of each kind in each environment. Not by hand.\n"


class Exercised(BaseModel):
    """One run. ``mode`` tells a planned move from an unplanned one; seconds are None where nothing was measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: str
    mode: str
    run: str
    at: datetime
    environment: str
    outcome: str
    rto_seconds: float | None
    rpo_seconds: float | None

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is the newest of."""
        return self.command, self.mode, self.environment

    @property
    def measures(self) -> bool:
        """Whether a run of this kind recovers something: a fence has no recovery time."""
        return self.command != "fence"


def read(folder: Path) -> tuple[Exercised, ...]:
    """Return what *folder* keeps, nothing if it keeps none; raise :class:`Refused` when it cannot be understood."""
    file = folder / FILE
    try:
        kept = yaml.safe_load(file.read_text(encoding="utf-8"))
        return tuple(TypeAdapter(tuple[Exercised, ...]).validate_python(kept or ()))
    except FileNotFoundError:
        return ()
    except (yaml.YAMLError, ValidationError) as error:
        raise Refused(f"{file} cannot be understood: {error}", "take it from the repository again, or write it anew") from error


def write(folder: Path, known: Iterable[Exercised]) -> Path:
    """Write *known* into *folder*'s file, and return where that is."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = [{**each.model_dump(), "at": each.at.isoformat()} for each in known]
    file = folder / FILE
    file.write_text(HEADER + yaml.safe_dump(entries, sort_keys=False, width=140), encoding="utf-8")
    return file


def newest(found: Iterable[Exercised]) -> tuple[Exercised, ...]:
    """Return the newest of each kind in each environment, in the order of their kinds."""
    latest = {each.place: each for each in sorted(found, key=lambda each: each.at)}
    return tuple(latest[place] for place in sorted(latest))


def journaled(store: Store) -> Iterator[Exercised]:
    """Yield every run of the journal that ended and whose records hold together."""
    for run in journal.runs(store):
        try:
            records = journal.read_run(store, run)
        except JournalBroken:
            continue  # `invoke runs` says so; it proves nothing here
        if journal.closed(records):
            yield _of(story(records))


def _of(run: Story) -> Exercised:
    return Exercised(
        command=run.command,
        mode=run.mode,
        run=run.run,
        at=run.declared_at.replace(microsecond=0),
        environment=run.environment,
        outcome=run.result,
        rto_seconds=run.measured.rto,
        rpo_seconds=run.measured.rpo,
    )
