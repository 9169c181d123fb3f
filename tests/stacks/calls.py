"""What the runbooks ask of AWS, read off their code, and the permissions that it takes."""

import ast
from collections.abc import Iterator

from settings import HERE

RDS_UNDER_A_KEY = {"kms:CreateGrant", "kms:DescribeKey"}

# What AWS asks for besides the action that is called like the operation.
BESIDES = {
    ("rds", "create_db_instance_read_replica"): RDS_UNDER_A_KEY,
    ("rds", "start_db_instance_automated_backups_replication"): RDS_UNDER_A_KEY,
    ("rds", "restore_db_instance_to_point_in_time"): RDS_UNDER_A_KEY | {"rds:AddTagsToResource"},
    ("backup", "start_backup_job"): {"iam:PassRole"},
    ("backup", "start_copy_job"): {"iam:PassRole"},
    ("backup", "start_restore_job"): {"iam:PassRole"},
    ("s3", "get_object"): {"kms:Decrypt", "s3:GetObjectVersion", "s3:ListBucket"},  # who may not list is told 403 of what is missing
    ("s3", "put_object"): {"kms:GenerateDataKey"},
    # What is copied is read and written, and so are its tags.
    ("s3", "copy_object"): {
        *("kms:Decrypt", "kms:GenerateDataKey", "s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"),
        "s3:PutObjectTagging",
    },
    ("scheduler", "update_schedule"): {"iam:PassRole"},
    ("secretsmanager", "get_secret_value"): {"kms:Decrypt"},
    ("s3control", "create_job"): {"iam:PassRole"},
    ("ssm", "get_parameters_by_path"): {"kms:Decrypt"},
    ("ssm", "put_parameter"): {"kms:Encrypt", "kms:GenerateDataKey"},
    ("sns", "publish"): {"kms:Decrypt", "kms:GenerateDataKey"},
}
OTHERWISE_CALLED = {
    ("s3", "complete_multipart_upload"): "s3:PutObject",
    ("s3", "copy_object"): "s3:PutObject",
    ("s3", "create_multipart_upload"): "s3:PutObject",
    ("s3", "delete_objects"): "s3:DeleteObject",
    ("s3", "head_object"): "s3:GetObject",
    ("s3", "list_buckets"): "s3:ListAllMyBuckets",
    ("s3", "list_objects_v2"): "s3:ListBucket",
    ("s3", "list_object_versions"): "s3:ListBucketVersions",
    ("s3", "upload_part_copy"): "s3:PutObject",
    ("s3control", "create_job"): "s3:CreateJob",
    ("stepfunctions", "start_execution"): "states:StartExecution",
    ("stepfunctions", "describe_execution"): "states:DescribeExecution",
    ("s3control", "describe_job"): "s3:DescribeJob",
}


def asked() -> Iterator[tuple[str, list[object]]]:
    """Yield every use of the door to AWS: the file, and the service and operation it names, None where a name is computed."""
    for file in sorted((HERE / "runbooks/aws").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            used = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            named = [
                getattr(argument, "value", None) for argument in node.args if not (isinstance(argument, ast.Name) and argument.id == "door")
            ]
            if used in ("call", "pages", "unparsed"):
                yield file.stem, named[:2]
            elif used == "_once":
                yield file.stem, [file.stem, named[0]]


def calls() -> set[tuple[str, str]]:
    return {(str(service), str(operation)) for _, (service, operation) in asked() if operation}


def calls_of(*files: str) -> set[tuple[str, str]]:
    return {(str(service), str(operation)) for file, (service, operation) in asked() if file in files}


def action(service: str, operation: str) -> str:
    """Return the IAM action of an operation: ``describe_db_instances`` is ``rds:DescribeDBInstances``."""
    words = "".join({"db": "DB"}.get(word, word.capitalize()) for word in operation.split("_"))
    return OTHERWISE_CALLED.get((service, operation), f"{service}:{words}")
