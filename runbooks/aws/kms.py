"""KMS: whether a key can be used."""

from runbooks.aws.session import Door


def key_state(door: Door, alias: str) -> str:
    """Return KMS's word for the key behind *alias*: ``Enabled``, ``Disabled``, ``PendingDeletion`` and so on."""
    return str(door.call("kms", "describe_key", KeyId=alias)["KeyMetadata"]["KeyState"])


def key_arn(door: Door, alias: str) -> str:
    """Return the ARN of the key behind *alias*, for services that take no alias."""
    return str(door.call("kms", "describe_key", KeyId=alias)["KeyMetadata"]["Arn"])
