"""How a rule fails (spec 13 §9)."""

from __future__ import annotations


class RuleError(Exception):
    """The rule cannot work with what it was given: the event FAILS with an HTTP-like code.

    400 a bad property or attribute, 404 something is missing, 422 it cannot be applied, 500 anything else.
    """

    def __init__(self, message: str, code: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class RuleExecutionError(Exception):
    """The workflow is to handle this: the event succeeds, and the EXCEPTION ruleset of its name runs."""

    def __init__(self, message: str, cause: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
