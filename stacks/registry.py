"""Container images: kept in both regions' registries, so that a start of the shop needs neither Docker Hub nor the lost region."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import DOCKER_HUB, Names
from stacks.keys import Keys
from stacks.policies.builds import make_repositories
from stacks.policies.documents import assumed_by


@dataclass(frozen=True, slots=True)
class RegistryArgs:
    names: Names
    keys: Keys


class Registry(pulumi.ComponentResource):
    """Each region caches Docker Hub by itself and hands what it caches on to the other.

    ECR replicates once what was pushed, and never what was replicated, so both ways make no circle. Within one account it needs no
    registry policy. A region has one configuration of replication, which is this one.
    """

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Registry", name, None, opts)
        self._args, self._names = args, args.names
        self._inside = pulumi.ResourceOptions(parent=self)
        for region in args.names.settings.regions:
            template = self._template(region)
            self._cache(region, template)
            self._replicate(region, template)
        self.register_outputs({})

    def _template(self, region: str) -> aws.ecr.RepositoryCreationTemplate:
        """Say how ECR makes a repository. Tags may move: ECR could renew no cached image otherwise, and would go on serving the first."""
        role, leave = self._role(region)
        return aws.ecr.RepositoryCreationTemplate(
            f"{DOCKER_HUB}-{region}",
            prefix=DOCKER_HUB,
            description="Images of Docker Hub that are kept for recovery",
            applied_fors=["PULL_THROUGH_CACHE", "REPLICATION"],
            image_tag_mutability="MUTABLE",
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": self._args.keys.arn("data", region)}],
            custom_role_arn=role.arn,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[leave]),
        )

    def _cache(self, region: str, template: aws.ecr.RepositoryCreationTemplate) -> None:
        aws.ecr.PullThroughCacheRule(
            f"{DOCKER_HUB}-{region}",
            ecr_repository_prefix=DOCKER_HUB,
            upstream_registry_url="registry-1.docker.io",
            credential_arn=self._credentials(region),
            region=region,
            # A repository is made once, as the template says at that moment.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[template]),
        )

    def _credentials(self, region: str) -> pulumi.Output[str]:
        """Return the ARN of the owner's secret: ECR makes no rule whose credentials do not work yet, so they are there beforehand."""
        return aws.secretsmanager.get_secret_output(
            name=self._names.docker_hub_secret, region=region, opts=pulumi.InvokeOutputOptions(parent=self)
        ).arn

    def _replicate(self, region: str, template: aws.ecr.RepositoryCreationTemplate) -> None:
        settings = self._names.settings
        aws.ecr.ReplicationConfiguration(
            f"images-{region}",
            replication_configuration={
                "rules": [
                    {
                        "destinations": [{"region": settings.other_region(region), "registry_id": settings.account}],
                        "repository_filters": [{"filter": f"{DOCKER_HUB}/", "filter_type": "PREFIX_MATCH"}],
                    }
                ]
            },
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[template]),
        )

    def _role(self, region: str) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """Return the role that ECR asks for where a repository lies under a customer key."""
        label = f"repositories-{region}"
        role = aws.iam.Role(
            label,
            name=self._names.role(label),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("ecr")),
            opts=self._inside,
        )
        repositories = f"arn:aws:ecr:{region}:{self._names.settings.account}:repository/{DOCKER_HUB}/*"
        document = make_repositories(repositories, self._args.keys.arn("data", region))
        leave = aws.iam.RolePolicy(label, name="make", role=role.name, policy=pulumi.Output.json_dumps(document), opts=self._inside)
        return role, leave
