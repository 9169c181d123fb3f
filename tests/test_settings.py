"""Settings: complete, bounded, and refused with every fault at once before anything runs."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from settings import PROJECT, Settings, SettingsError, from_config, load, parse, stack_file
from tests.given import VALUES, changed, faults


@pytest.mark.parametrize("stack", ["prod", "sandbox"])
def test_every_stack_in_the_repository_is_valid(stack: str) -> None:
    """The files we ship load, and say the objectives of the PRD."""
    settings = load(stack_file(stack))
    assert settings.disaster_recovery.rto == timedelta(minutes=30)
    assert settings.disaster_recovery.rpo == timedelta(minutes=15)
    assert (settings.active_region, settings.recovery_region) == ("us-east-1", "us-west-2")


def test_the_region_that_is_not_active_is_the_recovery_region() -> None:
    """After a failover the roles swap with one value."""
    assert parse(changed(activeRegion="us-west-2"), "test").recovery_region == "us-east-1"


def test_all_faults_are_reported_at_once_with_their_paths() -> None:
    """Wrong values, missing and unknown keys, and rules between values stand in one list, in plain words."""
    assert faults(
        environment="PROD",
        database__retention=99,
        database__enabled=...,
        database__crosRegion=True,
        disasterRecovery__regions=["us-east-1"],
        routing__resolvers=["8.8.8.8:x"],
        workload__database__tables=[{"name": "orders", "key": "id", "place": "placed_at"}],
        workload__service__pilotLight=9,
    ) == [
        'environment: must be 2 to 12 lower-case letters and digits, a letter first, is "PROD"',
        "database.enabled: is missing",
        "database.retention: must be 1 to 35 days, is 99",
        "database.crosRegion: unknown key; did you mean crossRegion?",
        "disasterRecovery.regions: must have at least 2 entries, has 1",
        'routing.resolvers[0]: must be an IP address, such as "1.1.1.1" or "127.0.0.1:5300", is "8.8.8.8:x"',
        "workload.database.tables[0].placed: is missing",
        "workload.database.tables[0].place: unknown key; did you mean placed?",
        "workload.service.pilotLight: must not exceed workload.service.capacity, 4, is 9",
    ]


def test_without_disaster_recovery_no_mechanism_is_asked_for() -> None:
    """A stack that declares no recovery may do without the replica."""
    settings = parse(changed(database__crossRegion=False, disasterRecovery__enabled=False), "test")
    assert not settings.disaster_recovery.enabled


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"files": None}, "files: must be a section with keys of its own, is empty"),
        ({"files": 3}, "files: must be a section with keys of its own, is 3"),
        ({"disasterRecovery__regions": "us-east-1"}, 'disasterRecovery.regions: must be a list, is "us-east-1"'),
        ({"database__enabled": "maybe"}, 'database.enabled: must be true or false, is "maybe"'),
        ({"database__enabled": 1}, "database.enabled: must be true or false, is 1"),
        ({"disasterRecovery__rto": "30.5"}, 'disasterRecovery.rto: must be 1 to 10080 minutes, is "30.5"'),
        ({"disasterRecovery__rto": True}, "disasterRecovery.rto: must be 1 to 10080 minutes, is true"),
        ({"account": 12345678901}, "account: must be an AWS account number, 12 digits in quotes, is 12345678901"),
        ({"routing__switch": "dns"}, 'routing.switch: must be cloudwatch-alarm or arc-routing-control, is "dns"'),
        ({"workload__shop__scheme": ["http"]}, "workload.shop.scheme: must be http or https, is a list"),
        (
            {"application__repositories": ["recovery"]},
            'application.repositories[0]: must be a GitHub repository, such as solemate/recovery, is "recovery"',
        ),
        (
            {"application__images": ["postgres"]},
            'application.images[0]: must be an image of Docker Hub with its tag or digest, such as solemate/storefront:1, is "postgres"',
        ),
        (
            {"application__bundles": ["s3://solemate-deployments/*"]},
            (
                "application.bundles[0]: must be an object of S3, or a folder with a / at its end, "
                'such as s3://solemate-deployments/storefront/, is "s3://solemate-deployments/*"'
            ),
        ),
        (
            {"application__parameters": ["prod"]},
            'application.parameters[0]: must be a path of parameters, such as /solemate/prod, is "prod"',
        ),
        (
            {"application__dockerHub": "http://registry.example"},
            'application.dockerHub: must be an address of Docker Hub, such as https://registry-1.docker.io, is "http://registry.example"',
        ),
        (
            {"application__gitHub": "http://github.com"},
            'application.gitHub: must be an address of GitHub, such as https://github.com, is "http://github.com"',
        ),
        ({"access__github__branch": ...}, "access.github.branch: is missing"),
        ({"workload__shop__port": 0}, "workload.shop.port: must be 1 to 65535, is 0"),
        ({"vaults__lock": "iron"}, 'vaults.lock: must be none or governance or compliance, is "iron"'),
        ({"vaults__grace": 2}, "vaults.grace: must be 3 to 36500 days, is 2"),
        ({"monitoring__successWithin": 169}, "monitoring.successWithin: must be 1 to 168 hours, is 169"),
        ({"monitoring__emails": ["nobody"]}, 'monitoring.emails[0]: must be an e-mail address, is "nobody"'),
        ({"monitoring__endpoints": ["http://x"]}, 'monitoring.endpoints[0]: must be an https:// address, is "http://x"'),
        ({"access__operators": []}, "access.operators: must have at least 1 entries, has 0"),
        ({"routing__zone": "example"}, 'routing.zone: must be a domain, such as solemate.example, is "example"'),
        (
            {"workload__database__engineVersion": "16.1"},
            'workload.database.engineVersion: must be a major version of PostgreSQL, such as "16", is "16.1"',
        ),
        (
            {"workload__database__instanceClass": "r6g"},
            'workload.database.instanceClass: must be an RDS instance class, such as db.r6g.large, is "r6g"',
        ),
        (
            {"workload__buckets__media": "Media"},
            'workload.buckets.media: must be 3 to 47 lower-case letters, digits and hyphens, is "Media"',
        ),
        ({"files__retention": 0}, "files.retention: must be 1 to 36500 days, is 0"),
        (
            {"nonsense": 1},
            (
                "nonsense: unknown key; there are environment, account, activeRegion, database, application, files,"
                " disasterRecovery, vaults, monitoring, access, routing, workload"
            ),
        ),
    ],
)
def test_a_wrong_value_is_named_in_plain_words(changes: dict[str, object], fault: str) -> None:
    """A fault says what the value must be and what it is."""
    assert faults(**changes) == [fault]


@pytest.mark.parametrize(
    ("schedule", "fault"),
    [
        ("cron(*/30 * * * ? *)", 'must name one minute, is "cron(*/30 * * * ? *)": AWS Backup runs a plan at most once an hour'),
        ("cron(0 25 * * ? *)", 'must have 0 to 23 as hour, is "cron(0 25 * * ? *)"'),
        ("cron(0 5 * * * *)", 'must have ? as day of month or as day of week, and not as both, is "cron(0 5 * * * *)"'),
        ("cron(0 5 ? * FUN *)", 'must have 1 to 7 as day of week, is "cron(0 5 ? * FUN *)"'),
        ("cron(0 */0 * * ? *)", 'must have 0 to 23 as hour, is "cron(0 */0 * * ? *)"'),
        ("cron(0 1,,2 * * ? *)", 'must have 0 to 23 as hour, is "cron(0 1,,2 * * ? *)"'),
        ("cron(0 5 1- * ? *)", 'must have 1 to 31 as day of month, is "cron(0 5 1- * ? *)"'),
        ("daily", 'must be cron(minute hour day-of-month month day-of-week year), such as cron(0 5 * * ? *), is "daily"'),
    ],
)
def test_a_schedule_that_aws_would_refuse_is_refused_first(schedule: str, fault: str) -> None:
    """Six fields in their bounds, one ?, and no closer than an hour."""
    assert faults(database__schedule=schedule) == [f"database.schedule: {fault}"]


@pytest.mark.parametrize(
    "schedule", ["cron(15 */6 * * ? *)", "cron(0 5 ? * MON-FRI *)", "cron(0 5 L * ? *)", "cron(0 5 ? 1,7 6#3 2026-2030)"]
)
def test_schedules_that_aws_takes_are_taken(schedule: str) -> None:
    """Steps, names, lists, ranges and the last day are AWS's own grammar."""
    rules = [{"name": "further", "schedule": schedule, "retention": 90}]
    assert parse(changed(database__rules=rules), "test").database.rules[0].schedule == schedule


@pytest.mark.parametrize(
    ("written", "address", "port"),
    [
        ("127.0.0.1:5300", "127.0.0.1", 5300),
        ("8.8.8.8", "8.8.8.8", 53),
        ("2001:4860::8888", "2001:4860::8888", 53),
        ("[::1]:5300", "::1", 5300),
    ],
)
def test_a_resolver_is_an_address_with_or_without_a_port(written: str, address: str, port: int) -> None:
    """DNS listens on 53 unless said otherwise, over either protocol."""
    (resolver,) = parse(changed(routing__resolvers=[written]), "test").routing.resolvers
    assert (resolver.address, resolver.port) == (address, port)


def test_an_account_number_without_quotes_is_its_digits() -> None:
    """Twelve digits are unmistakable, quoted or not."""
    assert parse(changed(account=123456789012), "test").account == "123456789012"


def test_settings_cannot_be_changed() -> None:
    """They are decided before anything runs."""
    with pytest.raises(ValueError, match="frozen"):
        parse(VALUES, "test").environment = "other"


flags = st.booleans() | st.sampled_from(["true", "false", "True"])
cron = st.builds(lambda minute, hour: f"cron({minute} {hour} * * ? *)", st.integers(0, 59), st.integers(0, 23))


def numbers(low: int, high: int) -> st.SearchStrategy[int | str]:
    return st.integers(low, high).flatmap(lambda number: st.sampled_from([number, str(number)]))


@st.composite
def valid(draw: st.DrawFn) -> dict[str, object]:
    """Valid values, each as a person may write it: typed, or as the text that ``pulumi config set`` stores."""
    return changed(
        vaults__lock="none",  # its bounds hang together with the retentions
        environment=draw(st.from_regex(r"[a-z][a-z0-9]{1,11}", fullmatch=True)),
        activeRegion=draw(st.sampled_from(["us-east-1", "us-west-2"])),
        database__schedule=draw(cron),
        database__retention=draw(numbers(1, 35)),
        application__enabled=draw(flags),
        application__retention=draw(numbers(1, 36500)),
        files__includeMedia=draw(flags),
        disasterRecovery__rto=draw(numbers(1, 10080)),
        disasterRecovery__testing__automated=draw(flags),
        workload__shop__port=draw(numbers(1, 65535)),
        workload__service__image=draw(st.from_regex(r"[a-z]{1,9}/[a-z]{1,10}:[0-9]{1,6}", fullmatch=True)),
    )


@how(deadline=None)  # a busy machine is no fault
@given(valid())
def test_the_file_and_pulumis_configuration_agree(values: dict[str, object]) -> None:
    """Whatever is valid reads the same from the stack's file and from what Pulumi hands to a program."""
    file = yaml.safe_load(yaml.safe_dump({f"{PROJECT}:{key}": value for key, value in values.items()}))
    handed = {key: value if isinstance(value, str) else json.dumps(value) for key, value in file.items()}
    assert from_config(handed) == parse(values, "file") == parse({key.partition(":")[2]: value for key, value in file.items()}, "file")


def test_other_namespaces_are_not_ours(tmp_path: Path) -> None:
    """Keys of providers beside ours are left alone by both readers."""
    file = tmp_path / "Pulumi.test.yaml"
    file.write_text(yaml.safe_dump({"config": {"aws:region": "us-east-1"} | {f"{PROJECT}:{key}": value for key, value in VALUES.items()}}))
    assert isinstance(load(file), Settings)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("config: [", "cannot be read as YAML"),
        ("", "config: is missing"),
        ("config: 3", "config: is missing"),
        ("config: {}", f"{PROJECT}:environment: is missing"),
    ],
)
def test_a_file_without_settings_says_so(tmp_path: Path, content: str, fault: str) -> None:
    """A broken or empty file is a fault with a way out, not a traceback."""
    file = tmp_path / "Pulumi.test.yaml"
    file.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert caught.value.faults[0].startswith(fault)
    assert "Pulumi.test.yaml" in caught.value.hint


def test_a_stack_without_a_file_names_those_that_have_one() -> None:
    """A mistyped stack is answered with the stacks there are."""
    with pytest.raises(SettingsError) as caught:
        load(stack_file("pord"))
    assert caught.value.faults == ["there is no such file"]
    assert caught.value.hint == "choose a stack that has one: --stack prod or sandbox"


def test_broken_json_in_pulumis_configuration_is_a_fault() -> None:
    """A section that is not an object is refused like any other wrong value."""
    handed = {f"{PROJECT}:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in VALUES.items()}
    with pytest.raises(SettingsError) as caught:
        from_config(handed | {f"{PROJECT}:files": "{not json"})
    assert caught.value.faults == [f'{PROJECT}:files: must be a section with keys of its own, is "{{not json"']
