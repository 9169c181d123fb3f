"""Plans and selections."""

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.sandbox.backup.asking import BUCKET_ARN, ROLE, VAULT, Aws, code, vault_arn
from tests.sandbox.parts import WEST

MONTH = {"DeleteAfterDays": 35}
RULE = {"RuleName": "daily", "TargetBackupVaultName": VAULT, "ScheduleExpression": "cron(0 5 * * ? *)", "Lifecycle": MONTH}


def make_plan(api: BaseClient, **changes: object) -> str:
    return str(api.create_backup_plan(BackupPlan={"BackupPlanName": "orders", "Rules": [RULE | changes]})["BackupPlanId"])


def test_a_selection_belongs_to_its_plan(aws: Aws) -> None:
    """It is read back as it was written, listed, and gone when deleted; until then its plan stays."""
    api = aws("backup")
    plan = make_plan(api)
    written = {"SelectionName": "media", "IamRoleArn": ROLE, "Resources": [BUCKET_ARN], "NotResources": [], "ListOfTags": []}
    selection = api.create_backup_selection(BackupPlanId=plan, BackupSelection=written)["SelectionId"]
    named = {"BackupPlanId": plan, "SelectionId": selection}
    assert api.get_backup_selection(**named)["BackupSelection"] == written
    assert [found["SelectionName"] for found in api.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]] == ["media"]
    with pytest.raises(ClientError, match="must be deleted prior"):
        api.delete_backup_plan(BackupPlanId=plan)
    api.delete_backup_selection(**named)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        api.get_backup_selection(**named)
    api.delete_backup_plan(BackupPlanId=plan)


@pytest.mark.parametrize(
    "change",
    [
        {"SelectionName": "no spaces"},
        {"IamRoleArn": "arn:aws:iam::123456789012:role/missing"},
        {"Resources": ["arn:aws:s3:::*-logs"]},
        {"Resources": []},
    ],
)
def test_an_unsound_selection_is_refused(aws: Aws, change: dict[str, object]) -> None:
    """Names, roles and wildcards are checked, and a selection selects something."""
    api = aws("backup")
    selection = {"SelectionName": "media", "IamRoleArn": ROLE, "Resources": [BUCKET_ARN]} | change
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        api.create_backup_selection(BackupPlanId=make_plan(api), BackupSelection=selection)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"TargetBackupVaultName": "missing"}, "does not exist"),
        ({"ScheduleExpression": "cron(0/15 * * * ? *)"}, "60 minutes"),
        ({"ScheduleExpression": "rate(15 minutes)"}, "60 minutes"),
        ({"StartWindowMinutes": 30}, "StartWindowMinutes"),
        ({"StartWindowMinutes": 60, "CompletionWindowMinutes": 90}, "CompletionWindowMinutes"),
        ({"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 119}}, "90 days apart"),
        ({"Lifecycle": {"DeleteAfterDays": 36}, "EnableContinuousBackup": True}, "Continuous"),
        ({"CopyActions": [{"DestinationBackupVaultArn": "orders"}]}, "not the ARN"),
        ({"CopyActions": [{"DestinationBackupVaultArn": vault_arn(WEST), "Lifecycle": {"DeleteAfterDays": 0}}]}, "between 1"),
    ],
)
def test_an_unsound_plan_is_refused(aws: Aws, change: dict[str, object], says: str) -> None:
    """Vaults, schedules, windows, lifecycles and copies are checked before anything is made."""
    with pytest.raises(ClientError, match=says) as refused:
        make_plan(aws("backup"), **change)
    assert code(refused) == "InvalidParameterValueException"


def test_an_updated_plan_keeps_its_id_and_its_versions(aws: Aws) -> None:
    """The update is a new version with the new rules; both versions are listed."""
    api = aws("backup")
    plan = make_plan(api)
    first = api.get_backup_plan(BackupPlanId=plan)["VersionId"]
    later = {"BackupPlanName": "orders", "Rules": [RULE | {"ScheduleExpression": "cron(0 6 * * ? *)"}]}
    second = api.update_backup_plan(BackupPlanId=plan, BackupPlan=later)["VersionId"]
    read = api.get_backup_plan(BackupPlanId=plan)
    assert (read["VersionId"], read["BackupPlan"]["Rules"][0]["ScheduleExpression"]) == (second, "cron(0 6 * * ? *)")
    versions = api.list_backup_plan_versions(BackupPlanId=plan)["BackupPlanVersionsList"]
    assert [version["VersionId"] for version in versions] == [first, second]


def test_repeating_a_request_id_makes_nothing_twice(aws: Aws) -> None:
    """Vaults, plans and selections answer with what the first request made."""
    api = aws("backup")
    document = {"BackupPlanName": "orders", "Rules": [RULE]}
    plans = {api.create_backup_plan(BackupPlan=document, CreatorRequestId="once")["BackupPlanId"] for _ in range(2)}
    selection = {"SelectionName": "media", "IamRoleArn": ROLE, "Resources": [BUCKET_ARN]}
    asked = {"BackupPlanId": next(iter(plans)), "BackupSelection": selection, "CreatorRequestId": "once"}
    selections = {api.create_backup_selection(**asked)["SelectionId"] for _ in range(2)}
    vaults = {api.create_backup_vault(BackupVaultName="other", CreatorRequestId="once")["BackupVaultArn"] for _ in range(2)}
    assert (len(plans), len(selections), len(vaults)) == (1, 1, 1)
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        api.create_backup_vault(BackupVaultName="other", CreatorRequestId="again")
