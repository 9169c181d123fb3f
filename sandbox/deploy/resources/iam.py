"""Roles and the policies in them."""

from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


@makes("aws:iam/role:Role")
def role(wanted: Wanted) -> Made:
    given = wanted.inputs.given(
        RoleName="name",
        AssumeRolePolicyDocument="assumeRolePolicy",
        Description="description",
        MaxSessionDuration="maxSessionDuration",
    )
    made = wanted.client("iam").create_role(**given, Tags=wanted.tag_list())["Role"]
    return Made(made["RoleName"], {"arn": made["Arn"]})


@makes("aws:iam/rolePolicy:RolePolicy")
def role_policy(wanted: Wanted) -> Made:
    given = wanted.inputs.given(RoleName="role", PolicyName="name", PolicyDocument="policy")
    wanted.client("iam").put_role_policy(**given)
    return Made(f"{given['RoleName']}:{given['PolicyName']}", {})


@makes("aws:iam/policy:Policy")
def policy(wanted: Wanted) -> Made:
    given = wanted.inputs.given(PolicyName="name", PolicyDocument="policy", Description="description")
    made = wanted.client("iam").create_policy(**given, Tags=wanted.tag_list())["Policy"]
    return Made(made["Arn"], {"arn": made["Arn"]})


@makes("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
def attachment(wanted: Wanted) -> Made:
    given = wanted.inputs.given(RoleName="role", PolicyArn="policyArn")
    wanted.client("iam").attach_role_policy(**given)
    return Made(f"{given['RoleName']}/{given['PolicyArn']}", {})
