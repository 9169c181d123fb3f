"""Archived objects: asked for, on their way for as long as AWS takes, readable for some days, and archived again.

Hours pass as ``service-times`` says: ``thaw_hour`` seconds for each.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from moto.s3.exceptions import InvalidObjectState
from moto.s3.models import FakeKey
from moto.s3.utils import ARCHIVE_STORAGE_CLASSES

from sandbox.lab import Lab
from sandbox.s3.errors import RestoreAlreadyInProgress, UnknownTier

HOURS = {
    ("GLACIER", "Expedited"): 0.05,
    ("GLACIER", "Standard"): 4.0,
    ("GLACIER", "Bulk"): 9.0,
    ("DEEP_ARCHIVE", "Standard"): 12.0,
    ("DEEP_ARCHIVE", "Bulk"): 48.0,
}
"""How long a retrieval takes. Source: the S3 API reference, "RestoreObject"."""

MANUAL = {"progression": "manual", "times": 2**62}
"""How moto is told to leave the state of what is thawed to us."""


@dataclass(slots=True)
class Thaw:
    """One retrieval: from ``ready`` to ``expires`` the object can be read."""

    ready: datetime
    expires: datetime


class Thaws:
    """The retrievals of every version that was asked for."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._asked: dict[tuple[str, str, str], Thaw] = {}

    def forget(self) -> None:
        self._asked.clear()

    def ask(self, key: FakeKey, days: int, tier: str) -> bool:
        """Begin to thaw *key* or, once it is thawed, keep it so for *days* from now; return whether it was. Raises what S3 answers."""
        storage, now = str(key.storage_class), datetime.now(UTC)
        if storage not in ARCHIVE_STORAGE_CLASSES:
            raise InvalidObjectState(storage_class=storage)
        if (storage, tier) not in HOURS:
            raise UnknownTier
        state = self.state(key)
        if state and now < state.ready:
            raise RestoreAlreadyInProgress
        ready = state.ready if state else now + timedelta(seconds=HOURS[storage, tier] * self._lab.times.thaw_hour)
        self._asked[_id(key)] = Thaw(ready, max(now, ready) + timedelta(days=days))
        self.settle(key)
        return state is not None

    def state(self, key: FakeKey) -> Thaw | None:
        """Return how *key* stands, or None when it is archived and nothing else."""
        thaw = self._asked.get(_id(key))
        if thaw and datetime.now(UTC) >= thaw.expires:
            del self._asked[_id(key)]
            return None
        return thaw

    def settle(self, key: FakeKey) -> None:
        """Have *key* be what it is by now."""
        thaw = self.state(key)
        key.set_expiry(thaw.expires.replace(tzinfo=None) if thaw else None)
        key.status = "ARCHIVED" if not thaw else "IN_PROGRESS" if datetime.now(UTC) < thaw.ready else "RESTORED"

    def under(self, bucket: str) -> dict[tuple[str, str], Thaw]:
        """Return how the versions of *bucket* stand that were asked for, by key and version."""
        return {(name, version): thaw for (where, name, version), thaw in self._asked.items() if where == bucket}


def is_archived(key: object) -> bool:
    return isinstance(key, FakeKey) and key.storage_class in ARCHIVE_STORAGE_CLASSES


def _id(key: FakeKey) -> tuple[str, str, str]:
    return str(key.bucket_name), key.name, key.version_id
