"""One thing that the linter has to say about a workflow."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass


class Severity(enum.StrEnum):
    """How bad it is: an error cannot work, a warning will hardly be meant, an info is worth a look."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_ORDER = list(Severity)


@dataclass(frozen=True)
class Finding:
    """What is wrong, where, and what to do about it.

    ``code`` names the kind of finding ("unreachable-status"), ``place`` the part of the document:
    ``rulesets[12] "PackOrder" > rules[0]``.
    """

    code: str
    severity: Severity
    workflow: str
    place: str
    message: str
    advice: str

    @property
    def rank(self) -> int:
        """Return 0 for errors, 1 for warnings, 2 for the rest."""
        return _ORDER.index(self.severity)

    def plain(self) -> dict[str, str]:
        """Return the finding as JSON."""
        return {key: str(value) for key, value in asdict(self).items()}


def error(code: str, workflow: str, place: str, message: str, advice: str) -> Finding:
    """Return a finding that cannot work."""
    return Finding(code, Severity.ERROR, workflow, place, message, advice)


def warning(code: str, workflow: str, place: str, message: str, advice: str) -> Finding:
    """Return a finding that will hardly be meant."""
    return Finding(code, Severity.WARNING, workflow, place, message, advice)


def info(code: str, workflow: str, place: str, message: str, advice: str) -> Finding:
    """Return a finding that is worth a look."""
    return Finding(code, Severity.INFO, workflow, place, message, advice)
