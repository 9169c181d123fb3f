"""Rules that hold for every resource of every stack, whoever added it: read off what is declared and off its class's own signature."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN

from names import Names
from sandbox.deploy.monitor import Registration
from settings import Settings
from tests.stacks.declared import Declared, declare
from tests.stacks.signatures import camel, parameters
from tests.stacks.variants import VARIANTS, Variant

Rule = Callable[[Registration, frozenset[str], Settings], Iterator[str]]
"""Yields what is wrong with one resource, given what its class takes. A fault is excused by its first word."""

KEYS = ("kms_key_id", "kms_key_arn", "kms_master_key_id", "kms_key", "encryption_key", "encryption_key_arn")
ENCRYPTED = ("storage_encrypted", "encrypted", "encrypt_at_rest", "encryption_configuration", "encryption_configurations")
KEPT = ("deletion_protection", "enable_deletion_protection", "deletion_protection_enabled")
HOLDS_DATA = (
    *("deletion_protection", "skip_final_snapshot", "force_destroy", "force_delete"),
    *("deletion_window_in_days", "recovery_window_in_days"),
)
NAMED_BY = ("bucket", "identifier", "name", "family")
TAGGED = {"owner", "environment", "data-class", "cost-center", "managed-by"}

# What a rule finds and is meant to be so: (type, first word of the fault), and why.
EXCUSED = {
    ("backup/logicallyAirGappedVault", "encryptionKeyArn"): "under AWS's own key on purpose: it outlasts the account's keys",
    ("cloudwatch/eventRule", "protect"): "forceDestroy is about targets; a rule holds nothing",
    ("cloudwatch/eventTarget", "protect"): "forceDestroy is about its rule; a target holds nothing",
    ("cloudwatch/logGroup", "deletionProtectionEnabled"): "thirty days of log lines: what is to be kept is in the journal",
    ("cloudwatch/logGroup", "kmsKeyId"): "CloudWatch Logs encrypts under a key of AWS; a key of ours would have to be opened to it first",
    ("ec2/securityGroup", "public"): "shoppers reach the load balancer, and tasks fetch images over HTTPS, from anywhere",
    ("ecs/service", "protect"): "forceDelete is about tasks, which hold nothing",
    ("ecs/service", "assignPublicIp"): "images and secrets are fetched without a NAT gateway; the security group lets nobody in",
    ("iam/rolePolicy", "name"): "a name inside its role",
    ("scheduler/schedule", "kmsKeyArn"): "it says which machine is started when, and nothing else",
    ("sfn/stateMachine", "encryptionConfiguration"): "names of snapshots pass through it, and no row of one",
}


def encrypted(each: Registration, takes: frozenset[str], _: Settings) -> Iterator[str]:
    """What can be encrypted is, under a customer key."""
    yield from (f"{camel(key)} is not given" for key in KEYS if key in takes and not each.inputs.get(camel(key)))
    yield from (f"{camel(flag)} is not on" for flag in ENCRYPTED if flag in takes and not each.inputs.get(camel(flag)))
    if "aws:kms" not in json.dumps(each.inputs) and each.type.startswith("aws:s3/bucketServerSideEncryptionConfiguration:"):
        yield "rules name no customer key"


def private(each: Registration, takes: frozenset[str], _: Settings) -> Iterator[str]:
    """Nothing is open to the public: no address, no grant, no port."""
    inputs = each.inputs
    if "publicly_accessible" in takes and inputs.get("publiclyAccessible") is not False:
        yield "publiclyAccessible is not false"
    yield from (f"{flag} is on" for flag, value in leaves(inputs) if flag in ("assignPublicIp", "mapPublicIpOnLaunch") and value)
    yield from (f"acl is {value}" for key, value in leaves(inputs) if key == "acl" and "public" in str(value))
    yield from ("public: anyone reaches it" for key, value in leaves(inputs.get("ingress")) if value in ("0.0.0.0/0", "::/0"))
    for key in ("policy", "assumeRolePolicy"):
        for statement in statements(inputs.get(key)):
            if statement["Effect"] == "Allow" and statement.get("Principal") in ("*", {"AWS": "*"}):
                yield f"{key} lets anyone in: {statement.get('Sid')}"
    if each.type.startswith("aws:s3/bucketPublicAccessBlock:"):
        closed = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        yield from (f"{key} is not on" for key in closed if inputs.get(key) is not True)


def tagged(each: Registration, takes: frozenset[str], _: Settings) -> Iterator[str]:
    """What can carry tags says whose it is and who pays."""
    tags = {**each.provider.get("defaultTags", {}).get("tags", {}), **(each.inputs.get("tags") or {})}
    if {"tags", "tags_all"} & takes and TAGGED - tags.keys():
        yield f"tags lack {', '.join(sorted(TAGGED - tags.keys()))}"


def named(each: Registration, takes: frozenset[str], settings: Settings) -> Iterator[str]:
    """What AWS knows by a name has one that is derived: neither Pulumi nor AWS makes one up, and no runbook looks one up."""
    key = next((key for key in NAMED_BY if key in takes), None)
    if key is None:
        return
    name = each.inputs.get(camel(key))
    if not name:
        yield f"{key} is left to be made up"
    elif not derived(str(name), settings):
        yield f"{key} {name} is neither ours nor the workload's"


def kept(each: Registration, takes: frozenset[str], _: Settings) -> Iterator[str]:
    """What holds data is protected from updates, and from deletion in AWS itself where its class has a way."""
    if {*HOLDS_DATA} & takes and not each.protect:
        yield "protect is not set on what may hold data"
    yield from (f"{camel(flag)} is not on" for flag in KEPT if flag in takes and each.inputs.get(camel(flag)) is not True)
    if "skip_final_snapshot" in takes and (
        each.inputs.get("skipFinalSnapshot") is not False or not each.inputs.get("finalSnapshotIdentifier")
    ):
        yield "skipFinalSnapshot must be false, with a name for the snapshot"
    yield from (f"{camel(flag)} is on" for flag in ("force_destroy", "force_delete") if each.inputs.get(camel(flag)))


def placed(each: Registration, takes: frozenset[str], settings: Settings) -> Iterator[str]:
    """What belongs to a region says which: the provider's own is nobody's choice."""
    if "region" in takes and each.inputs.get("region") not in settings.regions:
        yield f"region is {each.inputs.get('region')}"


RULES: tuple[Rule, ...] = (encrypted, private, tagged, named, kept, placed)


def derived(name: str, settings: Settings) -> bool:
    """Tell whether *name* begins as ours do, or is one of the workload's, alone or with a region behind it."""
    prefix = Names(settings).prefix
    ours = (prefix, prefix.replace("-", "_"), f"alias/{prefix}", f"/codebuild/{prefix}")
    workload = {str(value) for _, value in leaves(settings.workload.model_dump()) if isinstance(value, str)}
    domain = f".{settings.routing.zone}"
    return (
        name.startswith(ours)
        or name.endswith(domain)
        or any(name in (known, f"/ecs/{known}", *(f"{known}-{region}" for region in settings.regions)) for known in workload)
    )


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - whatever inputs hold
    """Yield every plain value below *value*, with the key that it stands under."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from leaves(each, str(name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from leaves(each, key)
    else:
        yield key, value


def statements(policy: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(policy)["Statement"] if isinstance(policy, str) and policy.startswith("{") else []
    return found


def found(variant: Variant, rule: Rule) -> dict[tuple[str, str], list[str]]:
    """Return what *rule* finds in a stack, by type and first word of the fault."""
    by_kind: dict[tuple[str, str], list[str]] = {}
    for each in variant.declared.all:
        kind = each.type.removeprefix("aws:").partition(":")[0]
        for fault in rule(each, parameters(each.type), variant.settings):
            by_kind.setdefault((kind, fault.partition(" ")[0].rstrip(":")), []).append(f"{each.where} {kind} {each.name}: {fault}")
    return by_kind


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_holds_for_every_resource(variant: Variant, rule: Rule) -> None:
    """Encrypted, private, tagged, named, kept and placed; an exception stands in the table with its reason."""
    faults = [fault for kind, faults in found(variant, rule).items() if kind not in EXCUSED for fault in faults]
    assert not faults, "\n".join(faults)


def test_no_exception_is_idle(variants: Mapping[str, Variant]) -> None:
    """What nothing needs any more is taken out of the table."""
    needed = {kind for variant in variants.values() for rule in RULES for kind in found(variant, rule)}
    assert [kind for kind in EXCUSED if kind not in needed] == []
    assert all(EXCUSED.values())


def test_every_bucket_has_what_makes_it_safe(variant: Variant) -> None:
    """Versions, a customer key, no public access, TLS: each in a resource of its own, which could be forgotten."""
    declared = variant.declared
    for what in ("bucketVersioning:BucketVersioning", "bucketPublicAccessBlock:BucketPublicAccessBlock", "bucketPolicy:BucketPolicy"):
        assert named_by_bucket(declared, "bucket:Bucket") <= named_by_bucket(declared, what), what
    encryption = "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    assert named_by_bucket(declared, "bucket:Bucket") <= named_by_bucket(declared, encryption)


def named_by_bucket(declared: Declared, what: str) -> set[str]:
    return {str(each.inputs["bucket"]) for each in declared.of(f"s3/{what}").values()}


def test_the_first_preview_of_each_stack_makes_nothing_up(variant: Variant, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What depends on an id or an ARN that nobody knows yet is unknown, and everything else is as it will be."""
    folder = tmp_path_factory.mktemp("preview")
    first = declare(folder, variant.stack, variant.change, preview=True)
    before, after = ({each.urn: each for each in declared.all} for declared in (first, variant.declared))
    assert before.keys() == after.keys()
    assert sum(UNKNOWN in json.dumps(each.inputs) for each in before.values()) > 20
    for urn, each in before.items():
        for name, known in after[urn].inputs.items():
            assert each.inputs[name] == known or UNKNOWN in json.dumps(each.inputs[name]), f"{urn}: {name} is {each.inputs[name]!r}"
    assert "Calling __str__" not in json.dumps([each.inputs for each in first.all])


def test_no_account_and_no_region_is_written_into_the_program(variants: Mapping[str, Variant]) -> None:
    """With another account and other regions, nothing of production's is left in any resource."""
    prod, different = variants["prod"].settings, variants["different"]
    for own in (prod.account, *prod.regions):
        assert [f"{each.where} {each.name}" for each in different.declared.all if own in json.dumps(each.inputs)] == [], own


@pytest.mark.parametrize(
    ("rule", "type_", "inputs", "fault"),
    [
        (encrypted, "aws:sns/topic:Topic", {}, "kmsMasterKeyId is not given"),
        (private, "aws:rds/instance:Instance", {"publiclyAccessible": True}, "publiclyAccessible is not false"),
        (tagged, "aws:s3/bucket:Bucket", {}, "tags lack cost-center, data-class, environment, managed-by, owner"),
        (named, "aws:sns/topic:Topic", {}, "name is left to be made up"),
        (named, "aws:sns/topic:Topic", {"name": "mine"}, "name mine is neither ours nor the workload's"),
        (kept, "aws:kms/key:Key", {}, "protect is not set on what may hold data"),
        (placed, "aws:sns/topic:Topic", {}, "region is None"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_rule_finds_what_breaks_it(rule: Rule, type_: str, inputs: dict[str, Any], fault: str, variants: Mapping[str, Variant]) -> None:
    """A rule that cannot fail is none."""
    broken = Registration(type_, "it", "urn", "here:1", inputs)
    assert fault in list(rule(broken, parameters(type_), variants["prod"].settings))


def test_every_stack_is_looked_at(variants: Mapping[str, Variant]) -> None:
    """Production, after a failover, the sandbox's, and one that differs in all it may."""
    assert set(variants) == set(VARIANTS) == {"prod", "swapped", "sandbox", "different"}
    assert all(len(variant.declared.all) > 100 for variant in variants.values())
