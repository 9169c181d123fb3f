"""What the product relies on in moto as it is: secrets, topics and identities."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from sandbox import kms
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, running


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("moto"), kms) as lab:
        yield lab


def test_a_secrets_replica_is_read_while_the_primary_region_is_dark(lab: Lab) -> None:
    """Under the same name, with the latest value written in the primary region; it takes no value of its own."""
    east, west = client(lab, "secretsmanager", EAST), client(lab, "secretsmanager", WEST)
    east.create_secret(Name="orders", SecretString="first", AddReplicaRegions=[{"Region": WEST}])
    east.put_secret_value(SecretId="orders", SecretString="second")
    lab.regions.break_region(EAST, "refuse")
    assert west.get_secret_value(SecretId="orders")["SecretString"] == "second"
    with pytest.raises(ClientError, match="replica"):
        west.put_secret_value(SecretId="orders", SecretString="third")
    lab.regions.heal_region(EAST)


def test_an_encrypted_topic_delivers_to_its_queue(lab: Lab) -> None:
    """What is published on a topic under a customer key arrives in the queue that subscribed."""
    client(lab, "kms").create_alias(AliasName="alias/topic", TargetKeyId=client(lab, "kms").create_key()["KeyMetadata"]["KeyId"])
    topics, queues = client(lab, "sns"), client(lab, "sqs")
    topic = topics.create_topic(Name="recovery", Attributes={"KmsMasterKeyId": "alias/topic"})["TopicArn"]
    queue = queues.create_queue(QueueName="heard")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    topics.publish(TopicArn=topic, Message="us-west-2 is active")
    [heard] = queues.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(heard["Body"])["Message"] == "us-west-2 is active"


@pytest.mark.parametrize("region", [EAST, WEST])
def test_every_region_knows_the_account(lab: Lab, region: str) -> None:
    """The regional STS answers with the account of the settings."""
    assert client(lab, "sts", region).get_caller_identity()["Account"] == lab.settings.account
