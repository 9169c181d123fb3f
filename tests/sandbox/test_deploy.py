"""The in-process deployer, on programs of a few lines: what is made, and what is refused in which words."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.clients import Clients
from sandbox.deploy import program
from sandbox.deploy.deployment import Creator
from sandbox.deploy.errors import DeployError
from sandbox.deploy.inputs import Inputs
from sandbox.deploy.program import Exports
from sandbox.lab import Lab
from sandbox.progress import Progress
from settings import HERE
from tests.sandbox.parts import EAST, WEST, client, emptied, running

Run = Callable[[str], Exports]


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("deploy")) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    return emptied(shared_lab)


@pytest.fixture
def told() -> list[Progress]:
    return []


@pytest.fixture
def run(lab: Lab, tmp_path: Path, told: list[Progress]) -> Run:
    """Run a program of the given lines with ``aws:region`` us-east-1; its third line is the first of them."""

    def run_lines(lines: str) -> Exports:
        (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
        (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: us-east-1\n")
        (tmp_path / "__main__.py").write_text(f"import pulumi\nimport pulumi_aws as aws\n{lines}\n")
        return program.run(tmp_path / "Pulumi.dev.yaml", Creator(Clients(lab.endpoint), EAST, told.append), tmp_path)

    return run_lines


def topics(lab: Lab, region: str) -> list[str]:
    sns: Any = client(lab, "sns", region)
    return [entry["TopicArn"].rpartition(":")[2] for entry in sns.list_topics()["Topics"]]


def test_an_unknown_type_is_refused_with_the_line_that_declares_it(run: Run) -> None:
    """Nothing is made up: what the sandbox cannot make, it names."""
    with pytest.raises(DeployError) as refusal:
        run('aws.sqs.Queue("orders")')
    assert str(refusal.value) == (
        'aws:sqs/queue:Queue "orders", declared at __main__.py:3: the sandbox cannot make this type: add it to sandbox/deploy/resources'
    )


def test_a_function_without_an_answer_is_refused(run: Run) -> None:
    """A look-up is no more made up than a resource."""
    with pytest.raises(DeployError, match=r"aws:index/getRegions:getRegions .*the sandbox has no answer to it"):
        run("aws.get_regions()")


def test_an_input_that_no_call_takes_is_refused(run: Run) -> None:
    """A resource is never quietly made with less than was declared."""
    with pytest.raises(DeployError, match=r'Topic "orders", declared at __main__.py:3: the sandbox does not pass on fifoTopic'):
        run('aws.sns.Topic("orders", name="orders", fifo_topic=True)')


def test_a_missing_input_is_refused(run: Run) -> None:
    """Names are derived from settings; the sandbox invents none."""
    with pytest.raises(DeployError, match="the sandbox needs 'name', which was not given"):
        run('aws.sns.Topic("orders")')


def test_a_refusal_of_aws_is_told_in_its_words(run: Run, told: list[Progress]) -> None:
    """With the resource, and the line that declares it."""
    with pytest.raises(DeployError) as refusal:
        run('\naws.kms.Alias("orders", name="alias/orders", target_key_id="b6e7f3a0-0000-4000-8000-000000000000")')
    assert refusal.value.where == "__main__.py:4"
    assert "when calling the CreateAlias operation" in refusal.value.reason
    assert [(entry.name, entry.outcome) for entry in told] == [("orders", "failed")]


def test_what_depends_on_a_failure_is_not_made(run: Run, lab: Lab) -> None:
    """The first failure is the one that is told."""
    with pytest.raises(DeployError, match='Queue "first"'):
        run('first = aws.sqs.Queue("first")\naws.sns.Topic("second", name="second", opts=pulumi.ResourceOptions(depends_on=[first]))')
    assert topics(lab, EAST) == []


def test_a_resource_is_made_in_its_region_else_its_providers_else_the_configured(run: Run, lab: Lab) -> None:
    """Three ways to say where, the nearest wins."""
    run(
        f'west = pulumi.ResourceOptions(provider=aws.Provider("west", region="{WEST}"))\n'
        'aws.sns.Topic("configured", name="configured")\n'
        'aws.sns.Topic("provided", name="provided", opts=west)\n'
        f'aws.sns.Topic("said", name="said", region="{EAST}", opts=west)\n'
    )
    assert sorted(topics(lab, EAST)) == ["configured", "said"]
    assert topics(lab, WEST) == ["provided"]


def test_a_providers_tags_lie_under_the_resources_own(run: Run, lab: Lab) -> None:
    """As with the real provider, the resource's value wins."""
    exports = run(
        'provider = aws.Provider("tagged", region="us-east-1", default_tags={"tags": {"owner": "shop", "cost": "dr"}})\n'
        'topic = aws.sns.Topic("t", name="t", tags={"cost": "orders"}, opts=pulumi.ResourceOptions(provider=provider))\n'
        'pulumi.export("topic", topic.arn)'
    )
    sns: Any = client(lab, "sns")
    found = sns.list_tags_for_resource(ResourceArn=exports["topic"])["Tags"]
    assert {entry["Key"]: entry["Value"] for entry in found} == {"owner": "shop", "cost": "orders"}


def test_a_provider_for_another_account_is_refused(run: Run) -> None:
    """The program names the account it is for, and the sandbox is another."""
    with pytest.raises(DeployError, match="the account here is 123456789012, and only 210987654321 is allowed"):
        run(
            'other = aws.Provider("other", region="us-east-1", allowed_account_ids=["210987654321"])\n'
            'aws.sns.Topic("t", name="t", opts=pulumi.ResourceOptions(provider=other))'
        )


def test_a_secret_reaches_aws_in_the_clear_and_an_export_masked(run: Run, lab: Lab) -> None:
    """Its value is made of it, and is not shown."""
    exports = run(
        'key = aws.kms.Key("k", description=pulumi.Output.secret("walnut"))\n'
        'pulumi.export("key", key.key_id)\npulumi.export("secret", key.description)'
    )
    kms: Any = client(lab, "kms")
    assert kms.describe_key(KeyId=exports["key"])["KeyMetadata"]["Description"] == "walnut"
    assert exports["secret"] == "[secret]"


def test_outputs_reach_what_is_built_on_them(run: Run, lab: Lab) -> None:
    """Through components, in the order that they need."""
    run(
        "class Pair(pulumi.ComponentResource):\n"
        "    def __init__(self):\n"
        '        super().__init__("small:index:Pair", "pair")\n'
        '        key = aws.kms.Key("k", opts=pulumi.ResourceOptions(parent=self))\n'
        '        aws.kms.Alias("a", name="alias/pair", target_key_id=key.key_id, opts=pulumi.ResourceOptions(parent=self))\n'
        "Pair()"
    )
    kms: Any = client(lab, "kms")
    assert kms.describe_key(KeyId="alias/pair")["KeyMetadata"]["KeyState"] == "Enabled"


def test_each_resource_is_told_once_with_where_it_is(run: Run, told: list[Progress]) -> None:
    """That is what a person watches while a sandbox comes up."""
    run(f'aws.sns.Topic("one", name="one", region="{WEST}")')
    [entry] = told
    assert (entry.name, entry.type, entry.region, entry.outcome) == ("one", "aws:sns/topic:Topic", WEST, "done")
    assert entry.seconds > 0


def test_runs_follow_each_other_in_one_process(run: Run) -> None:
    """A failed one leaves nothing behind for the next."""
    with pytest.raises(DeployError):
        run('aws.sqs.Queue("orders")')
    assert run('pulumi.export("stack", pulumi.get_stack())') == {"stack": "dev"}


def test_inputs_tell_what_nobody_read_however_deep() -> None:
    """A block inside a list is no place to lose a setting."""
    inputs = Inputs({"name": "n", "rules": [{"port": 1, "description": "d"}], "tags": {"a": "b"}})
    inputs.skip("tags")
    assert inputs["rules"][0]["port"] == 1
    assert inputs.unread() == ["name", "rules[0].description"]


def test_the_command_says_what_it_lacks() -> None:
    """One `Error:` and one `Try:`, and nothing is run."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    argv = [sys.executable, "-m", "sandbox.deploy", "--config", "Pulumi.sandbox.yaml"]
    ended = subprocess.run(argv, cwd=HERE, env=environ, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    error, hint = ended.stderr.splitlines()
    assert error.startswith("Error: AWS_ENDPOINT_URL is not set")
    assert hint == "Try: start one with `invoke sandbox`, and export the line it prints"
