"""Types of resource that are only recorded: no runbook, drill, alarm or report that runs here would find anything in them.

Each is named with the reason why the emulator has nothing behind it. Whatever is not here and has no maker is refused.
"""

RECORDED: dict[str, str] = {
    "aws:budgets/budget:Budget": "nothing here costs anything",
    "aws:cloudwatch/dashboard:Dashboard": "a page of AWS's console, which is not here",
    "aws:cloudwatch/eventRule:EventRule": "the emulator's rules reach no topic and no other region; the alarms on the same failures do",
    "aws:cloudwatch/eventTarget:EventTarget": "the emulator's rules reach no topic and no other region; the alarms on the same failures do",
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": "nothing here costs anything",
    "aws:costexplorer/anomalySubscription:AnomalySubscription": "nothing here costs anything",
    "aws:efs/replicationConfiguration:ReplicationConfiguration": "the emulator has no file systems",
    "aws:sns/topicSubscription:TopicSubscription": "people are not told what happens here: nothing leaves this machine",
    "aws:backup/framework:Framework": "controls are judged by AWS Config, which has nothing to look at here",
    "aws:backup/reportPlan:ReportPlan": "reports are written daily by AWS Backup's own service",
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": "the emulator's AWS Backup starts no tests by itself",
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": "the emulator's AWS Backup starts no tests by itself",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "no workflow of GitHub signs in here",
    "aws:kms/grant:Grant": "given to AWS Backup's reporting service, which is not here",
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": "the emulator has no vault of this kind; copies into one fail here",
}
