"""What watches: how everything stands, what was measured, and whether alarms reach anybody."""

from stacks.policies.documents import Statement, allow


def watches() -> list[Statement]:
    """Return leave to see which buckets there are, whoever they belong to: those that nobody thought of are among them."""
    # A list of buckets is no resource.
    return [allow("ListBuckets", ["s3:ListAllMyBuckets"], ["*"])]
