"""A build as each of ours is: one command of this repository, run by CodeBuild and logged. Alarms on builds are in monitoring.py."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.build_network import BuildNetwork
from stacks.keys import Keys
from stacks.policies.builds import run_build, stand_in_network, start_build
from stacks.policies.documents import Document, assumed_by
from stacks.secrets import Secrets

IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
PYTHON = "3.11"
"""The oldest that this repository runs with, and one that the image holds."""

LOG_DAYS = 90


@dataclass(frozen=True, slots=True)
class BuildArgs:
    """``command`` is what follows ``invoke``; ``duty`` is what it may do. ``log`` is its group's name.

    ``network`` is where it stands, if it must reach what has no public address.
    """

    names: Names
    keys: Keys
    secrets: Secrets
    what: str
    region: str
    command: str
    duty: Document
    log: pulumi.Input[str]
    network: BuildNetwork | None = None


class Build(pulumi.ComponentResource):
    """A project without data and without privileges: a container that lives as long as its command."""

    def __init__(self, name: str, args: BuildArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Build", name, None, opts)
        self._args, self._names = args, args.names
        self._label = f"{args.what}-{args.region}"
        self._inside = pulumi.ResourceOptions(parent=self)
        role, leave = self._role()
        self.project = aws.codebuild.Project(
            self._label,
            name=self._names.build(args.what),
            service_role=role.arn,
            source=self._source(),
            source_version=self._names.settings.access.github.branch,
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "compute_type": "BUILD_GENERAL1_SMALL",
                "image": IMAGE,
                "privileged_mode": False,
            },
            logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": args.log}},
            encryption_key=args.keys.arn("data", args.region),
            vpc_config=args.network.placed if args.network else None,
            region=args.region,
            # CodeBuild tries the role's leave when the project is made.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*leave, *(args.network.ready if args.network else ())]),
        )
        self.register_outputs({})

    def _source(self) -> aws.codebuild.ProjectSourceArgsDict:
        return {
            "type": "GITHUB",
            "location": f"https://github.com/{self._names.settings.access.github.repository}.git",
            "git_clone_depth": 1,
            "auth": {"type": "SECRETS_MANAGER", "resource": self._args.secrets.git_arn(self._args.region)},
            "buildspec": buildspec(f"{self._args.command} --stack {pulumi.get_stack()}"),
        }

    def _role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        """Return the role and its leave. Both serve both regions: an active region that changes changes neither."""
        args, settings = self._args, self._names.settings
        label = f"build-{args.what}"
        role = aws.iam.Role(
            label,
            name=self._names.role(label),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("codebuild")),
            opts=self._inside,
        )
        token = f"{settings.account}:secret:{self._names.git_secret}-??????"
        run = run_build(
            [self._names.build_log_arn(args.what, region) for region in settings.regions],
            [f"arn:aws:secretsmanager:{region}:{token}" for region in settings.regions],
            [args.keys.arn("data", region) for region in settings.regions],
            settings.regions,
        )
        documents = {"run": run, args.what: args.duty}
        if args.network:
            documents["network"] = stand_in_network(settings.account, args.region, args.network.subnet.arn, args.network.group_arn)
        leave: list[pulumi.Resource] = [
            aws.iam.RolePolicy(
                f"{label}-{purpose}", name=purpose, role=role.name, policy=pulumi.Output.json_dumps(document), opts=self._inside
            )
            for purpose, document in documents.items()
        ]
        return role, leave


def buildspec(command: str) -> str:
    """Return the steps of a build as JSON, which is YAML too: in the project, so that no file beside the code decides what runs."""
    phases = {
        "install": {"runtime-versions": {"python": PYTHON}, "commands": ["make .venv PYTHON=python3"]},
        "build": {"commands": [f".venv/bin/invoke {command}"]},
    }
    return json.dumps({"version": 0.2, "phases": phases})


def log_group(names: Names, what: str, region: str, opts: pulumi.ResourceOptions) -> aws.cloudwatch.LogGroup:
    """Make the log of *what*'s builds in *region*. CloudWatch encrypts it; no data of a customer is written to it."""
    return aws.cloudwatch.LogGroup(f"{what}-{region}", name=names.build_log(what), retention_in_days=LOG_DAYS, region=region, opts=opts)


def starter(names: Names, what: str, service: str, opts: pulumi.ResourceOptions) -> aws.iam.Role:
    """Make the role in which *service* starts *what*'s builds, in either region, and does nothing else."""
    label = f"start-{what}"
    role = aws.iam.Role(label, name=names.role(label), assume_role_policy=pulumi.Output.json_dumps(assumed_by(service)), opts=opts)
    document = start_build([names.build_arn(what, region) for region in names.settings.regions])
    aws.iam.RolePolicy(label, name="start", role=role.name, policy=pulumi.Output.json_dumps(document), opts=opts)
    return role
