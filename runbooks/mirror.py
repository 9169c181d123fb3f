"""Two copies of one run, in the bucket and on the operator's machine: what only one of them has is brought to the other."""

from collections.abc import Mapping
from contextlib import suppress

from runbooks.errors import JournalBroken, LocalJournalFailed
from runbooks.journal import KEEP_IT, Record, Store, contents, intent_key, parsed, records_in


def copy_run(source: Store, target: Store, run: str) -> int:
    """Copy what *target* lacks of *run* from *source*; return how many objects; raise :class:`JournalBroken` when the two disagree."""
    here, there = contents(source, run), contents(target, run)
    _agree(here, there, f"{source.where} and {target.where}")
    return _copy(here, target, there)


def reconciled(first: Store, mirror: Store, run: str) -> tuple[Record, ...]:
    """Bring both copies of *run* up to date and return its records; raise :class:`JournalBroken`, before any writing, when they disagree.

    A mirror without a disk to spare stays behind.
    """
    here, there = contents(mirror, run), contents(first, run)
    _agree(here, there, f"{mirror.where} and {first.where}")
    records = records_in(here | there)
    _copy(here, first, there)
    with suppress(LocalJournalFailed):
        _copy(there, mirror, here)
    return records


def adopted(mirror: Store, records: tuple[Record, ...]) -> tuple[Record, ...]:
    """Return *records*, the mirror's copy of a run, and behind them the record that was on its way when they were left."""
    key = intent_key(records[0].run)
    stored = mirror.read(key)
    intended = parsed(stored.body, key) if stored else None
    if intended is None or (intended.seq, intended.previous) != (len(records) + 1, records[-1].digest):
        return records
    mirror.write_new(intended.key, intended.body)
    return (*records, intended)


def _agree(here: Mapping[str, bytes], there: Mapping[str, bytes], where: str) -> None:
    differing = sorted(key for key in here.keys() & there.keys() if here[key] != there[key])
    if differing:
        raise JournalBroken(f"{differing[0]} differs between {where}", KEEP_IT)


def _copy(source: Mapping[str, bytes], target: Store, there: Mapping[str, bytes]) -> int:
    missing = sorted(source.keys() - there.keys())
    for key in missing:
        target.write_new(key, source[key])
    return len(missing)
