"""The database's standing in the recovery region."""

from names import Names
from tests.stacks.declared import EAST, WEST, Declared, region

REPLICA = f"database-{WEST}"


def test_the_replica_carries_the_writers_name_in_the_other_region(prod: Declared, names: Names) -> None:
    """Roles can swap because nothing but the region differs."""
    replica = prod.of("rds/instance:Instance")[REPLICA]
    assert region(replica) == WEST
    assert replica.inputs["identifier"] == names.database
    assert replica.inputs["replicateSourceDb"] == names.database_arn(EAST)
    assert replica.inputs["parameterGroupName"] == names.parameter_group


def test_the_replica_is_encrypted_with_the_key_of_its_own_region(prod: Declared) -> None:
    """A key of the source's region would be lost with it."""
    replica = prod.one("rds/instance:Instance", REPLICA)
    assert replica["storageEncrypted"] is True
    assert f":{WEST}:123456789012:key/data-{WEST}" in replica["kmsKeyId"]


def test_promotion_is_no_wish_for_a_new_replica(prod: Declared) -> None:
    """After a failover the replica has no source; the next update must leave it alone."""
    replica = prod.of("rds/instance:Instance")[REPLICA]
    assert replica.protect
    assert replica.inputs["deletionProtection"] is True
    assert replica.ignore_changes == ("replicateSourceDb",)


def test_the_replica_has_backups_before_it_is_promoted(prod: Declared) -> None:
    """A promoted instance would otherwise keep one day, or none."""
    assert prod.one("rds/instance:Instance", REPLICA)["backupRetentionPeriod"] == 35


def test_the_next_update_lifts_no_fence(prod: Declared) -> None:
    """A run sets the fence in the parameter group that the program made."""
    group = prod.of("rds/parameterGroup:ParameterGroup")[REPLICA]
    assert group.ignore_changes == ("parameters",)
    assert "parameters" not in group.inputs


def test_both_regions_have_a_group_that_reads_only(prod: Declared, names: Names) -> None:
    """A retired writer gets it at once, whichever region it was in."""
    groups = prod.of("rds/parameterGroup:ParameterGroup")
    for where in (EAST, WEST):
        fenced = groups[f"fenced-{where}"].inputs
        assert (fenced["name"], fenced["family"]) == (names.fenced_parameter_group, "postgres16")
        assert fenced["parameters"] == [{"name": "default_transaction_read_only", "value": "1", "applyMethod": "immediate"}]


def test_automated_backups_are_replicated_into_the_recovery_region(prod: Declared, names: Names) -> None:
    """The resource lives in the destination, under its key: the recovery region restores to a moment by itself."""
    replication = prod.of("rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication")[REPLICA]
    assert region(replication) == WEST
    assert replication.inputs["sourceDbInstanceArn"] == names.database_arn(EAST)
    assert replication.inputs["retentionPeriod"] == 35
    assert f":{WEST}:" in replication.inputs["kmsKeyId"]


def test_the_database_is_not_reachable_from_outside(prod: Declared) -> None:
    """Its subnets have no way out, and its group lets in the tasks alone."""
    assert prod.one("rds/instance:Instance", REPLICA)["publiclyAccessible"] is False
    assert prod.one("rds/subnetGroup:SubnetGroup", REPLICA)["subnetIds"] == [f"id-of-database-{WEST}a", f"id-of-database-{WEST}b"]
    led_out = {each.inputs["subnetId"] for each in prod.of("ec2/routeTableAssociation:RouteTableAssociation").values()}
    assert led_out == {f"id-of-public-{WEST}a", f"id-of-public-{WEST}b", f"id-of-builds-{WEST}a"}
    [rule] = prod.one("ec2/securityGroup:SecurityGroup", REPLICA)["ingress"]
    assert (rule["fromPort"], rule["securityGroups"]) == (5432, [f"id-of-tasks-{WEST}"])
