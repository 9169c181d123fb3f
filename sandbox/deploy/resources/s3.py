"""Buckets, and each of their configurations."""

from typing import Any

from sandbox.deploy.inputs import Inputs, pascal
from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


@makes("aws:s3/bucket:Bucket")
def bucket(wanted: Wanted) -> Made:
    s3, name = wanted.client("s3"), wanted.inputs["bucket"]
    # S3's first region is the one that must not be named.
    where = {} if wanted.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": wanted.region}}
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=wanted.inputs.get("objectLockEnabled", False), **where)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": wanted.tag_list()})
    return Made(name, {"arn": f"arn:aws:s3:::{name}"})


@makes("aws:s3/bucketVersioning:BucketVersioning")
def versioning(wanted: Wanted) -> Made:
    status = pascal(wanted.inputs["versioningConfiguration"])
    return _configured(wanted, "put_bucket_versioning", VersioningConfiguration=status)


@makes("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
def encryption(wanted: Wanted) -> Made:
    return _configured(
        wanted, "put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": list(map(_encryption_rule, wanted.inputs["rules"]))}
    )


def _encryption_rule(rule: Inputs) -> dict[str, Any]:
    default = rule["applyServerSideEncryptionByDefault"]
    applied = {"SSEAlgorithm": default["sseAlgorithm"], "KMSMasterKeyID": default["kmsMasterKeyId"]}
    return {"ApplyServerSideEncryptionByDefault": applied, "BucketKeyEnabled": rule["bucketKeyEnabled"]}


@makes("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
def public_access_block(wanted: Wanted) -> Made:
    block = wanted.inputs.given(
        BlockPublicAcls="blockPublicAcls",
        BlockPublicPolicy="blockPublicPolicy",
        IgnorePublicAcls="ignorePublicAcls",
        RestrictPublicBuckets="restrictPublicBuckets",
    )
    return _configured(wanted, "put_public_access_block", PublicAccessBlockConfiguration=block)


@makes("aws:s3/bucketOwnershipControls:BucketOwnershipControls")
def ownership_controls(wanted: Wanted) -> Made:
    return _configured(wanted, "put_bucket_ownership_controls", OwnershipControls={"Rules": [pascal(wanted.inputs["rule"])]})


@makes("aws:s3/bucketPolicy:BucketPolicy")
def policy(wanted: Wanted) -> Made:
    return _configured(wanted, "put_bucket_policy", Policy=wanted.inputs["policy"])


@makes("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
def object_lock(wanted: Wanted) -> Made:
    lock = {"ObjectLockEnabled": "Enabled", "Rule": pascal(wanted.inputs["rule"])}
    return _configured(wanted, "put_object_lock_configuration", ObjectLockConfiguration=lock)


@makes("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
def lifecycle(wanted: Wanted) -> Made:
    rules = [_with_id(rule) for rule in wanted.inputs["rules"]]
    return _configured(wanted, "put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": rules})


@makes("aws:s3/inventory:Inventory")
def inventory(wanted: Wanted) -> Made:
    """Set up a list, as on AWS; it is delivered when somebody says so (sandbox/s3/inventories.py)."""
    inputs, into = wanted.inputs, wanted.inputs["destination"]["bucket"]
    encryption = {"SSEKMS": {"KeyId": into["encryption"]["sseKms"]["keyId"]}}
    delivery = into.given(AccountId="accountId", Bucket="bucketArn", Format="format") | {"Encryption": encryption}
    configuration = {
        "Id": inputs["name"],
        "IsEnabled": True,
        "IncludedObjectVersions": inputs["includedObjectVersions"],
        "Schedule": pascal(inputs["schedule"]),
        "OptionalFields": inputs["optionalFields"],
        "Destination": {"S3BucketDestination": delivery},
    }
    return _configured(wanted, "put_bucket_inventory_configuration", Id=inputs["name"], InventoryConfiguration=configuration)


@makes("aws:s3/bucketReplicationConfig:BucketReplicationConfig")
def replication(wanted: Wanted) -> Made:
    rules = [_replication_rule(rule) for rule in wanted.inputs["rules"]]
    return _configured(wanted, "put_bucket_replication", ReplicationConfiguration={"Role": wanted.inputs["role"], "Rules": rules})


def _replication_rule(rule: Inputs) -> dict[str, Any]:
    translated = _with_id(rule)
    destination = translated["Destination"]
    destination["EncryptionConfiguration"] = {"ReplicaKmsKeyID": destination["EncryptionConfiguration"]["ReplicaKmsKeyId"]}
    return translated


def _with_id(rule: Inputs) -> dict[str, Any]:
    translated: dict[str, Any] = pascal(rule)
    return {"ID": translated.pop("Id"), **translated}


def _configured(wanted: Wanted, operation: str, **configuration: Any) -> Made:
    name = wanted.inputs["bucket"]
    getattr(wanted.client("s3"), operation)(Bucket=name, **configuration)
    return Made(name, {})
