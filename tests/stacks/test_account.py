"""Whose account everything is made in, and how everything is tagged."""

from tests.stacks.declared import EAST, Declared

TAGGED = {"owner", "environment", "data-class", "cost-center"}


def test_every_resource_comes_from_the_one_provider_which_tags_it(prod: Declared) -> None:
    """Owner, environment, data class and cost are on everything that AWS can tag."""
    assert {tuple(each.provider["defaultTags"]["tags"]) for each in prod.all} == {tuple(prod.provider["defaultTags"]["tags"])}
    assert prod.provider["defaultTags"]["tags"].keys() >= TAGGED


def test_any_other_account_is_refused(prod: Declared) -> None:
    """The provider stops before it changes an account that the settings do not name."""
    assert prod.provider["allowedAccountIds"] == ["123456789012"]


def test_every_regional_resource_names_its_region(prod: Declared) -> None:
    """What follows the provider's region instead would be replaced when that changes."""
    anywhere = {each.type.removeprefix("aws:") for each in prod.all if "region" not in each.inputs}
    assert anywhere == {
        "budgets/budget:Budget",
        "costexplorer/anomalyMonitor:AnomalyMonitor",
        "costexplorer/anomalySubscription:AnomalySubscription",
        "iam/openIdConnectProvider:OpenIdConnectProvider",
        "iam/policy:Policy",
        "iam/role:Role",
        "iam/rolePolicy:RolePolicy",
        "iam/rolePolicyAttachment:RolePolicyAttachment",
        "route53/healthCheck:HealthCheck",
        "route53/record:Record",
    }
    assert prod.provider["region"] == EAST


def test_customer_data_is_marked(prod: Declared) -> None:
    """A data class of its own overrides the default where customers' data lie."""
    marked = {each.name for each in prod.all if each.inputs.get("tags", {}).get("data-class") == "customer"}
    files = {"media-us-west-2", "uploads-us-west-2", "assets-us-west-2", "cdn-us-west-2"}
    both = {f"{what}-{region}" for what in ("vault", "archive", "file-backups", "restored-files") for region in ("us-east-1", "us-west-2")}
    assert marked == {"database-us-west-2"} | files | both
