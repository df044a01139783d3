"""What can go wrong with deliveries, and how to tell."""

from __future__ import annotations

from penstock.errors import InvalidValueError, PenstockError


class RefusedError(InvalidValueError):
    """An address that webhooks are not sent to, whoever asks: trying again does not help."""


class SealedError(PenstockError):
    """A private key that this process cannot open, having no secret or another one."""

    code, status = "S0001E", 409
