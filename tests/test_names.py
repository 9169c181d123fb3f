"""Names: derived from settings alone, within AWS's limits, and the same whoever asks."""

import re
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from names import Names
from settings import load, stack_file

PROD = Names(load(stack_file("prod")))
REGIONS = PROD.settings.regions


def test_names_are_those_that_operators_know() -> None:
    """The names of production, as they appear in the console, in alarms and in procedures."""
    assert PROD.database_arn("us-west-2") == "arn:aws:rds:us-west-2:123456789012:db:solemate-prod-orders"
    assert PROD.vault_arn("us-west-2") == "arn:aws:backup:us-west-2:123456789012:backup-vault:solemate-prod-us-west-2"
    assert PROD.journal_bucket("us-west-2") == "solemate-prod-journal-123456789012-us-west-2"
    assert PROD.media_bucket("us-east-1") == "solemate-prod-media-us-east-1"
    assert PROD.takeover_alarm("us-west-2") == "solemate-prod-takeover-us-west-2"
    assert PROD.topic_arn("us-west-2") == "arn:aws:sns:us-west-2:123456789012:solemate-prod-recovery"
    assert PROD.role_arn("backup") == "arn:aws:iam::123456789012:role/solemate-prod-backup"
    assert PROD.shop_url == "https://shop.solemate.example:443"
    assert PROD.region_domain("us-west-2") == "shop-us-west-2.solemate.example"


@pytest.mark.parametrize(
    "name",
    [
        Names.vault,
        Names.air_gapped_vault,
        Names.media_bucket,
        Names.journal_bucket,
        Names.artifacts_bucket,
        Names.takeover_alarm,
        Names.region_domain,
    ],
)
def test_what_is_per_region_differs_per_region(name: object) -> None:
    """Buckets, vaults, switches and domains of the two regions are never mistaken for each other."""
    assert callable(name)
    assert len({name(PROD, region) for region in REGIONS}) == 2


@how(deadline=None)  # a busy machine is no fault
@given(
    environment=st.from_regex(r"[a-z][a-z0-9]{1,11}", fullmatch=True),
    region=st.sampled_from(["us-east-1", "ap-southeast-2", "us-gov-west-1"]),
)
def test_names_stay_within_the_limits_of_aws(environment: str, region: str) -> None:
    """Whatever environment settings allow: buckets have 63 characters at most, vaults 50, roles 64, target groups 32."""
    names = Names(PROD.settings.model_copy(update={"environment": environment}))
    for bucket in (names.journal_bucket(region), names.artifacts_bucket(region)):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{2,50}", names.air_gapped_vault(region))
    assert names.air_gapped_vault(region).startswith(names.vault(region))
    assert re.fullmatch(r"[.\w-]{1,64}", names.event_rule(f"keys-to-{region}"))
    assert re.fullmatch(r"[a-zA-Z0-9+=,.@_-]{1,64}", names.role("replication"))
    assert re.fullmatch(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?", names.target_group)


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("solemate/storefront:1", "docker-hub/solemate/storefront"),
        ("postgres:16.4", "docker-hub/library/postgres"),
        (f"solemate/storefront@sha256:{'0' * 64}", "docker-hub/solemate/storefront"),
    ],
)
def test_an_image_of_docker_hub_is_cached_in_one_repository(image: str, repository: str) -> None:
    """Its tag or digest is no part of the name; official images lie under ``library``, as on Docker Hub."""
    assert PROD.cached_repository(image) == repository
    version = image.removeprefix("solemate/storefront").removeprefix("postgres")
    assert PROD.cached_image(image, "us-west-2") == f"123456789012.dkr.ecr.us-west-2.amazonaws.com/{repository}{version}"


def test_a_restored_database_is_named_after_its_moment() -> None:
    """In UTC, within the 63 characters that RDS takes, and under a pattern that nothing else of the account bears."""
    at = datetime(2026, 11, 22, 11, 4, 59, tzinfo=timezone(timedelta(hours=1)))
    assert PROD.restored_database(at) == f"{PROD.database}-at-20261122t100459"
    longest = PROD.settings.workload.database.model_copy(update={"instance": "o" * 43 + "-oo"})
    names = Names(PROD.settings.model_copy(update={"workload": PROD.settings.workload.model_copy(update={"database": longest})}))
    assert re.fullmatch(r"[a-z](-?[a-z0-9])+", names.restored_database(at))
    assert len(names.restored_database(at)) <= 63
    assert fnmatchcase(names.restored_database(at), names.restored_databases)
