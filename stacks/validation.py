"""Validation: whatever a restore test has restored is looked into before AWS Backup clears it away."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks import duties
from stacks.build_network import BuildNetwork
from stacks.builds import Build, BuildArgs, log_group, starter
from stacks.keys import Keys
from stacks.secrets import Secrets

VALIDATION = "validation"
JOB = "RESTORE_JOB"


@dataclass(frozen=True, slots=True)
class ValidationArgs:
    names: Names
    keys: Keys
    secrets: Secrets
    network: BuildNetwork


class Validation(pulumi.ComponentResource):
    """A build for each restore that a test completes, where the tests restore: in the standby region.

    Restores by hand have no plan and are left alone. Source of the event's fields: AWS Backup, "Restore testing validation".
    """

    def __init__(self, name: str, args: ValidationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Validation", name, None, opts)
        names, region = args.names, args.names.settings.standby_region
        inside = pulumi.ResourceOptions(parent=self)
        build = Build(
            f"{VALIDATION}-{region}",
            BuildArgs(
                names=names,
                keys=args.keys,
                secrets=args.secrets,
                what=VALIDATION,
                region=region,
                command=f'verify --restore-job "${JOB}"',
                duty=duties.validation(names, args.keys.arn),
                log=log_group(names, VALIDATION, region, inside).name,
                network=args.network,
            ),
            inside,
        )
        rule = aws.cloudwatch.EventRule(
            f"restore-tested-{region}",
            name=names.event_rule("restore-tested"),
            description="A restore test has restored something",
            event_pattern=json.dumps(completed(names, region)),
            region=region,
            opts=inside,
        )
        aws.cloudwatch.EventTarget(
            f"restore-tested-{region}",
            rule=rule.name,
            target_id=VALIDATION,
            arn=names.build_arn(VALIDATION, region),
            role_arn=starter(names, VALIDATION, "events", inside).arn,
            input_transformer={"input_paths": {"job": "$.detail.restoreJobId"}, "input_template": TEMPLATE},
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[build.project]),
        )
        self.register_outputs({})


TEMPLATE = f'{{"environmentVariablesOverride":[{{"name":"{JOB}","type":"PLAINTEXT","value":<job>}}]}}'
"""What StartBuild is called with. EventBridge puts the quotes around text that it fills in."""


def completed(names: Names, region: str) -> dict[str, object]:
    """Return the pattern of the events that a restore by our plan of tests has completed."""
    plan = [{"prefix": names.restore_tests_prefix_arn(region)}]
    return {
        "source": ["aws.backup"],
        "detail-type": ["Restore Job State Change"],
        "detail": {"status": ["COMPLETED"], "restoreTestingPlanArn": plan},
    }
