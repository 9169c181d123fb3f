"""Compose the stacks from one stack's settings, and export where things are."""

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from names import Names
from settings import from_config
from stacks import account
from stacks.access import Access, AccessArgs
from stacks.alerts import Alerts, AlertsArgs
from stacks.compliance import Compliance, ComplianceArgs
from stacks.costs import Costs, CostsArgs
from stacks.dashboards import Dashboards, DashboardsArgs
from stacks.database import Database, DatabaseArgs
from stacks.file_systems import FileSystems, FileSystemsArgs
from stacks.files import Files, FilesArgs
from stacks.inventories import Inventories, InventoriesArgs
from stacks.journal import Journal, JournalArgs
from stacks.key_guard import KeyGuard, KeyGuardArgs
from stacks.keys import Keys, KeysArgs
from stacks.monitoring import Alarms, AlarmsArgs, Topics, TopicsArgs
from stacks.network import Network, NetworkArgs
from stacks.plans import Plans, PlansArgs
from stacks.restores import RestoreTests, RestoreTestsArgs, tested
from stacks.routing import Address, Routing, RoutingArgs
from stacks.standby import Standby, StandbyArgs
from stacks.vaults import Vaults, VaultsArgs

settings = from_config({**get_config_env(), **CONFIG.get()})
names = Names(settings)
opts = pulumi.ResourceOptions(providers=[account.provider(names)])

keys = Keys("keys", KeysArgs(names), opts)
topics = Topics("topics", TopicsArgs(names, keys), opts)
vaults = Vaults("vaults", VaultsArgs(names, keys), opts)
KeyGuard("key-guard", KeyGuardArgs(names, keys, topics.arns), opts)
if settings.disaster_recovery.enabled:
    network = Network("network", NetworkArgs(names, settings.standby_region), opts)
    database = Database("database", DatabaseArgs(names, keys, network), opts)
    standby = Standby("standby", StandbyArgs(names, keys, network, database.replica), opts)
    address = Address(standby.load_balancer.dns_name, standby.load_balancer.zone_id)
    Routing("routing", RoutingArgs(names, address, topics.arns), opts)
    if tested(settings):
        RestoreTests("restores", RestoreTestsArgs(names, keys, network, vaults), opts)
    pulumi.export("replica", database.replica.endpoint)
    pulumi.export("standby", standby.load_balancer.dns_name)
if settings.files.kinds:
    Files("files", FilesArgs(names, keys), opts)
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
Access("access", AccessArgs(names, keys), opts)

pulumi.export("activeRegion", settings.active_region)
pulumi.export("recoveryRegion", settings.recovery_region)
pulumi.export("shop", names.shop_url)
pulumi.export("journal", names.journal_bucket(settings.recovery_region))
pulumi.export("vaults", {region: vaults.arn(region) for region in settings.regions})
pulumi.export("topics", topics.arns)
