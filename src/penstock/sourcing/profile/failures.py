"""What is wrong with a sourcing profile (spec 22 §7)."""

from __future__ import annotations


class ProfileError(Exception):
    """A profile that cannot be evaluated: an unknown type, or parameters that are missing or make no sense.

    ``message`` names the strategy, the condition or criterion, the parameter and its value.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
