"""Which database is looked into: the running one, or one that was restored beside it."""

from datetime import datetime

from runbooks import failover
from runbooks.aws import rds
from runbooks.checked import Checked
from runbooks.commands import Desk
from runbooks.databases.verify import look_into
from runbooks.errors import Refused


def look_up(at: Desk, region: str, instance: str, moment: datetime | None) -> tuple[Checked, ...]:
    """Return what was found in *instance* (empty: the database) of *region* (empty: the active one)."""
    if region:
        failover.other_region(at.names, region)
    where, name = region or at.names.settings.active_region, instance or at.names.database
    found = rds.instances(at.reach.door(where)).get(name)
    if found is None:
        raise Refused(f"there is no database {name} in {where}", "see which runs restored one: invoke runs")
    return look_into(at.reach, where, found, moment)
