"""Types of resource that are only recorded: no runbook, drill, alarm or report that runs here would find anything in them.

Each is named with the reason why the emulator has nothing behind it. Whatever is not here and has no maker is refused.
"""

RECORDED: dict[str, str] = {
    "aws:arcregionswitch/plan:Plan": "a plan that AWS's own service executes; here the commands do",
    "aws:budgets/budget:Budget": "nothing here costs anything",
    "aws:cloudwatch/dashboard:Dashboard": "a page of AWS's console, which is not here",
    "aws:codebuild/project:Project": "no build is run here: its command can be typed instead",
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": "nothing here costs anything",
    "aws:costexplorer/anomalySubscription:AnomalySubscription": "nothing here costs anything",
    "aws:efs/replicationConfiguration:ReplicationConfiguration": "the emulator has no file systems",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "the sandbox's tasks are processes, which reach everything by its port",
    "aws:rds/optionGroup:OptionGroup": "the sandbox's databases are PostgreSQL itself, which knows no option groups",
    "aws:sfn/stateMachine:StateMachine": "the emulator's RDS exports no snapshots",
    "aws:sns/topicSubscription:TopicSubscription": "people are not told what happens here: nothing leaves this machine",
    "aws:backup/framework:Framework": "controls are judged by AWS Config, which has nothing to look at here",
    "aws:backup/reportPlan:ReportPlan": "reports are written daily by AWS Backup's own service",
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": "no image is pulled here: the fleet starts the storefront from this repository",
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": "no image is pulled here, so none is replicated",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "no image is pulled here, so no repository is made",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "no workflow of GitHub signs in here",
    "aws:kms/grant:Grant": "given to AWS Backup's reporting service, which is not here",
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": "the emulator has no vault of this kind; copies into one fail here",
}
