"""Every API request that was made, answered or not: one JSON line each in ``<root>/requests.jsonl``, and ``GET /sandbox/requests``."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock

from sandbox.calls import Answer, Call, Service, Unanswered


@dataclass(frozen=True, slots=True)
class Entry:
    """One request, written when its fate is known; ``at`` is when it arrived, ``seconds`` how long it took.

    ``caller`` is the access key id, ``region`` the one it was signed for (us-east-1 for Route 53 and IAM, as on AWS), and
    ``buckets`` maps each S3 bucket it needs to the region where it is.
    ``status`` is None when no answer was sent. ``effect`` says that an operation that changes something succeeded, answered or not.
    ``fault`` names what was done to it on purpose: a fault's kind, or ``hang`` or ``refuse`` in a dark region.
    """

    seq: int
    at: str
    seconds: float
    caller: str
    service: str
    operation: str
    region: str
    status: int | None
    effect: bool
    fault: str | None
    summary: Mapping[str, str] = field(default_factory=dict)
    buckets: Mapping[str, str] = field(default_factory=dict)


class RequestLog:
    """Keeps the entries in memory and in *file*, in the order in which requests ended."""

    def __init__(self, file: Path, region_of_bucket: Callable[[str], str | None]) -> None:
        self._region_of_bucket = region_of_bucket
        self._entries: list[Entry] = []
        self._lock = Lock()
        self._file = file.open("a", encoding="utf-8", buffering=1)

    def around(self, inner: Service) -> Service:
        def logged(call: Call) -> Answer:
            arrived, started = datetime.now(UTC), time.monotonic()
            try:
                answer = inner(call)
            except Unanswered as silence:
                self._write(call, arrived, started, None, silence.performed, silence.fault)
                raise
            self._write(call, arrived, started, answer.status, answer, answer.fault)
            return answer

        return logged

    def _write(
        self, call: Call, arrived: datetime, started: float, status: int | None, performed: Answer | None, fault: str | None
    ) -> None:
        buckets = {bucket: region for bucket in call.buckets if (region := self._region_of_bucket(bucket))}
        with self._lock:
            entry = Entry(
                seq=len(self._entries) + 1,
                at=arrived.isoformat(timespec="milliseconds"),
                seconds=round(time.monotonic() - started, 4),
                caller=call.caller,
                service=call.service,
                operation=call.operation,
                region=call.region,
                status=status,
                effect=performed is not None and performed.done and performed.status < HTTPStatus.MULTIPLE_CHOICES and call.changes,
                fault=fault,
                summary=call.summary(),
                buckets=buckets,
            )
            self._entries.append(entry)
            if not self._file.closed:
                self._file.write(json.dumps(asdict(entry)) + "\n")

    def since(self, seq: int) -> list[dict[str, object]]:
        """Return the entries after number *seq*; the first is number 1."""
        return [asdict(entry) for entry in self._entries[max(seq, 0) :]]

    def close(self) -> None:
        with self._lock:
            self._file.close()
