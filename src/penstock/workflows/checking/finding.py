"""What a look at a workflow document finds: where, and what to do about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, Any]


class Severity(enum.StrEnum):
    """Whether a finding stops a save."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a place such as ``rulesets[3].rules[1].name``."""

    place: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.place} {self.message}"


def within(place: str, finding: Finding) -> Finding:
    """Return the finding as seen from further outside."""
    return replace(finding, place=f"{place}.{finding.place}")


def objects(node: Node, name: str, place: str = "") -> Iterator[tuple[str, Node]]:
    """Yield place and content of each object in a list of the node; what is none is told by its shape."""
    given = node.get(name)
    if isinstance(given, list):
        for number, item in enumerate(given):
            if isinstance(item, dict):
                yield f"{place}.{name}[{number}]" if place else f"{name}[{number}]", item


def text(node: Node, name: str) -> str:
    """Return a text of the node; nothing when it is absent or no text."""
    given = node.get(name)
    return given if isinstance(given, str) else ""
