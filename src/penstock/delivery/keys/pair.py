"""A key: an RSA pair for the two headers of the platform, and an Ed25519 pair for those of Standard Webhooks."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING, Self

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import MD5, SHA512

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from penstock.delivery.keys.sealing import Seal

_EXPONENT = 65_537
_DER, _SPKI = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
_PKCS8, _PLAIN = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


class _Stored(msgspec.Struct, array_like=True):
    rsa: bytes
    ed25519: bytes


class Pair:
    """Private keys, in memory only."""

    def __init__(self, id_: uuid.UUID, rsa: RSAPrivateKey, ed25519: Ed25519PrivateKey) -> None:
        self.id = id_
        self._rsa = rsa
        self._ed25519 = ed25519

    @classmethod
    def make(cls, bits: int) -> Self:
        """Return a fresh key."""
        return cls(uuid.uuid4(), generate_private_key(_EXPONENT, bits), Ed25519PrivateKey.generate())

    @classmethod
    def unsealed(cls, id_: uuid.UUID, sealed: bytes, seal: Seal) -> Self:
        """Return a stored key.

        Raises:
            SealedError: it was sealed with another secret.
        """
        stored = msgspec.msgpack.decode(seal.open(sealed, id_.bytes), type=_Stored)
        rsa = serialization.load_der_private_key(stored.rsa, None)
        ed25519 = serialization.load_der_private_key(stored.ed25519, None)
        assert isinstance(rsa, RSAPrivateKey)
        assert isinstance(ed25519, Ed25519PrivateKey)
        return cls(id_, rsa, ed25519)

    def sealed(self, seal: Seal) -> bytes:
        """Return the form in which it is stored."""
        both = [each.private_bytes(_DER, _PKCS8, _PLAIN) for each in (self._rsa, self._ed25519)]
        return seal.close(msgspec.msgpack.encode(_Stored(*both)), self.id.bytes)

    @property
    def rsa_public(self) -> str:
        """Return the public RSA key: its SubjectPublicKeyInfo in Base64, one line."""
        return _public(self._rsa.public_key())

    @property
    def ed25519_public(self) -> str:
        """Return the public Ed25519 key in the same form."""
        return _public(self._ed25519.public_key())

    def md5_with_rsa(self, content: bytes) -> str:
        """Return the older signature, in Base64."""
        return _base64(self._rsa.sign(content, PKCS1v15(), MD5()))  # noqa: S303 - the older header is MD5 with RSA

    def sha512_with_rsa(self, content: bytes) -> str:
        """Return the current signature, in Base64."""
        return _base64(self._rsa.sign(content, PKCS1v15(), SHA512()))

    def ed25519(self, content: bytes) -> str:
        """Return the signature of Standard Webhooks, in Base64."""
        return _base64(self._ed25519.sign(content))


def _public(key: PublicKeyTypes) -> str:
    return _base64(key.public_bytes(_DER, _SPKI))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
