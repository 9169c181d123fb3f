"""Marks that people set in the course of the day ("deploy 2026-11-22"): moments that a restore can be told by name."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from runbooks.errors import JournalBroken, Refused
from runbooks.journal import Store

PREFIX = "markers/"
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Marker:
    """What happened *at* a moment (UTC), as its *operator* (``user@host``) put it."""

    at: datetime
    text: str
    operator: str

    @property
    def body(self) -> bytes:
        return json.dumps({**asdict(self), "at": self.at.isoformat()}, sort_keys=True).encode()

    @property
    def key(self) -> str:
        return f"{PREFIX}{self.at:%Y%m%dT%H%M%S%fZ}.json"

    def spoken(self) -> str:
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ}  {self.text}  ({self.operator})"


def mark(store: Store, marker: Marker) -> Marker:
    """Keep *marker*, written once, and return it; raise :class:`Refused` when it says nothing, or too much."""
    if not marker.text.strip():
        raise Refused("a mark needs a text", 'say what happens now: invoke mark "deploy 2026-11-22"')
    if len(marker.text) > LONGEST:
        raise Refused(f"the text has {len(marker.text)} characters, {LONGEST} are allowed", "say it shorter")
    store.write_new(marker.key, marker.body)
    return marker


def marked(store: Store) -> tuple[Marker, ...]:
    """Return every marker, newest first."""
    return tuple(_read(store, key) for key in reversed(store.keys(PREFIX)))


def newest(store: Store, text: str) -> Marker:
    """Return the newest marker whose text contains *text*, whatever its case; raise :class:`Refused` when there is none."""
    for key in reversed(store.keys(PREFIX)):
        marker = _read(store, key)
        if text.casefold() in marker.text.casefold():
            return marker
    raise Refused(f"no marker says {text!r}", "see invoke marks, or give the moment itself with --at")


def second_before(store: Store, text: str) -> datetime:
    """Return the last whole second before the newest marker that says *text*."""
    return last_second_before(newest(store, text).at)


def last_second_before(moment: datetime) -> datetime:
    whole = moment.replace(microsecond=0)
    return whole if whole < moment else whole - timedelta(seconds=1)


def _read(store: Store, key: str) -> Marker:
    stored = store.read(key)
    try:
        content = json.loads(stored.body) if stored else {}
        return Marker(**(content | {"at": datetime.fromisoformat(content["at"])}))
    except (ValueError, TypeError, KeyError):
        raise JournalBroken(f"the marker {store.where}/{key} cannot be read", "give the moment itself with --at") from None
