"""How each type is made, by service. A new type is one entry in its service's file; a new service is one more import here."""

from sandbox.deploy.registry import ANSWERERS, MAKERS
from sandbox.deploy.resources import (  # noqa: F401 they register
    backup,
    cloudwatch,
    ec2,
    ecs,
    events,
    iam,
    kms,
    lb,
    rds,
    route53,
    route53recoverycontrol,
    s3,
    scheduler,
    secretsmanager,
    sns,
)
from sandbox.deploy.resources.notmade import NotMade

__all__ = ["ANSWERERS", "MAKERS", "NotMade"]
