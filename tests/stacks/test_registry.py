"""Images and secrets: in both regions, so that the other one needs neither Docker Hub nor the lost region."""

import json

import pytest

from names import Names
from tests.stacks.declared import ACCOUNT, EAST, WEST, Declared, region

WAYS = [(EAST, WEST), (WEST, EAST)]


@pytest.mark.parametrize(("where", "other"), WAYS)
def test_each_region_caches_docker_hub_with_credentials_of_its_own(prod: Declared, where: str, other: str) -> None:
    """ECR takes credentials of its own region alone, and neither region's cache may need the other."""
    rule = prod.of("ecr/pullThroughCacheRule:PullThroughCacheRule")[f"docker-hub-{where}"]
    assert (rule.inputs["upstreamRegistryUrl"], rule.inputs["ecrRepositoryPrefix"]) == ("registry-1.docker.io", "docker-hub")
    assert where in rule.inputs["credentialArn"]
    assert other not in rule.inputs["credentialArn"]


@pytest.mark.parametrize(("where", "other"), WAYS)
def test_what_one_registry_caches_is_handed_to_the_other(prod: Declared, where: str, other: str) -> None:
    """Both ways: a region that has become active hands on what it is the first to pull."""
    replication = prod.of("ecr/replicationConfiguration:ReplicationConfiguration")[f"images-{where}"]
    [rule] = replication.inputs["replicationConfiguration"]["rules"]
    assert region(replication) == where
    assert rule["destinations"] == [{"region": other, "registryId": ACCOUNT}]
    assert rule["repositoryFilters"] == [{"filter": "docker-hub/", "filterType": "PREFIX_MATCH"}]


@pytest.mark.parametrize("where", [EAST, WEST])
def test_repositories_are_made_under_a_customer_key_by_a_role_for_it(prod: Declared, where: str) -> None:
    """However an image comes, and before one comes: a repository keeps for good what it was made with."""
    template = prod.of("ecr/repositoryCreationTemplate:RepositoryCreationTemplate")[f"docker-hub-{where}"]
    [encryption] = template.inputs["encryptionConfigurations"]
    assert encryption["encryptionType"] == "KMS"
    assert f":{where}:" in encryption["kmsKey"]
    assert template.inputs["appliedFors"] == ["PULL_THROUGH_CACHE", "REPLICATION"]
    for type_, name in (
        ("pullThroughCacheRule:PullThroughCacheRule", "docker-hub"),
        ("replicationConfiguration:ReplicationConfiguration", "images"),
    ):
        assert template.urn in prod.of(f"ecr/{type_}")[f"{name}-{where}"].depends_on
    made, _ = json.loads(prod.one("iam/rolePolicy:RolePolicy", f"repositories-{where}")["policy"])["Statement"]
    assert made["Resource"] == [f"arn:aws:ecr:{where}:{ACCOUNT}:repository/docker-hub/*"]


def test_the_secret_of_builds_is_in_both_regions_and_stays_where_it_is(prod: Declared, swapped: Declared, names: Names) -> None:
    """Under the key of each region; the program knows no value, and a role swap moves nothing."""
    for declared in (prod, swapped):
        [git] = declared.of("secretsmanager/secret:Secret").values()
        [replica] = git.inputs["replicas"]
        assert git.inputs["name"] == names.git_secret
        assert (region(git), replica["region"]) == (EAST, WEST)
        assert f":{EAST}:" in git.inputs["kmsKeyId"]
        assert f":{WEST}:" in replica["kmsKeyId"]
        assert git.inputs["recoveryWindowInDays"] == 30
    assert prod.of("secretsmanager/secretVersion:SecretVersion") == {}
