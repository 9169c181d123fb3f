"""Parameter and subnet groups, the replica, and the replication of automated backups."""

import time
from typing import Any

from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes
from sandbox.deploy.resources.notmade import NotMade

PATIENCE = 120.0
POLL = 0.2


@makes("aws:rds/parameterGroup:ParameterGroup")
def parameter_group(wanted: Wanted) -> Made:
    rds, inputs = wanted.client("rds"), wanted.inputs
    given = inputs.given(DBParameterGroupName="name", DBParameterGroupFamily="family", Description="description")
    made = rds.create_db_parameter_group(**given, Tags=wanted.tag_list())["DBParameterGroup"]
    parameters = [
        {"ParameterName": each["name"], "ParameterValue": each["value"], "ApplyMethod": each["applyMethod"]}
        for each in inputs.get("parameters", [])
    ]
    if parameters:
        rds.modify_db_parameter_group(DBParameterGroupName=inputs["name"], Parameters=parameters)
    return Made(inputs["name"], {"arn": made["DBParameterGroupArn"]})


@makes("aws:rds/subnetGroup:SubnetGroup")
def subnet_group(wanted: Wanted) -> Made:
    given = wanted.inputs.given(DBSubnetGroupName="name", DBSubnetGroupDescription="description", SubnetIds="subnetIds")
    made = wanted.client("rds").create_db_subnet_group(**given, Tags=wanted.tag_list())["DBSubnetGroup"]
    return Made(made["DBSubnetGroupName"], {"arn": made["DBSubnetGroupArn"]})


@makes("aws:rds/instance:Instance")
def replica(wanted: Wanted) -> Made:
    """Make a read replica; the writer is the workload's. RDS takes a replica's backup retention only once it is there."""
    rds, inputs = wanted.client("rds"), wanted.inputs
    inputs.skip("skipFinalSnapshot", "finalSnapshotIdentifier", "storageEncrypted")
    given = inputs.given(
        DBInstanceIdentifier="identifier",
        SourceDBInstanceIdentifier="replicateSourceDb",
        DBInstanceClass="instanceClass",
        KmsKeyId="kmsKeyId",
        DBParameterGroupName="parameterGroupName",
        DBSubnetGroupName="dbSubnetGroupName",
        VpcSecurityGroupIds="vpcSecurityGroupIds",
        PubliclyAccessible="publiclyAccessible",
        CopyTagsToSnapshot="copyTagsToSnapshot",
        DeletionProtection="deletionProtection",
    )
    source_region = given["SourceDBInstanceIdentifier"].split(":")[3]
    rds.create_db_instance_read_replica(**given, SourceRegion=source_region, Tags=wanted.tag_list())
    _available(rds, given["DBInstanceIdentifier"])
    later = inputs.given(BackupRetentionPeriod="backupRetentionPeriod")
    rds.modify_db_instance(DBInstanceIdentifier=given["DBInstanceIdentifier"], ApplyImmediately=True, **later)
    made = _available(rds, given["DBInstanceIdentifier"])
    host, port = made["Endpoint"]["Address"], made["Endpoint"]["Port"]
    return Made(made["DBInstanceIdentifier"], {"arn": made["DBInstanceArn"], "address": host, "port": port, "endpoint": f"{host}:{port}"})


@makes("aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication")
def automated_backups_replication(wanted: Wanted) -> Made:
    given = wanted.inputs.given(SourceDBInstanceArn="sourceDbInstanceArn", BackupRetentionPeriod="retentionPeriod", KmsKeyId="kmsKeyId")
    made = wanted.client("rds").start_db_instance_automated_backups_replication(**given)["DBInstanceAutomatedBackup"]
    return Made(made["DBInstanceAutomatedBackupsArn"], {})


def _available(rds: Any, identifier: str) -> dict[str, Any]:
    """Return the instance once it is available, as the provider does before it hands out an endpoint."""
    deadline = time.monotonic() + PATIENCE
    while True:
        instance: dict[str, Any] = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
        status = instance["DBInstanceStatus"]
        if status == "available":
            return instance
        if status.startswith(("failed", "incompatible")) or time.monotonic() > deadline:
            raise NotMade(f"{identifier} is {status} after {PATIENCE - (deadline - time.monotonic()):.0f} s, not available")
        time.sleep(POLL)
