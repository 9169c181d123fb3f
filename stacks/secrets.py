"""Secrets of our own: each is kept in both regions, and its value is put in by hand, so that no state and no settings ever hold it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.keys import Keys
from stacks.restores import tested


@dataclass(frozen=True, slots=True)
class SecretsArgs:
    names: Names
    keys: Keys


class Secrets(pulumi.ComponentResource):
    """What builds sign in with: ``git`` at GitHub, ``docker-hub`` where its images come from.

    Each lies in the home region, whichever is active, with a replica in the other one: moved, it would lose its value.
    """

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Secrets", name, None, opts)
        self._settings = settings = args.names.settings
        self._args, self._secrets = args, dict[str, aws.secretsmanager.Secret]()
        application = settings.application
        if application.enabled or tested(settings):
            self._keep("git", args.names.git_secret, "Reads repositories of GitHub", customer_key=True)
        if application.enabled and application.include_code:
            # ECR reads no credentials that lie under a customer key.
            self._keep("docker-hub", args.names.docker_hub_secret, "Reads images of Docker Hub", customer_key=False)
        self.register_outputs({})

    def arn(self, what: str, region: str) -> pulumi.Output[str]:
        """Return the ARN of the secret in *region*: a replica's differs from the original's in its region alone."""
        home = self._settings.home_region
        return self._secrets[what].arn.apply(lambda arn: arn.replace(f":{home}:", f":{region}:"))

    def _keep(self, what: str, secret: str, says: str, *, customer_key: bool) -> None:
        home, other = self._settings.regions
        key, copys_key = (self._args.keys.arn("data", region) for region in (home, other))
        self._secrets[what] = aws.secretsmanager.Secret(
            f"{what}-{home}",
            name=secret,
            description=says,
            kms_key_id=key if customer_key else None,
            replicas=[{"region": other, "kms_key_id": copys_key} if customer_key else {"region": other}],
            recovery_window_in_days=30,
            region=home,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
