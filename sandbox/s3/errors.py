"""S3's refusals that moto has no class for."""

from moto.s3.exceptions import S3ClientError


class BadDigest(S3ClientError):
    """The body is not what its checksum says."""

    code = "BadDigest"

    def __init__(self, algorithm: str) -> None:
        super().__init__(f"The {algorithm} you specified did not match the calculated checksum.")


class InvalidReplication(S3ClientError):
    """A replication configuration that S3 does not take."""

    code = "InvalidRequest"


class NoSuchRetention(S3ClientError):
    """The object version has no retention of its own."""

    code = "NoSuchObjectLockConfiguration"

    def __init__(self) -> None:
        super().__init__("The specified object does not have a ObjectLock configuration")


class PastRetention(S3ClientError):
    """A retention that has ended already."""

    code = "InvalidArgument"

    def __init__(self) -> None:
        super().__init__("The retain until date must be in the future!")


class RestoreAlreadyInProgress(S3ClientError):
    """An archived version that is being thawed."""

    code = "RestoreAlreadyInProgress"
    status_code = 409

    def __init__(self) -> None:
        super().__init__("Object restore is already in progress")


class UnknownTier(S3ClientError):
    """A retrieval that the storage class does not offer."""

    code = "InvalidArgument"

    def __init__(self) -> None:
        super().__init__("Retrieval option is not supported by this storage class")
