"""S3 as moto has it, and what moto lacks: replication that copies, batch jobs, archives that take their time, and refusals that hold."""

import moto.s3.models
from moto.iam.policy_validation import SERVICE_TYPE_REGION_INFORMATION_ERROR_ASSOCIATIONS
from moto.moto_api import state_manager
from moto.s3.models import s3_backends
from moto.s3control.models import s3control_backends

from sandbox import control
from sandbox.lab import Lab
from sandbox.s3 import inventories
from sandbox.s3.archives import MANUAL, Thaws
from sandbox.s3.buckets import LabBucket
from sandbox.s3.jobs import LabS3ControlBackend
from sandbox.s3.models import LabS3Backend
from sandbox.s3.replication import Replicator


def install(lab: Lab) -> None:
    """Put our S3 in the place of moto's; *lab*'s regions decide where replication can go."""
    replicator = Replicator(lab)
    LabS3Backend.replicator, LabS3Backend.thaws = replicator, Thaws(lab)
    state_manager.set_transition("s3::keyrestore", MANUAL)
    moto.s3.models.FakeBucket = LabBucket  # type: ignore[misc] # moto makes its buckets by this name
    s3_backends.backend = LabS3Backend
    s3_backends.clear()
    s3_backends.bucket_accounts.clear()
    LabS3ControlBackend.replicator, LabS3ControlBackend.lab = replicator, lab
    s3control_backends.backend = LabS3ControlBackend
    s3control_backends.clear()
    # S3 Batch Operations' jobs have a region in their ARN, as access points do; moto's IAM knows the latter alone.
    SERVICE_TYPE_REGION_INFORMATION_ERROR_ASSOCIATIONS["s3"]["valid_starting_values"] = ["accesspoint/", "job/"]
    control.route("inventories", lambda method, _, document: inventories.answer(lab, method, document))
    replicator.start()


__all__ = ["install"]
