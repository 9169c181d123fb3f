"""The replication metrics of one rule, as S3 publishes them to CloudWatch."""

from dataclasses import dataclass

from moto.cloudwatch.models import cloudwatch_backends

from sandbox.s3.rules import Rule

SHORTEST = 0.5
"""Seconds between two publications while something changes. S3 publishes every minute; a laptop's disasters are shorter."""

LONGEST = 60.0


@dataclass(slots=True)
class Meter:
    """What happened on one route since the last publication. Times are monotonic seconds."""

    source: str
    rule: Rule
    published_at: float | None = None
    published_pending: int = 0
    settled_since: int = 0
    failed_since: int = 0
    worst_latency: float = 0.0

    def settled(self, latency: float, *, failed: bool) -> None:
        self.settled_since += 1
        self.failed_since += failed
        self.worst_latency = max(self.worst_latency, latency)

    def is_due(self, now: float, *, pending: int) -> bool:
        if self.published_at is None:
            return True
        elapsed = now - self.published_at
        changed = pending != self.published_pending or self.settled_since > 0
        return elapsed >= LONGEST or (elapsed >= SHORTEST and (changed or pending > 0))

    def publish(self, now: float, regions: tuple[str, str], account: str, size: int, count: int, oldest: float) -> None:
        """Publish in the destination's region what is pending and how far behind it is, in the source's what failed.

        Source of the regions: the S3 user guide, "Using S3 Replication metrics".
        """
        source, destination = regions
        behind = max(self.worst_latency, oldest)
        self._put(account, destination, "BytesPendingReplication", size, "Bytes")
        self._put(account, destination, "OperationsPendingReplication", count, "Count")
        self._put(account, destination, "ReplicationLatency", behind, "Seconds")
        self._put(account, source, "OperationsFailedReplication", self.failed_since, "Count")
        self.published_at, self.published_pending = now, count
        self.settled_since, self.failed_since, self.worst_latency = 0, 0, 0.0

    def _put(self, account: str, region: str, name: str, value: float, unit: str) -> None:
        dimensions = [
            {"Name": "SourceBucket", "Value": self.source},
            {"Name": "DestinationBucket", "Value": self.rule.destination},
            {"Name": "RuleId", "Value": self.rule.id},
        ]
        datum = {"MetricName": name, "Value": float(value), "Unit": unit, "Dimensions": dimensions}
        cloudwatch_backends[account][region].put_metric_data("AWS/S3", [datum])
