"""Who turns against a key is told of, in both regions."""

import json

from names import Names
from tests.stacks.declared import EAST, WEST, Declared, region

RULE, TARGET = "cloudwatch/eventRule:EventRule", "cloudwatch/eventTarget:EventTarget"


def keys(declared: Declared, *regions: str) -> set[str]:
    return {alias.inputs["targetKeyId"] for alias in declared.of("kms/alias:Alias").values() if region(alias) in regions}


def harmed(declared: Declared, rule: str) -> set[str]:
    return set(json.loads(declared.one(RULE, rule)["eventPattern"])["detail"]["resources"]["ARN"])


def test_each_region_tells_of_the_keys_of_both(prod: Declared) -> None:
    """A topic whose own key is disabled says nothing any more; the other region's does."""
    everything = keys(prod, EAST, WEST)
    assert len(everything) == 8
    for where in (EAST, WEST):
        assert region(prod.of(RULE)[f"keys-{where}"]) == where
        assert harmed(prod, f"keys-{where}") == everything
        assert f":{where}:" in prod.one(TARGET, f"keys-{where}")["arn"]


def test_what_is_told_is_what_puts_a_key_out_of_use(prod: Declared) -> None:
    """Scheduling its deletion, disabling it or its rotation, and the change of policy that comes before either."""
    pattern = json.loads(prod.one(RULE, f"keys-{EAST}")["eventPattern"])
    assert (pattern["source"], pattern["detail-type"]) == (["aws.kms"], ["AWS API Call via CloudTrail"])
    assert pattern["detail"]["eventSource"] == ["kms.amazonaws.com"]
    assert set(pattern["detail"]["eventName"]) == {"ScheduleKeyDeletion", "DisableKey", "DisableKeyRotation", "PutKeyPolicy"}


def test_a_pattern_with_eight_real_keys_is_within_the_limit(prod: Declared) -> None:
    """EventBridge takes 2048 characters; a key's ARN has 75 with the longest name of a region that AWS has."""
    pattern = prod.one(RULE, f"keys-{EAST}")["eventPattern"]
    arns = harmed(prod, f"keys-{EAST}")
    assert len(pattern) - sum(map(len, arns)) + 80 * len(arns) < 2048


def test_the_message_names_who_what_and_when(prod: Declared) -> None:
    """It is one sentence that a person reads at night, so each of its blanks has a source."""
    transformed = prod.one(TARGET, f"keys-{EAST}")["inputTransformer"]
    sentence = json.loads(transformed["inputTemplate"])
    assert set(transformed["inputPaths"]) == {"who", "what", "key", "when"}
    assert all(f"<{blank}>" in sentence for blank in transformed["inputPaths"])


def test_a_region_hands_on_what_befalls_its_own_keys_alone(prod: Declared, names: Names) -> None:
    """An event that was handed on is not handed back."""
    for where, other in ((EAST, WEST), (WEST, EAST)):
        name = f"keys-{where}-to-{other}"
        assert harmed(prod, name) == keys(prod, where)
        assert region(prod.of(TARGET)[name]) == where
        assert prod.one(TARGET, name)["arn"] == names.event_bus_arn(other)
        assert prod.one(TARGET, name)["rule"] == prod.one(RULE, name)["name"]


def test_events_are_handed_on_to_these_two_buses_and_nowhere_else(prod: Declared, names: Names) -> None:
    """The role does nothing but that."""
    [statement] = json.loads(prod.one("iam/rolePolicy:RolePolicy", "forward-events")["policy"])["Statement"]
    assert statement["Action"] == ["events:PutEvents"]
    assert statement["Resource"] == [names.event_bus_arn(EAST), names.event_bus_arn(WEST)]
