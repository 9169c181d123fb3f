"""STS, the region's own: who is asking."""

from runbooks.aws.session import Door


def caller(door: Door) -> tuple[str, str]:
    """Return the account and the ARN behind this machine's credentials."""
    answer = door.call("sts", "get_caller_identity")
    return answer["Account"], answer["Arn"]
