"""Which type of resource is counted how, and which costs nothing by itself, with the reason. Any other is named as not estimated."""

from sandbox.deploy.costs import backups, files, standby
from sandbox.deploy.costs.amounts import Count

COUNTED: dict[str, Count] = {
    "arcregionswitch/plan": standby.each_month("Region switch plans", "region-switch-plan"),
    "backup/framework": backups.framework,
    "backup/logicallyAirGappedVault": standby.each_month(
        "air-gapped vault, beyond what its copies cost in another", "air-gapped-vault/vault-month"
    ),
    "backup/plan": backups.backup_plan,
    "backup/restoreTestingSelection": backups.restore_test,
    "cloudwatch/dashboard": standby.each_month("dashboards", "dashboard"),
    "cloudwatch/logGroup": standby.logs,
    "cloudwatch/metricAlarm": standby.alarm,
    "codebuild/project": standby.build,
    "ec2/eip": standby.each_hour("public address of the builds' way out", "public-address/hour"),
    "ec2/natGateway": standby.each_hour("way out of builds, without what passes through it", "nat-gateway"),
    "ec2/vpcEndpoint": standby.endpoint,
    "ecs/cluster": standby.cluster,
    "ecs/service": standby.service,
    "efs/fileSystem": files.file_system,
    "kms/key": standby.each_month("customer keys", "kms-key"),
    "lb/loadBalancer": standby.load_balancer,
    "rds/instance": backups.database,
    "rds/instanceAutomatedBackupsReplication": backups.replicated_backups,
    "route53/healthCheck": standby.health_check,
    "route53recoverycontrol/cluster": standby.each_hour("routing control cluster", "arc-cluster"),
    "s3/bucket": files.bucket,
    "s3/bucketReplicationConfig": files.replication,
    "secretsmanager/secret": standby.secret,
}

NETWORK = "a network costs nothing but what crosses its edge"
IDENTITY = "IAM costs nothing"
PART = "a part of what it belongs to, which is counted"
RULE = "a rule costs nothing; images do, whose sizes nobody knows here"
TOLD = "paid by the message, of which there are few"

FREE: dict[str, str] = {
    **dict.fromkeys(
        ("ec2/internetGateway", "ec2/routeTable", "ec2/routeTableAssociation", "ec2/securityGroup", "ec2/subnet", "ec2/vpc"), NETWORK
    ),
    **dict.fromkeys(("iam/openIdConnectProvider", "iam/policy", "iam/role", "iam/rolePolicy", "iam/rolePolicyAttachment"), IDENTITY),
    **dict.fromkeys(
        ("backup/regionSettings", "backup/selection", "backup/vaultLockConfiguration", "backup/vaultNotifications", "backup/vaultPolicy"),
        PART,
    ),
    **dict.fromkeys(("ecs/taskDefinition", "kms/alias", "kms/grant", "lb/listener", "lb/targetGroup"), PART),
    **dict.fromkeys(("rds/optionGroup", "rds/parameterGroup", "rds/subnetGroup", "sns/topicPolicy"), PART),
    **dict.fromkeys(("ecr/pullThroughCacheRule", "ecr/replicationConfiguration", "ecr/repositoryCreationTemplate"), RULE),
    **dict.fromkeys(("cloudwatch/eventTarget", "sns/topic", "sns/topicSubscription"), TOLD),
    **dict.fromkeys(
        (
            *("s3/bucketLifecycleConfiguration", "s3/bucketObjectLockConfiguration", "s3/bucketOwnershipControls", "s3/bucketPolicy"),
            *("s3/bucketPublicAccessBlock", "s3/bucketServerSideEncryptionConfiguration", "s3/bucketVersioning"),
        ),
        PART,
    ),
    "backup/reportPlan": "reports cost what their bucket does",
    "backup/restoreTestingPlan": "its tests are counted where they are selected",
    "backup/vault": "a vault costs what is in it, which is counted with the plan",
    "budgets/budget": "a budget that only tells costs nothing",
    "cloudwatch/eventRule": "events of AWS itself cost nothing",
    "costexplorer/anomalyMonitor": "watching costs costs nothing",
    "costexplorer/anomalySubscription": "watching costs costs nothing",
    "scheduler/scheduleGroup": "a group costs nothing",
    "scheduler/schedule": "a thousand calls a month, of which AWS gives millions away",
    "route53/record": "a record that leads to AWS is asked for nothing",
}
