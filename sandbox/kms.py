"""KMS as moto has it, where a key that is switched off also does no work."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from moto.core.exceptions import JsonRESTError
from moto.kms.models import Key, KmsBackend, kms_backends
from moto.kms.utils import KEY_ID_LEN

from sandbox.lab import Lab


class DisabledException(JsonRESTError):
    """The key is disabled."""

    def __init__(self, arn: str) -> None:
        super().__init__("DisabledException", f"{arn} is disabled.")


class KMSInvalidStateException(JsonRESTError):
    """The key is about to be deleted."""

    def __init__(self, arn: str) -> None:
        super().__init__("KMSInvalidStateException", f"{arn} is pending deletion.")


class LabKmsBackend(KmsBackend):
    """The keys of one region; an operation that names a key by its ARN or alias works like one that names it by its id."""

    __module__ = KmsBackend.__module__  # moto finds the service's URLs by it

    def disable_key(self, key_id: str) -> None:
        super().disable_key(self.any_id_to_key_id(key_id))

    def enable_key(self, key_id: str) -> None:
        super().enable_key(self.any_id_to_key_id(key_id))

    def schedule_key_deletion(self, key_id: str, pending_window_in_days: int) -> float:
        return super().schedule_key_deletion(self.any_id_to_key_id(key_id), pending_window_in_days)

    def cancel_key_deletion(self, key_id: str) -> None:
        super().cancel_key_deletion(self.any_id_to_key_id(key_id))

    def encrypt(self, key_id: str, *args: Any, **kwargs: Any) -> tuple[bytes, str]:
        self._check_enabled(key_id)
        return super().encrypt(key_id, *args, **kwargs)

    def decrypt(self, ciphertext_blob: bytes, *args: Any, **kwargs: Any) -> tuple[bytes, str]:
        """moto's ciphertext begins with the key's id."""
        self._check_enabled(ciphertext_blob[:KEY_ID_LEN].decode(errors="replace"))
        return super().decrypt(ciphertext_blob, *args, **kwargs)

    def generate_data_key(self, key_id: str, *args: Any, **kwargs: Any) -> tuple[bytes, bytes, str]:
        self._check_enabled(key_id)
        return super().generate_data_key(key_id, *args, **kwargs)

    def sign(self, key_id: str, message: bytes, signing_algorithm: str) -> tuple[str, bytes, str]:
        """moto would hash what is a digest already; it does not hand over which of the two it is, and we sign digests alone."""
        self._check_enabled(key_id)
        key = find_key(self.account_id, self.region_name, key_id)
        if key is None or key.key_usage != "SIGN_VERIFY" or key.key_spec != "ECC_NIST_P256" or len(message) != SHA256.digest_size:
            return super().sign(key_id, message, signing_algorithm)
        private = key.private_key.private_key  # type: ignore[attr-defined] # moto types the base of all kinds
        return key.arn, private.sign(message, ec.ECDSA(Prehashed(SHA256()))), signing_algorithm

    def _check_enabled(self, key_id: str) -> None:
        """Let unknown keys pass: moto has its own answer to them."""
        key = self.keys.get(self.any_id_to_key_id(key_id))
        if key is not None and key.key_state == "Disabled":
            raise DisabledException(key.arn)
        if key is not None and key.key_state == "PendingDeletion":
            raise KMSInvalidStateException(key.arn)


def find_key(account: str, region: str, key_id: str) -> Key | None:
    """Return the key that *key_id* names in *region*, by id, alias or ARN; another region's ARN names none."""
    if key_id.startswith("arn:") and key_id.split(":")[3] != region:
        return None
    kms = kms_backends[account][region]
    alias = kms.get_alias_name(key_id)
    if alias.startswith("alias/") and not kms.alias_exists(alias):
        return None
    return kms.keys.get(kms.any_id_to_key_id(key_id))


def install(_: Lab) -> None:
    """Put our KMS in the place of moto's."""
    kms_backends.backend = LabKmsBackend
    kms_backends.clear()
