"""What watches: how everything stands, what was measured, and whether alarms reach anybody."""

from stacks.policies.documents import Statement, allow


def watches() -> list[Statement]:
    """Return leave to see what everything costs, and which buckets there are: those that nobody thought of are among them."""
    return [
        # A list of buckets is no resource, and neither are costs.
        allow("ListBuckets", ["s3:ListAllMyBuckets"], ["*"]),
        allow("SeeCosts", ["ce:GetCostAndUsage"], ["*"]),
    ]
