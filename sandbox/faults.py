"""Faults that are made on purpose, by service, operation, region and caller: ``POST /sandbox/faults``.

A fault is ``{"kind", "service", "operation", "region", "caller", "where", "after", "times", "rate", "seconds"}``; only ``kind``
must be given.

- throttle, unavailable, deny, expired, skewed: nothing is done and the service says so, in its own words
- latency: wait ``seconds``, then do it
- skew: do it, and shift the answer's ``Date`` and ``Last-Modified`` by ``seconds``: the server's clock differs from everybody's here
- hang: do nothing, never answer            - drop: do nothing, cut the connection
- swallow: do it, never answer             - pretend: do nothing, answer that it is done
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from fnmatch import fnmatchcase
from random import Random
from threading import Lock
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.calls import Answer, Call, Service, Unanswered
from sandbox.pretence import pretend
from sandbox.refusals import refuse

Kind = Literal["throttle", "unavailable", "deny", "expired", "skewed", "latency", "skew", "hang", "drop", "swallow", "pretend"]


class Fault(BaseModel):
    """What happens to which requests. Names are shell patterns; ``caller`` is an access key id, and ``where`` maps a parameter to a
    pattern, such as a bucket's name.

    The first ``after`` requests that match go by untouched, then ``times`` of them are hit, or all when it is None, each
    with the probability ``rate``.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    service: str = "*"
    operation: str = "*"
    region: str = "*"
    caller: str = "*"
    where: Mapping[str, str] = {}
    after: int = Field(default=0, ge=0)
    times: int | None = Field(default=None, gt=0)
    rate: float = Field(default=1.0, gt=0, le=1)
    seconds: float = 0.0

    def matches(self, call: Call) -> bool:
        named = ((call.service, self.service), (call.operation, self.operation), (call.region, self.region), (call.caller, self.caller))
        if not all(fnmatchcase(name, pattern) for name, pattern in named):
            return False
        summary = call.summary() if self.where else {}
        return all(name in summary and fnmatchcase(summary[name], pattern) for name, pattern in self.where.items())


class Faults:
    """The faults that are set. Draws come from a seeded generator, so the same requests in the same order meet the same faults."""

    def __init__(self, sleep: Callable[[float], object], seed: int = 0) -> None:
        self._sleep = sleep
        self._random = Random(seed)
        self._faults: dict[int, Fault] = {}
        self._last = 0
        self._lock = Lock()

    def add(self, fault: Fault) -> int:
        with self._lock:
            self._last += 1
            self._faults[self._last] = fault.model_copy()
            return self._last

    def remove(self, fault_id: int) -> bool:
        with self._lock:
            return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def seed(self, seed: int) -> None:
        self._random.seed(seed)

    def listed(self) -> list[dict[str, object]]:
        """Return the faults that are still to happen, with the ``after`` and ``times`` that remain."""
        return [{"id": number, **fault.model_dump()} for number, fault in list(self._faults.items())]

    def around(self, inner: Service) -> Service:
        def exposed(call: Call) -> Answer:
            fault = self._strike(call)
            return inner(call) if fault is None else self._suffer(fault, call, inner)

        return exposed

    def _strike(self, call: Call) -> Fault | None:
        """Return the oldest fault that hits *call*, and count the hit."""
        with self._lock:
            for number, fault in self._faults.items():
                if fault.matches(call) and self._hits(fault):
                    if fault.times == 0:
                        del self._faults[number]
                    return fault
        return None

    def _hits(self, fault: Fault) -> bool:
        if fault.after:
            fault.after -= 1
            return False
        if self._random.random() >= fault.rate:
            return False
        if fault.times is not None:
            fault.times -= 1
        return True

    def _suffer(self, fault: Fault, call: Call, inner: Service) -> Answer:
        match fault.kind:
            case "hang" | "drop":
                raise Unanswered(fault.kind, silent=fault.kind == "hang")
            case "swallow":
                raise Unanswered(fault.kind, silent=True, performed=inner(call))
            case "latency":
                self._sleep(fault.seconds)
                return inner(call)._replace(fault=fault.kind)
            case "skew":
                return _skewed(inner(call), fault.seconds)._replace(fault=fault.kind)
            case "pretend":
                return pretend(call)._replace(fault=fault.kind)
            case _:
                return refuse(call, fault.kind)


def _skewed(answer: Answer, seconds: float) -> Answer:
    """Return *answer* as a server would give it whose clock differs by *seconds*; its ``Date`` is written when it is sent."""
    headers = [(name, _shifted(value, seconds) if name.lower() == "last-modified" else value) for name, value in answer.headers]
    return answer._replace(headers=headers, skew=seconds)


def _shifted(http_date: str, seconds: float) -> str:
    return format_datetime(parsedate_to_datetime(http_date) + timedelta(seconds=seconds), usegmt=True)
