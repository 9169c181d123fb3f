"""A store in memory whose clock the test owns, and a run's clock that never sleeps for real."""

from datetime import datetime, timedelta

from runbooks.aws.s3 import Stored
from runbooks.clock import RealClock
from runbooks.errors import Conflict, Unreachable
from tests.runbooks.pictures import NOW


class Memory:
    """What S3 promises about conditional writes, and no more. ``down`` makes every call fail; ``now`` is the server's clock."""

    where = "memory"

    def __init__(self) -> None:
        self.objects: dict[str, Stored] = {}
        self.now, self.down = NOW, False

    def read(self, key: str) -> Stored | None:
        self._answer()
        stored = self.objects.get(key)
        return None if stored is None else Stored(stored.body, stored.version, stored.written_at, self.now)

    def write_new(self, key: str, body: bytes) -> None:
        self._answer()
        if key in self.objects and self.objects[key].body != body:
            raise Conflict("there already")
        self.objects[key] = Stored(body, str(len(self.objects)), self.now, self.now)

    def swap(self, key: str, body: bytes, version: str | None) -> str:
        self._answer()
        current = self.objects.get(key)
        if (current.version if current else None) != version:
            raise Conflict("changed")
        self.objects[key] = Stored(body, f"{version}+", self.now, self.now)
        return f"{version}+"

    def keys(self, prefix: str) -> list[str]:
        self._answer()
        return sorted(key for key in self.objects if key.startswith(prefix))

    def folders(self, prefix: str) -> list[str]:
        return sorted({key.removeprefix(prefix).split("/")[0] for key in self.keys(prefix)})

    def _answer(self) -> None:
        if self.down:
            raise Unreachable("memory: no answer")


class FastClock(RealClock):
    """Time that passes only by sleeping, and then at once."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.passed)

    def ticks(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        super().sleep(0)
        self.passed += seconds
