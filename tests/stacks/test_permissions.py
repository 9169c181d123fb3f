"""Every permission against what AWS documents of it: the action exists, and knows the resources and conditions it is tied to."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

import pytest
from policy_sentry.querying.actions import get_action_data

from sandbox.deploy.wire import Values
from tests.stacks.declared import Declared

LOOKED_UP = ("getSecret-", "arn:aws:aws:")
"""How ARNs stand in what is declared that only the account knows: of a secret of its own, and of what AWS gives an id."""


TOLD_APART_OTHERWISE = {
    "ce:GetCostAndUsage": "it knows billing views, and is asked without one: then there is no resource to be tied to",
    "rds:DescribeExportTasks": "an export is no resource, and those that it may be tied to are what it was made of, which may be gone",
}


@cache
def documented(action: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the ARN patterns of the resources that *action* knows (none: it knows only ``*``), and its own condition keys."""
    service, _, name = action.partition(":")
    found = get_action_data(service, name)
    rows = found[service] if found else []
    patterns = {re.sub(r"\$\{\w+\}", "*", row["resource_arn_format"]) for row in rows}
    return frozenset(patterns - {"*"} if rows else {"unknown"}), frozenset(key for row in rows for key in row["condition_keys"])


@pytest.fixture(params=["prod", "switched"])
def declared(request: pytest.FixtureRequest) -> Declared:
    found: Declared = request.getfixturevalue(request.param)
    return found


def permissions(declared: Declared) -> Iterator[tuple[str, str, Values]]:
    """Yield (where, action, statement) of all that a role of ours is allowed."""
    for each in declared.all:
        if each.type in ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"):
            for statement in json.loads(each.inputs["policy"])["Statement"]:
                for action in statement["Action"] if statement["Effect"] == "Allow" else ():
                    yield f"{each.name} {statement['Sid']}: {action}", action, statement


def covers(pattern: str, resource: str) -> bool:
    """Tell whether *resource*, which may hold wildcards of its own, can be one that *pattern* describes."""
    theirs, ours = pattern.split(":", 5), resource.split(":", 5)
    return len(theirs) == len(ours) and all(
        fnmatchcase(our, their) or fnmatchcase(their, our) for their, our in zip(theirs, ours, strict=True)
    )


def test_every_action_exists(declared: Declared) -> None:
    """A misspelt action is allowed by nobody and missed by everybody, on the day that it is needed."""
    assert [where for where, action, _ in permissions(declared) if documented(action)[0] == {"unknown"}] == []


def test_every_action_knows_the_resources_it_is_tied_to(declared: Declared) -> None:
    """An action tied to what it does not know is never allowed; one that knows no resource is allowed for ``*`` alone."""
    idle = []
    for where, action, statement in permissions(declared):
        patterns, resources = documented(action)[0], [each for each in statement["Resource"] if not each.startswith(LOOKED_UP)]
        if not patterns and resources != ["*"]:
            idle.append(f"{where} knows no resource")
        if patterns and resources and not any(covers(pattern, each) or each == "*" for pattern in patterns for each in resources):
            idle.append(f"{where} is tied to {resources[0]}, knows {', '.join(sorted(patterns))}")
    assert idle == []


def test_only_what_knows_no_resource_is_allowed_for_all(declared: Declared) -> None:
    """``*`` is no shorthand: what can be tied to a resource is."""
    loose = [where for where, action, statement in permissions(declared) if "*" in statement["Resource"] and documented(action)[0]]
    assert [where for where in loose if where.rpartition(": ")[2] not in TOLD_APART_OTHERWISE] == []


def test_every_resource_is_known_by_an_action_beside_it(declared: Declared) -> None:
    """One that no action of its statement knows is a slip of the pen."""
    statements = {where.rpartition(": ")[0]: statement for where, _, statement in permissions(declared)}
    assert [
        f"{where}: {each}"
        for where, statement in statements.items()
        for each in statement["Resource"]
        if each != "*" and not each.startswith(LOOKED_UP)
        if not any(covers(pattern, each) for action in statement["Action"] for pattern in documented(action)[0])
    ] == []


def test_every_condition_is_one_that_its_action_knows(declared: Declared) -> None:
    """A condition on a key that AWS never sends with an action is never met."""
    unknown = []
    for where, action, statement in permissions(declared):
        keys = {key for condition in statement.get("Condition", {}).values() for key in condition if not key.startswith("aws:")}
        known = [re.sub(r"\$\{\w+\}", "*", key) for key in documented(action)[1]]
        unknown += [f"{where}: {key}" for key in keys if not any(fnmatchcase(key, pattern) for pattern in known)]
    assert unknown == []
