"""Whether the standby could take over, seen from its own region alone, as it would be if the other one were lost."""

from datetime import timedelta

from runbooks import world
from runbooks.aws import restores
from runbooks.checked import Checked
from runbooks.databases.verify import tried
from runbooks.drills.drill import as_facts
from runbooks.journal import Facts
from runbooks.plan import Step
from runbooks.reach import Reach
from runbooks.readiness import findings
from runbooks.world import RegionView


def ready(reach: Reach, region: str) -> Step:
    """Look at all that a failover stands on; nothing is changed, and no call goes to the other region."""

    def act() -> Facts:
        seen = world.look_alone(reach, region, reach.clock.now())
        found = [Checked(each.name, each.well, each.says) for each in findings(seen, reach.names, region)]
        follows = _follows(seen.views[region])
        told = [follows if follows and each.name == "replica" and each.well else each for each in found]
        return {"checks": as_facts((*told, *_besides(reach, region)))}

    return Step(
        name="readiness",
        says=f"Look whether the standby in {region} could take over: replica, service, network, secrets, keys, traffic switch",
        region=region,
        act=act,
        done=lambda: False,  # only looks
        estimate=timedelta(seconds=10),
        deadline=timedelta(minutes=5),
    )


def _follows(view: RegionView) -> Checked | None:
    """Return whether the replica follows its source, as RDS tells in its own region: the source was not asked, and is not lost."""
    replica = view.database
    if replica is None or replica.writer:
        return None
    says = f"{replica.identifier} in {view.region} is a replica; RDS calls it {replica.replication or 'nothing'}"
    return Checked("replica", replica.replication == "replicating", says)


def _besides(reach: Reach, region: str) -> tuple[Checked, ...]:
    names, door = reach.names, reach.door(region)

    def network() -> Checked:
        group = names.subnet_group(region)
        there = restores.has_subnet_group(door, group)
        return Checked("network", there, f"the subnet group {group} is {'' if there else 'not '}in {region}")

    def secret() -> Checked:
        reach.credentials(region)
        return Checked("secret", well=True, says=f"{names.database_secret} can be read in {region}")

    return tried("network", network), tried("secret", secret)
