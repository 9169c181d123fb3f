"""Keys and their aliases."""

from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


@makes("aws:kms/key:Key")
def key(wanted: Wanted) -> Made:
    kms, inputs = wanted.client("kms"), wanted.inputs
    inputs.skip("deletionWindowInDays")
    tags = [{"TagKey": key, "TagValue": value} for key, value in wanted.tags.items()]
    made = kms.create_key(
        **inputs.given(Description="description", Policy="policy", KeyUsage="keyUsage", KeySpec="customerMasterKeySpec"), Tags=tags
    )["KeyMetadata"]
    if inputs.get("enableKeyRotation"):
        kms.enable_key_rotation(KeyId=made["KeyId"])
    return Made(made["KeyId"], {"keyId": made["KeyId"], "arn": made["Arn"]})


@makes("aws:kms/alias:Alias")
def alias(wanted: Wanted) -> Made:
    name, key_id = wanted.inputs["name"], wanted.inputs["targetKeyId"]
    wanted.client("kms").create_alias(AliasName=name, TargetKeyId=key_id)
    return Made(name, {})
