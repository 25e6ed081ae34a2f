"""The key that signs each act, RECORD_KEY: the database does not hold it.

Whoever has the database alone can add entries whose hashes fit, but none that this key has signed.
"""

from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from gscp.record import ledger


def public_key(secret: str = "") -> str:
    """The public half of RECORD_KEY, or of another secret key; all are in hex."""
    return private_key(secret or settings.RECORD_KEY).public_key().public_bytes_raw().hex()


def sign(text: str) -> str:
    """The signature, in hex, over the hash of an act's last entry, or over a note of a walk (JSON)."""
    return private_key(settings.RECORD_KEY).sign(ledger.signed_bytes(text)).hex()


def is_signed(key: str, signature: str, text: str) -> bool:
    try:
        known_key(key).verify(bytes.fromhex(signature), ledger.signed_bytes(text))
    except (InvalidSignature, ValueError):  # or what is stored is no key or no signature
        return False
    return True


@cache
def private_key(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))


@cache
def known_key(key: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
