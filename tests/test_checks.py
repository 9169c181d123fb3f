"""What hangs together in the settings: each refusal with its reason, from whichever reader."""

from datetime import timedelta

import pytest

from settings import parse
from tests.given import changed, faults, faults_handed

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/6f2a1c1e-93d4-4c1b-8a57-0d5b7c2e9a10"


MONTHLY = {"name": "monthly", "schedule": "cron(0 1 1 * ? *)"}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"activeRegion": "eu-west-1"}, 'activeRegion: must be us-east-1 or us-west-2, is "eu-west-1"'),
        (
            {"application__includeCode": False, "application__includeConfig": False},
            ("application.enabled: there is nothing to back up: set application.includeCode or application.includeConfig to true"),
        ),
        (
            {"workload__service__image": "ghcr.io/solemate/storefront:1"},
            (
                "workload.service.image: must be of Docker Hub, whose images application.includeCode keeps,"
                ' and have its tag or digest, is "ghcr.io/solemate/storefront:1"'
            ),
        ),
        (
            {"database__export": {"schedule": "cron(0 8 2 * ? *)", "retention": 180, "storageClass": "DEEP_ARCHIVE"}},
            "database.export.retention: must be more than the 180 days that DEEP_ARCHIVE bills, is 180",
        ),
        (
            {"disasterRecovery__regions": ["us-east-1", "us-east-1"], "workload__shop__scheme": "http"},
            "disasterRecovery.regions: must be two different regions: the recovery region cannot be the primary",
        ),
        (
            {"database__crossRegion": False},
            (
                "disasterRecovery.rpo: nothing that is enabled can meet 15 minutes:"
                " set database.enabled and database.crossRegion to true (the read replica)"
            ),
        ),
        ({"database__encryption": "false"}, "database.encryption: must be true: copies in another region need customer keys"),
        (
            {"workload__shop__certificates": {}},
            "workload.shop.certificates: https needs the certificate of the load balancer in us-west-2",
        ),
        (
            {"vaults__lock": "compliance"},
            'vaults.acknowledgement: must be "nobody can ever lift the lock of prod" for a compliance lock, is ""',
        ),
        ({"vaults__grace": 2}, "vaults.grace: must be 3 to 36500 days, is 2"),
        (
            {"vaults__lock": "none", "vaults__minRetention": 90, "vaults__maxRetention": 30},
            "vaults.maxRetention: must be at least vaults.minRetention, 90 days, is 30",
        ),
        (
            {"vaults__minRetention": 36, "vaults__maxRetention": 400},
            "database: the lock of the vaults takes 36 to 400 days: retention is 35, rules[2].retention is 2555",
        ),
        (
            {"vaults__airGapped": True, "vaults__minRetention": 6},
            "vaults.minRetention: must be at least 7 days for an air-gapped vault, is 6",
        ),
        (
            {"vaults__airGapped": True, "vaults__lock": "none", "files__rules": [MONTHLY | {"retention": 3}]},
            "files: the lock of the vaults takes 7 to 2555 days: rules[0].retention is 3",
        ),
        (
            {"vaults__airGapped": True, "database__crossRegion": False, "disasterRecovery__enabled": False},
            (
                "vaults.airGapped: needs database.crossRegion: copies go to the air-gapped vault of the recovery region,"
                " and the database would have none"
            ),
        ),
        (
            {"files__rules": [{"name": f"rule-{number}", "schedule": "cron(0 1 1 * ? *)", "retention": 90} for number in range(10)]},
            "files.rules: must have at most 9 entries, has 10",
        ),
        (
            {"files__rules": [{"name": "files", "schedule": "cron(0 1 1 * ? *)", "retention": 90}]},
            "files.rules: each rule needs a name of its own: files is there twice",
        ),
        (
            {"workload__shop__certificates": {"us-east-1": CERTIFICATE, "us-west-2": CERTIFICATE}},
            "workload.shop.certificates: a load balancer takes certificates of its own region: us-west-2 has one of us-east-1",
        ),
        (
            {"database__enabled": False},
            (
                "disasterRecovery.rpo: nothing that is enabled can meet 15 minutes:"
                " set database.enabled and database.crossRegion to true (the read replica)"
            ),
        ),
        (
            {"files__enabled": False},
            "files.enabled: must be true while disasterRecovery is: the standby serves media from the bucket that replication fills",
        ),
        (
            {"disasterRecovery__enabled": False, "activeRegion": "us-west-2"},
            (
                "disasterRecovery.enabled: must be true while activeRegion is us-west-2:"
                " what serves there is the standby, and would be dropped"
            ),
        ),
        (
            {"database__schedule": "cron(0 5 1 * ? *)", "database__rules": []},
            (
                "database.schedule: leaves 744 hours without a backup,"
                " and monitoring.successWithin asks for one in 26: alarm and audit would fail"
            ),
        ),
        (
            {"files__schedule": "cron(0 7 ? * MON-FRI *)"},
            "files.schedule: leaves 72 hours without a backup, and monitoring.successWithin asks for one in 26: alarm and audit would fail",
        ),
        (
            {"monitoring__successWithin": 12, "files__schedule": "cron(0 */12 * * ? *)"},
            (
                "database.schedule: leaves 24 hours without a backup,"
                " and monitoring.successWithin asks for one in 12: alarm and audit would fail"
            ),
        ),
        (
            {
                "database__schedule": "cron(0 5 ? * SUN *)",
                "database__retention": 3,
                "vaults__minRetention": 1,
                "monitoring__successWithin": 168,
            },
            "database.retention: is 3 days, and 7 pass between backups: on some days there would be none to restore",
        ),
        (
            {"disasterRecovery__testing__schedule": "cron(0 6 1 1 ? *)"},
            ("disasterRecovery.testing.schedule: leaves 366 days between restore tests, and a restore is to be tested every month"),
        ),
        (
            {"disasterRecovery__testing__schedule": "cron(0 6 1 1/3 ? *)"},
            ("disasterRecovery.testing.schedule: leaves 92 days between restore tests, and a restore is to be tested every month"),
        ),
        (
            {"vaults__maxRetention": 365},
            "database: the lock of the vaults takes 7 to 365 days: rules[2].retention is 2555",
        ),
        (
            {"vaults__lock": "compliance", "vaults__acknowledgement": "nobody can ever lift the lock of sandbox"},
            (
                'vaults.acknowledgement: must be "nobody can ever lift the lock of prod" for a compliance lock,'
                ' is "nobody can ever lift the lock of sandbox"'
            ),
        ),
        (
            {"database__rules": [{"name": "weekly", "schedule": "cron(0 4 ? * SUN *)", "retention": days} for days in (90, 91)]},
            "database.rules: each rule needs a name of its own: weekly is there twice",
        ),
        (
            {"access__breakGlass": ["arn:aws:iam::123456789012:role/on-call"]},
            "access.breakGlass: must not hold who has an everyday role: arn:aws:iam::123456789012:role/on-call",
        ),
    ],
)
def test_a_rule_between_values_is_a_fault_of_its_own(changes: dict[str, object], fault: str) -> None:
    """What no single value shows is refused with the value to change, from the stack's file and from Pulumi's configuration."""
    assert faults(**changes) == [fault]
    assert faults_handed(**changes) == [fault]


@pytest.mark.parametrize(
    "changes",
    [
        {"database__schedule": "cron(0 5 ? * MON-FRI *)", "monitoring__successWithin": 72},
        {
            "database__schedule": "cron(0 5 ? * MON-FRI *)",
            "database__rules": [{"name": "weekends", "schedule": "cron(0 5 ? * SAT,SUN *)", "retention": 90}],
        },
        {"disasterRecovery__testing__schedule": "cron(0 6 L * ? *)"},
        {"disasterRecovery__testing__schedule": "cron(0 6 ? * SUN *)"},
        {"disasterRecovery__enabled": False, "files__enabled": False},
        {"database__schedule": "cron(0 5 1 * ? *)", "database__enabled": False, "disasterRecovery__enabled": False},
    ],
)
def test_what_meets_the_objectives_in_another_way_is_taken(changes: dict[str, object]) -> None:
    """A check asks for what is needed, and for nothing more."""
    assert parse(changed(**changes), "test").disaster_recovery.rto == timedelta(minutes=30)
