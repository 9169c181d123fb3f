"""KMS: signatures on what is kept, and values that nobody reads who may not use the key."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from runbooks.aws.session import Door

ALGORITHM = "ECDSA_SHA_256"

LARGEST = 4096
"""Bytes that KMS encrypts in one call; a parameter may have twice as many. Source: the KMS API reference, "Encrypt"."""


@dataclass(frozen=True, slots=True)
class Key:
    """The public half of a signing key, as DER. ``arn`` names the key itself and not an alias that may come to lead elsewhere."""

    arn: str
    public: bytes


def signing_key(door: Door, key: str) -> Key:
    """Return the public half of *key*, an alias or an ARN. No private half ever leaves KMS."""
    answer = door.call("kms", "get_public_key", KeyId=key)
    return Key(answer["KeyId"], answer["PublicKey"])


def sign(door: Door, key: str, message: bytes) -> bytes:
    """Return the DER signature of *message*. KMS is given the digest, for it takes no message over 4,096 bytes."""
    answer = door.call("kms", "sign", KeyId=key, Message=sha256(message).digest(), MessageType="DIGEST", SigningAlgorithm=ALGORITHM)
    signature: bytes = answer["Signature"]
    return signature


def seal(door: Door, key: str, text: str, context: Mapping[str, str]) -> list[str]:
    """Return *text* encrypted under *key*, as Base64, in as many pieces as KMS needs calls.

    ``aws kms decrypt`` opens a piece with the same *context* plus ``piece``, such as ``1/2``.
    """
    plain = text.encode()
    pieces = [plain[start : start + LARGEST] for start in range(0, len(plain), LARGEST)]
    sealed = []
    for number, piece in enumerate(pieces, start=1):
        bound = {**context, "piece": f"{number}/{len(pieces)}"}
        answer = door.call("kms", "encrypt", KeyId=key, Plaintext=piece, EncryptionContext=bound)
        sealed.append(b64encode(answer["CiphertextBlob"]).decode())
    return sealed


def unseal(door: Door, sealed: Sequence[str], context: Mapping[str, str]) -> str:
    """Return what :func:`seal` was given, opened piece by piece with the same *context*."""
    plain = b""
    for number, piece in enumerate(sealed, start=1):
        bound = {**context, "piece": f"{number}/{len(sealed)}"}
        answer = door.call("kms", "decrypt", CiphertextBlob=b64decode(piece), EncryptionContext=bound)
        plain += answer["Plaintext"]
    return plain.decode()
