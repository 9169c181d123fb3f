"""What a build needs to run, what starts it, and what ECR needs to make a repository of ours."""

from collections.abc import Sequence

from pulumi import Input

from stacks.policies.documents import Document, allow, document


def run_build(log_arns: Sequence[str], token_arns: Sequence[str], key_arns: Sequence[Input[str]], regions: Sequence[str]) -> Document:
    """Return what every build needs: its log, and the token that its source is read with, which lies under one of *key_arns*."""
    through_secrets = {
        "StringEquals": {"kms:ViaService": [f"secretsmanager.{region}.amazonaws.com" for region in regions]},
        "StringLike": {"kms:EncryptionContext:SecretARN": list(token_arns)},
    }
    return document(
        allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log}:log-stream:*" for log in log_arns]),
        allow("ReadGitToken", ["secretsmanager:GetSecretValue"], token_arns),
        allow("DecryptGitToken", ["kms:Decrypt"], key_arns, Condition=through_secrets),
    )


def stand_in_network(account: str, region: str, subnet_arn: Input[str], group_arn: Input[str]) -> Document:
    """Return what CodeBuild needs to give a build an address in a subnet; what it describes knows no resource.

    Source: CodeBuild's user guide, "Allow CodeBuild access to AWS services required to create a VPC network interface".
    """
    looks = ["DescribeDhcpOptions", "DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs"]
    interfaces = f"arn:aws:ec2:{region}:{account}:network-interface/*"
    itself = {"StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"}, "ArnEquals": {"ec2:Subnet": [subnet_arn]}}
    return document(
        allow("SeeTheNetwork", [f"ec2:{action}" for action in looks], ["*"]),
        allow("MakeInterfaces", ["ec2:CreateNetworkInterface"], [interfaces, subnet_arn, group_arn]),
        allow("TakeInterfacesAway", ["ec2:DeleteNetworkInterface"], [interfaces]),
        allow("GiveInterfaces", ["ec2:CreateNetworkInterfacePermission"], [interfaces], Condition=itself),
    )


def start_build(project_arns: Sequence[str]) -> Document:
    return document(allow("StartBuild", ["codebuild:StartBuild"], project_arns))


def make_repositories(repositories_arn: str, key_arn: Input[str]) -> Document:
    """Return what ECR needs to make a repository under a customer key, for an image that it caches or replicates."""
    return document(
        allow("MakeRepositories", ["ecr:CreateRepository", "ecr:ReplicateImage"], [repositories_arn]),
        allow("UseKey", ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"], [key_arn]),
    )
