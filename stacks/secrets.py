"""The secret of our own: kept in both regions, its value put in by hand, so that no state and no settings ever hold it."""

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
    """What builds sign in with at GitHub. It lies in the home region, whichever is active: moved, it would lose its value."""

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Secrets", name, None, opts)
        self._settings = settings = args.names.settings
        self._git: aws.secretsmanager.Secret | None = None
        if settings.application.enabled or tested(settings):
            home, other = settings.regions
            self._git = aws.secretsmanager.Secret(
                f"git-{home}",
                name=args.names.git_secret,
                description="Reads repositories of GitHub",
                kms_key_id=args.keys.arn("data", home),
                replicas=[{"region": other, "kms_key_id": args.keys.arn("data", other)}],
                recovery_window_in_days=30,
                region=home,
                opts=pulumi.ResourceOptions(parent=self, protect=True),
            )
        self.register_outputs({})

    def git_arn(self, region: str) -> pulumi.Output[str]:
        """Return the secret's ARN in *region*: a replica's differs from the original's in its region alone."""
        if self._git is None:
            raise LookupError("no build is declared, so there is nothing to sign in for")
        home = self._settings.home_region
        return self._git.arn.apply(lambda arn: arn.replace(f":{home}:", f":{region}:"))
