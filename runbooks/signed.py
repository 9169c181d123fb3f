"""What backups under a signed manifest have in common, whatever they keep: their names, their kinds, their links and signatures."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from runbooks.errors import Refused

STAMP = "%Y%m%dT%H%M%SZ"

Kind = Literal["full", "differential", "incremental"]
"""All of it; what came since the last full; or what came since the last backup of any kind."""


@dataclass(frozen=True, slots=True)
class Link:
    """A backup that another one needs, and the SHA-256 of its manifest."""

    name: str
    sha256: str


def named(now: datetime) -> str:
    """Return the name of a backup made at *now*: names sort as their times do."""
    return now.astimezone(UTC).strftime(STAMP)


def moment_of(name: str) -> datetime:
    """Return when the backup of this name was made."""
    return datetime.strptime(name, STAMP).replace(tzinfo=UTC)


def kind_of(text: str) -> Kind:
    """Return the kind that *text* is; raise :class:`Refused` when it is none."""
    for kind in get_args(Kind):
        if text == kind:
            return kind  # type: ignore[no-any-return] # get_args knows no types
    raise Refused(f"--type {text} is unknown", f"choose {', '.join(get_args(Kind))}")


def signed(body: bytes, signature: bytes, key: bytes) -> bool:
    """Tell whether *signature* (DER) is *key*'s (PEM, P-256) on *body*. As: openssl dgst -sha256 -verify KEY -signature SIGNATURE BODY."""
    try:
        public = serialization.load_pem_public_key(key)
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        public.verify(signature, body, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def pem(der: bytes) -> bytes:
    public = serialization.load_der_public_key(der)
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
