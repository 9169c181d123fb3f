"""Who may do what: an operator, a drill, an auditor, and a role behind glass. The settings say who; duties/ says what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import GITHUB, Names
from stacks import duties
from stacks.keys import Keys
from stacks.policies.documents import Document, document

HOUR = 3600
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True, slots=True)
class AccessArgs:
    """``controls`` maps a region to the ARN of its routing control; it is empty when the traffic switch is another one."""

    names: Names
    keys: Keys
    controls: Mapping[str, pulumi.Input[str]]


class Access(pulumi.ComponentResource):
    """Roles that people and workflows take on.

    The second factor is asked for where a role is taken on, in its trust policy, and holds for all that is done in it: the
    credentials of an assumed role do not say any more whether there was one, so no single action could ask for it.
    For the same reason a user shows it, and a role cannot. A role among the principals must vouch for itself by carrying
    ``names.mfa_tag`` with the value ``required``, which whoever demands the factor at its own door puts on it.
    """

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Access", name, None, opts)
        self._names = names = args.names
        access, key, controls = names.settings.access, args.keys.arn, list(args.controls.values())
        recovers = duties.operator(names, key, controls)
        self.operator = self._role("operator", "Fails over and back", with_second_factor(access.operators, names.mfa_tag), recovers, 12)
        self._more(self.operator, "operator-watch", duties.operator_who_watches(names))
        if names.settings.database.enabled:
            self._more(self.operator, "operator-backups", duties.operator_of_backups(names))
        if names.settings.application.enabled:
            self._more(self.operator, "operator-application", duties.operator_of_the_application(names, key))
        if names.settings.files.kinds:
            self._more(self.operator, "operator-files", duties.operator_of_files(names, key))
            self._more(self.operator, "operator-restores", duties.operator_of_restored_files(names, key))
        self._role("auditor", "Reads evidence", trusted(access.auditors), duties.auditor(names, key), 1)
        behind_glass = with_second_factor(access.break_glass, names.mfa_tag)
        self._role("break-glass", "Deletes what nobody else may", behind_glass, duties.break_glass(names, key), 1)
        testing = names.settings.disaster_recovery
        if testing.enabled and testing.testing.enabled:
            told = aws.iam.OpenIdConnectProvider(
                "github", url=f"https://{GITHUB}", client_id_lists=[AUDIENCE], opts=pulumi.ResourceOptions(parent=self)
            )
            looks = duties.drill(names, key, controls)
            drill = self._role("drill", "Tries recovery in an environment of GitHub", from_github(names), looks, 4, told)
            self._more(drill, "drill-targets", duties.drill_of_targets(names, key))
        self.register_outputs({})

    def _role(self, purpose: str, says: str, trust: Document, duty: Document, hours: int, *after: pulumi.Resource) -> aws.iam.Role:
        role = aws.iam.Role(
            purpose,
            name=self._names.role(purpose),
            description=says,
            assume_role_policy=pulumi.Output.json_dumps(trust),
            max_session_duration=hours * HOUR,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
        aws.iam.RolePolicy(
            purpose, name=purpose, role=role.name, policy=pulumi.Output.json_dumps(duty), opts=pulumi.ResourceOptions(parent=self)
        )
        return role

    def _more(self, role: aws.iam.Role, purpose: str, duty: Document) -> None:
        """Attach what a role's own policies, which have 10,240 characters together, have no room for."""
        inside = pulumi.ResourceOptions(parent=self)
        policy = aws.iam.Policy(purpose, name=self._names.role(purpose), policy=pulumi.Output.json_dumps(duty), opts=inside)
        aws.iam.RolePolicyAttachment(purpose, role=role.name, policy_arn=policy.arn, opts=inside)


def trusted(principals: Sequence[str]) -> Document:
    return document(_assumed("AssumedByPrincipals", principals))


def with_second_factor(principals: Sequence[str], tag: str) -> Document:
    """Return a trust policy for users who show a second factor, and for roles that say by *tag* that they were entered with one."""
    users = [arn for arn in principals if ":user/" in arn]
    roles = [arn for arn in principals if ":role/" in arn]
    shown = _assumed("UsersWithSecondFactor", users, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    vouched = _assumed("RolesThatRequireIt", roles, Condition={"StringEquals": {f"aws:PrincipalTag/{tag}": "required"}})
    return document(*(statement for statement, some in ((shown, users), (vouched, roles)) if some))


def from_github(names: Names) -> Document:
    """Return a trust policy for the jobs of one environment of one repository, exactly: a pattern would let in forks and branches."""
    github = names.settings.access.github
    claims = {f"{GITHUB}:aud": AUDIENCE, f"{GITHUB}:sub": f"repo:{github.repository}:environment:{github.environment}"}
    return document(
        {
            "Sid": "AssumedByWorkflow",
            "Effect": "Allow",
            "Principal": {"Federated": names.github_provider_arn},
            "Action": ["sts:AssumeRoleWithWebIdentity"],
            "Condition": {"StringEquals": claims},
        }
    )


def _assumed(sid: str, principals: Sequence[str], **more: object) -> dict[str, object]:
    return {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": ["sts:AssumeRole"], **more}
