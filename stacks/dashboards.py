"""A page for each region that shows whether recovery would work: alarms first, then what they are raised by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pulumi
import pulumi_aws as aws

from names import TAKEOVER_METRIC, Names
from stacks.conditions import replica_lag, replicated
from stacks.replication import REPLICATION_MINUTES

Widget: TypeAlias = Mapping[str, object]
Line: TypeAlias = Sequence[object]
"""A metric as a dashboard takes it: namespace, name, each dimension's name and value, and how it is drawn."""

HEIGHT, WIDTH, ALARMS_HEIGHT, COLUMNS = 6, 12, 4, 2


@dataclass(frozen=True, slots=True)
class DashboardsArgs:
    """``alarms`` are the ARNs of each region's alarms."""

    names: Names
    alarms: Mapping[str, Sequence[pulumi.Input[str]]]


class Dashboards(pulumi.ComponentResource):
    """Two pages, so that the one to look at when a region is lost asks that region for nothing but its switch."""

    def __init__(self, name: str, args: DashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Dashboards", name, None, opts)
        for region in args.names.settings.regions:
            aws.cloudwatch.Dashboard(
                f"dashboard-{region}",
                dashboard_name=args.names.dashboard(region),
                dashboard_body=pulumi.Output.json_dumps(body(args.names, region, args.alarms[region])),
                region=region,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def body(names: Names, region: str, alarms: Sequence[pulumi.Input[str]]) -> Mapping[str, object]:
    """Return the page of *region*: its own alarms and vault, and the replication between the regions, which both pages show."""
    graphs = [*_vault(names, region), *_replica(names), *_files(names)]
    return {"start": "-P7D", "periodOverride": "inherit", "widgets": [_status(alarms), *_laid_out(graphs)]}


def _status(alarms: Sequence[pulumi.Input[str]]) -> Widget:
    properties = {"title": "Alarms", "alarms": list(alarms), "sortBy": "stateUpdatedTimestamp"}
    return {"type": "alarm", "x": 0, "y": 0, "width": WIDTH * COLUMNS, "height": ALARMS_HEIGHT, "properties": properties}


def _laid_out(graphs: Sequence[Mapping[str, object]]) -> list[Widget]:
    return [
        {
            "type": "metric",
            "x": WIDTH * (place % COLUMNS),
            "y": ALARMS_HEIGHT + HEIGHT * (place // COLUMNS),
            "width": WIDTH,
            "height": HEIGHT,
            "properties": properties,
        }
        for place, properties in enumerate(graphs)
    ]


def _vault(names: Names, region: str) -> list[Mapping[str, object]]:
    def counted(prefix: str, *outcomes: str) -> list[Line]:
        return [["AWS/Backup", f"{prefix}{outcome}", "BackupVaultName", names.vault(region), {"label": outcome}] for outcome in outcomes]

    return [
        _graph("Backups by outcome", region, counted("NumberOfBackupJobs", "Completed", "Partial", "Failed", "Expired"), "Sum", 3600),
        _graph("Copies by outcome", region, counted("NumberOfCopyJobs", "Completed", "Failed"), "Sum", 3600),
        _graph("Restores by outcome", region, counted("NumberOfRestoreJobs", "Completed", "Failed"), "Sum", 3600),
        _graph(
            "Recovery points by state",
            region,
            counted("NumberOfRecoveryPoints", "Completed", "Partial", "Expired", "Deleting", "Cold"),
            "Sum",
            3600,
        ),
    ]


def _replica(names: Names) -> list[Mapping[str, object]]:
    settings, alarm = names.settings, replica_lag(names)
    if not settings.disaster_recovery.enabled:
        return []
    lag: Line = [alarm["namespace"], alarm["metric_name"], *_flat(alarm["dimensions"]), {"label": "seconds"}]
    limits = {"objective": settings.disaster_recovery.rpo.total_seconds(), "alarm": alarm["threshold"]}
    switches: list[Line] = [
        [names.metrics, TAKEOVER_METRIC, "Region", region, {"label": f"{region} has taken over", "region": region}]
        for region in settings.regions
    ]
    return [
        _graph("Replica lag", settings.recovery_region, [lag], "Maximum", 300, limits),
        # A routing control has no metric: ARC's console shows its state, and `invoke status` where shoppers are led.
        *([] if settings.routed_by_controls else [_graph("Takeover switch", settings.recovery_region, switches, "Maximum", 300)]),
    ]


def _files(names: Names) -> list[Mapping[str, object]]:
    settings = names.settings
    if not settings.files.kinds:
        return []

    def lines(metric: str) -> list[Line]:
        return [["AWS/S3", metric, *_flat(replicated(names, kind)), {"label": kind}] for kind in settings.files.kinds]

    limits = {"objective": REPLICATION_MINUTES * 60.0}
    return [
        _graph("Replication latency of files, in seconds", settings.recovery_region, lines("ReplicationLatency"), "Maximum", 300, limits),
        _graph("Bytes of files not yet replicated", settings.recovery_region, lines("BytesPendingReplication"), "Maximum", 300),
    ]


def _graph(
    title: str, region: str, lines: Iterable[Line], statistic: str, period: int, limits: Mapping[str, float] | None = None
) -> Mapping[str, object]:
    marked = [{"label": label, "value": value} for label, value in (limits or {}).items()]
    return {
        "title": title,
        "region": region,
        "view": "timeSeries",
        "stat": statistic,
        "period": period,
        "metrics": list(lines),
        "yAxis": {"left": {"min": 0}},
        **({"annotations": {"horizontal": marked}} if marked else {}),
    }


def _flat(dimensions: Mapping[str, str]) -> list[str]:
    return [part for pair in dimensions.items() for part in pair]
