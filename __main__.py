"""Compose the stacks from one stack's settings, and export where things are."""

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from names import Names
from settings import from_config
from stacks import account
from stacks.access import Access, AccessArgs
from stacks.alerts import Alerts, AlertsArgs
from stacks.application import Application, ApplicationArgs
from stacks.build_network import BuildNetwork, BuildNetworkArgs
from stacks.compliance import Compliance, ComplianceArgs
from stacks.costs import Costs, CostsArgs
from stacks.dashboards import Dashboards, DashboardsArgs
from stacks.database import Database, DatabaseArgs
from stacks.drills import Drills, DrillsArgs
from stacks.endpoints import Endpoints, EndpointsArgs
from stacks.exports import Exports, ExportsArgs
from stacks.file_backups import FileBackups, FileBackupsArgs
from stacks.file_systems import FileSystems, FileSystemsArgs
from stacks.files import Files, FilesArgs
from stacks.inventories import Inventories, InventoriesArgs
from stacks.journal import Journal, JournalArgs
from stacks.key_guard import KeyGuard, KeyGuardArgs
from stacks.keys import Keys, KeysArgs
from stacks.landings import Landings, LandingsArgs
from stacks.monitoring import Alarms, AlarmsArgs
from stacks.network import Network, NetworkArgs
from stacks.plans import Plans, PlansArgs
from stacks.region_switch import RegionSwitch, RegionSwitchArgs
from stacks.registry import Registry, RegistryArgs
from stacks.restores import RestoreTests, RestoreTestsArgs, tested
from stacks.routing import Address, Routing, RoutingArgs
from stacks.schedules import Schedules
from stacks.secrets import Secrets, SecretsArgs
from stacks.standby import Standby, StandbyArgs
from stacks.switches import Controls
from stacks.topics import Topics, TopicsArgs
from stacks.validation import Validation, ValidationArgs
from stacks.vaults import Vaults, VaultsArgs

settings = from_config({**get_config_env(), **CONFIG.get()})
names = Names(settings)
opts = pulumi.ResourceOptions(providers=[account.provider(names)])

keys = Keys("keys", KeysArgs(names), opts)
schedules = Schedules("schedules", names, opts)
topics = Topics("topics", TopicsArgs(names, keys), opts)
vaults = Vaults("vaults", VaultsArgs(names, keys, topics), opts)
secrets = Secrets("secrets", SecretsArgs(names, keys), opts)
KeyGuard("key-guard", KeyGuardArgs(names, keys, topics.arns), opts)
controls: Controls | None = None
images: Registry | None = None
if settings.application.enabled and settings.application.include_code:
    images = Registry("registry", RegistryArgs(names, keys), opts)
if settings.disaster_recovery.enabled:
    network = Network("network", NetworkArgs(names, settings.standby_region), opts)
    builds = BuildNetwork("build-network", BuildNetworkArgs(names, network), opts) if tested(settings) else None
    Endpoints("endpoints", EndpointsArgs(names, network, [builds.routes] if builds else []), opts)
    database = Database("database", DatabaseArgs(names, keys, network), opts)
    standby = Standby("standby", StandbyArgs(names, keys, network, images, database.replica), opts)
    address = Address(standby.load_balancer.dns_name, standby.load_balancer.zone_id)
    controls = Routing("routing", RoutingArgs(names, address, topics.arns), opts).controls
    if controls:
        pulumi.export("routingCluster", controls.cluster)
    if builds:
        RestoreTests("restores", RestoreTestsArgs(names, keys, network, vaults), opts)
        Validation("validation", ValidationArgs(names, keys, secrets, builds), opts)
    pulumi.export("replica", database.replica.endpoint)
    pulumi.export("standby", standby.load_balancer.dns_name)
    if settings.disaster_recovery.testing.enabled:
        Drills("drills", DrillsArgs(names, schedules), opts)
if settings.database.enabled and settings.database.export:
    Exports("exports", ExportsArgs(names, keys, schedules, settings.database.export), opts)
if settings.application.enabled:
    Application("application", ApplicationArgs(names, keys, secrets, schedules), opts)
if settings.files.kinds:
    Files("files", FilesArgs(names, keys), opts)
    FileBackups("file-backups", FileBackupsArgs(names, keys), opts)
    Landings("landings", LandingsArgs(names, keys), opts)
    Inventories("inventories", InventoriesArgs(names, keys), opts)
if names.file_systems(settings.home_region):
    FileSystems("file-systems", FileSystemsArgs(names, keys), opts)
Plans("plans", PlansArgs(names, keys, vaults), opts)
Journal("journal", JournalArgs(names, keys), opts)
alarms = Alarms("alarms", AlarmsArgs(names, topics), opts)
Alerts("alerts", AlertsArgs(names, topics), opts)
Dashboards("dashboards", DashboardsArgs(names, alarms.arns), opts)
Costs("costs", CostsArgs(names), opts)
Compliance("compliance", ComplianceArgs(names, keys), opts)
access = Access("access", AccessArgs(names, keys, controls.arns if controls else {}), opts)
if controls and settings.switched_by_aws:
    RegionSwitch("region-switch", RegionSwitchArgs(names, keys, controls, access.operator), opts)

pulumi.export("activeRegion", settings.active_region)
pulumi.export("recoveryRegion", settings.recovery_region)
pulumi.export("shop", names.shop_url)
pulumi.export("journal", names.journal_bucket(settings.recovery_region))
pulumi.export("vaults", {region: vaults.arn(region) for region in settings.regions})
pulumi.export("topics", topics.arns)
