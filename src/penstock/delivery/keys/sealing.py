"""Sealing what must not be read from the database: AES-256-GCM under a key drawn from the installation's secret.

The secret is no part of the database. ``penstock up`` makes one and keeps it in its data folder; processes that are
started by hand get it from the environment.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from penstock.delivery.failures import SealedError

if TYPE_CHECKING:
    from pathlib import Path

_NONCE = 12  # bytes


class Seal:
    """Closes and opens; ``about`` says what the bytes are, so that they cannot be put in another's place."""

    def __init__(self, secret: str) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"penstock webhook keys").derive(secret.encode())
        self._cipher = AESGCM(derived)

    def close(self, content: bytes, about: bytes) -> bytes:
        """Return what is to be stored."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """Return the content.

        Raises:
            SealedError: it was closed with another secret.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
        except InvalidTag:
            raise SealedError(
                "The key was sealed with another secret; set PENSTOCK_SECRET to that one, or make a new key with "
                "penstock webhook rotate."
            ) from None


def keep_secret(file: Path) -> str:
    """Return the secret in this file, made at the first call; only its owner can read it."""
    with suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(32) + "\n")
            stream.flush()
            os.fsync(descriptor)
    return read_secret(file)


def read_secret(file: Path) -> str:
    """Return the secret in this file; empty when there is none."""
    with suppress(FileNotFoundError):
        return file.read_text(encoding="ascii").strip()
    return ""
