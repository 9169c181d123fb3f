"""What was found about single backups: kept beside the journal, written once, so that one that was found broken is never offered again."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from runbooks.errors import JournalBroken
from runbooks.journal import Store

PREFIX = "verdicts/"
KEEP_IT = "keep the bucket as it is, and verify the backup anew"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``backup`` is an ARN of a recovery point, or the name of a backup of the application; ``well`` whether it could be restored and was
    as it should be; ``says`` what differed; ``by`` the run, job or operator that looked.
    """

    backup: str
    well: bool
    says: str
    at: datetime
    by: str

    @property
    def body(self) -> bytes:
        return json.dumps({**asdict(self), "at": self.at.isoformat()}, sort_keys=True).encode()

    @property
    def key(self) -> str:
        return f"{PREFIX}{_folder(self.backup)}/{self.at:%Y%m%dT%H%M%S%fZ}.json"


def keep(store: Store, verdict: Verdict) -> str:
    """Keep *verdict* and return where."""
    store.write_new(verdict.key, verdict.body)
    return f"{store.where}/{verdict.key}"


def newest(store: Store, backup: str) -> Verdict | None:
    """Return the newest verdict on *backup*, or None when nobody has looked."""
    keys = store.keys(f"{PREFIX}{_folder(backup)}/")
    return _read(store, keys[-1]) if keys else None


def broken(store: Store) -> dict[str, Verdict]:
    """Return the backups whose newest verdict is that they are broken, each by its ARN or name."""
    last = {key.rsplit("/", 1)[0]: key for key in store.keys(PREFIX)}
    found = (_read(store, key) for key in last.values())
    return {verdict.backup: verdict for verdict in found if not verdict.well}


def every(store: Store) -> Iterator[tuple[str, Verdict]]:
    """Yield every verdict, and the key that it is kept under."""
    for key in store.keys(PREFIX):
        yield key, _read(store, key)


def _read(store: Store, key: str) -> Verdict:
    stored = store.read(key)
    try:
        content = json.loads(stored.body) if stored else {}
        return Verdict(**(content | {"at": datetime.fromisoformat(content["at"])}))
    except (ValueError, TypeError, KeyError):
        raise JournalBroken(
            f"the verdict {store.where}/{key} cannot be read", "keep the bucket as it is, and verify the backup anew"
        ) from None


def _folder(backup: str) -> str:
    return sha256(backup.encode()).hexdigest()[:32]
