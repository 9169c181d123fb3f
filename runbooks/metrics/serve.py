"""The same metrics as Prometheus reads them: looked at when they are scraped, and at most once a minute.

A look that fails, in whole or in part, is ``solemate_recovery_up 0``, and what it did not see is absent: no old number is served as a new
one. Cost Explorer takes a cent for each answer, so costs are asked for twice a day and carry the time they were asked at.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from runbooks.clock import Clock
from runbooks.errors import Refused, RunbookError
from runbooks.metrics.look import Costs, History
from runbooks.metrics.reckon import Metrics, Spread, reckon

PREFIX = "solemate_recovery"
EVERY = timedelta(minutes=1)
COSTS_EVERY = timedelta(hours=12)
DEFAULT = "127.0.0.1:9464"

Look = Callable[[Costs | None], History]


def address(text: str, *, open_to_all: bool) -> tuple[str, int]:
    """Return the host and the port in *text* (``127.0.0.1:9464``, or a port alone); raise :class:`Refused` for one that others reach."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Refused(f"--serve {text} is no address", f"write it as {DEFAULT}, or a port alone")
    if not open_to_all and not (host.startswith("127.") or host in ("::1", "localhost")):
        raise Refused(f"{host} can be reached by others, and metrics say where backups are missing", "add --open-to-all if that is meant")
    return host, int(port)


@dataclass(eq=False)  # Prometheus keeps it in a set
class Numbers(Collector):
    """What was seen last. ``looks`` and ``failed`` count from the start of this process."""

    look: Look
    clock: Clock
    looks: int = 0
    failed: int = 0
    _found: Metrics | None = None
    _looked_at: datetime | None = None
    _costs: Costs | None = None
    _costs_at: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def collect(self) -> Iterator[Metric]:
        with self._lock:  # of two scrapers at once, the second takes what the first has seen
            self._refresh()
            yield from self._families()

    def _refresh(self) -> None:
        now = self.clock.now()
        if self._looked_at and now - self._looked_at < EVERY:
            return
        fresh = self._costs_at is not None and now - self._costs_at < COSTS_EVERY
        self._looked_at, self._found, self.looks = now, None, self.looks + 1
        try:
            history = self.look(self._costs if fresh else None)
        except RunbookError:
            self.failed += 1
            return
        if not fresh:
            self._costs, self._costs_at = history.costs, now
        self._found = reckon(history)
        self.failed += bool(self._found.unseen)

    def _families(self) -> Iterator[Metric]:
        found = self._found
        yield _one("up", "Whether the last look saw everything.", 0 if found is None or found.unseen else 1)
        yield _counted("looks", "Looks since this process started.", self.looks)
        yield _counted("failed_looks", "Looks that did not see everything.", self.failed)
        if self._looked_at:
            yield _one("look_timestamp_seconds", "When the last look began.", self._looked_at.timestamp())
        if found is not None:
            yield from families(found)
        if found is not None and self._costs_at and found.months:
            yield _one("cost_timestamp_seconds", "When Cost Explorer was asked.", self._costs_at.timestamp())


def families(found: Metrics) -> Iterator[Metric]:
    """Yield what was seen: a rate that has no job, and whatever was not measured, is absent."""
    unseen = GaugeMetricFamily(f"{PREFIX}_unseen", "What the last look could not see.", labels=["what"])
    for what in found.unseen:
        unseen.add_metric([what], 1)
    yield unseen
    yield from _jobs(found)
    whole = {name: each for name, each in found.durations.items() if _all_seen(found, name.partition(" ")[0])}
    delays = found.copy_delays if _all_seen(found, "backup") and _all_seen(found, "copy") else {}
    yield _spreads("job_duration_seconds", "How long jobs took.", ["kind", "target"], whole)
    yield _spreads("copy_delay_seconds", "From a backup's end to its copy's end.", ["target"], delays)
    yield from _stored(found)
    times, losses = ({}, {}) if "journal" in found.unseen else (found.recovery_times, found.losses)
    yield _spreads("recovery_duration_seconds", "From the declared start to green health checks.", ["command"], times)
    yield _spreads("recovery_loss_seconds", "Writes that were lost.", ["command"], losses)
    cost = GaugeMetricFamily(f"{PREFIX}_cost_dollars", "Cost of a month, from Cost Explorer.", labels=["month", "estimated"])
    for month in found.months:
        cost.add_metric([f"{month.begins:%Y-%m}", str(month.estimated).lower()], float(month.dollars))
    yield cost


def _jobs(found: Metrics) -> Iterator[Metric]:
    """Yield counts of a span that moves on, so gauges and no counters; a kind that was not seen in both regions has none."""
    labels = ["kind", "target"]
    ended = GaugeMetricFamily(f"{PREFIX}_jobs_ended", f"In the span: {found.counted}.", labels=labels)
    good = GaugeMetricFamily(f"{PREFIX}_jobs_succeeded", "Of these, how many succeeded.", labels=labels)
    ratio = GaugeMetricFamily(f"{PREFIX}_job_success_ratio", "The share of them; absent without a job.", labels=labels)
    for name, each in found.rates_by_target.items():
        kind, _, target = name.partition(" ")
        if not _all_seen(found, kind):
            continue
        ended.add_metric([kind, target], each.ended)
        good.add_metric([kind, target], each.good)
        if each.ratio is not None:
            ratio.add_metric([kind, target], each.ratio)
    yield from (ended, good, ratio)
    yield _one("job_span_seconds", "How long the span is.", (found.until - found.jobs_since).total_seconds())
    yield _one("job_success_objective_ratio", "The share that must succeed.", found.objective)


def _all_seen(found: Metrics, kind: str) -> bool:
    return not any(what.startswith(f"{kind} jobs of ") for what in found.unseen)


def _stored(found: Metrics) -> Iterator[Metric]:
    labels = ["region", "vault", "target", "tier"]
    size = GaugeMetricFamily(f"{PREFIX}_stored_bytes", "What AWS Backup says that its recovery points hold.", labels=labels)
    count = GaugeMetricFamily(f"{PREFIX}_recovery_points", "How many there are.", labels=labels)
    unseen = " ".join(what for what in found.unseen if what.startswith("recovery points"))
    for each in found.storage:
        if each.region not in unseen:
            size.add_metric([each.region, each.vault, each.target, each.tier], each.size)
            count.add_metric([each.region, each.vault, each.target, each.tier], each.points)
    yield from (size, count)


def _spreads(name: str, says: str, labels: list[str], found: Mapping[str, Spread]) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}_{name}", says, labels=[*labels, "quantile"])
    for key, each in found.items():
        values = key.split(" ", len(labels) - 1)
        for quantile, value in (("0.5", each.median), ("0.95", each.percentile_95), ("1", each.longest)):
            family.add_metric([*values, quantile], value)
    return family


def _one(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", says, value=value)


def _counted(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(f"{PREFIX}_{name}", says, value=value)


def serving(numbers: Numbers, host: str, port: int) -> Callable[[], None]:
    """Serve *numbers* at *host*:*port* on a thread of its own, and return what ends it; raise :class:`Refused` when the port is taken."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(numbers)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise Refused(f"{host}:{port} cannot be listened on: {error.strerror}", "choose another port") from error

    def end() -> None:
        server.shutdown()
        thread.join()

    return end
