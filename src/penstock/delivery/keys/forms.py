"""Public keys in the forms that receivers want."""

from __future__ import annotations

import base64
import hashlib
import textwrap

_RAW = 32  # bytes of an Ed25519 key, at the end of its SubjectPublicKeyInfo
_LINE = 64  # characters of a line in PEM


def pem(spki: str) -> str:
    """Return a key, given as Base64 of its SubjectPublicKeyInfo, in PEM."""
    lines = "\n".join(textwrap.wrap(spki, _LINE))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"


def fingerprint(spki: str) -> str:
    """Return the SHA-256 of the SubjectPublicKeyInfo, as ``openssl dgst -sha256`` prints it."""
    return hashlib.sha256(base64.b64decode(spki)).hexdigest()


def standard(spki: str) -> str:
    """Return an Ed25519 key as Standard Webhooks writes it: ``whpk_`` and Base64 of its 32 bytes."""
    return "whpk_" + base64.b64encode(base64.b64decode(spki)[-_RAW:]).decode()
