"""The account that everything is made in: one provider, which refuses any other account and tags all it makes."""

import pulumi_aws as aws

from names import COST_CENTRE, COST_TAG, Names


def provider(names: Names) -> aws.Provider:
    """Return the provider of every resource.

    Its region never follows the active one: changing a provider's region replaces all that it made. So each regional
    resource names its own region instead.
    """
    settings = names.settings
    return aws.Provider(
        "aws",
        region=settings.regions[0],
        allowed_account_ids=[settings.account],
        default_tags={"tags": tags(names)},
    )


def tags(names: Names) -> dict[str, str]:
    """Return the tags of everything: whose it is, where it belongs, what it holds unless it says otherwise, who pays."""
    return {
        "owner": "solemate-platform",
        "environment": names.settings.environment,
        "data-class": "internal",
        COST_TAG: COST_CENTRE,
        "managed-by": "pulumi",
    }


CUSTOMER_DATA = {"data-class": "customer"}
EVIDENCE = {"data-class": "evidence"}
