"""How user interfaces are told of conditions and criteria (spec 22 §9, §10).

Descriptions only: what a profile says of types and parameters is what counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter: what enters it, the choice where there is one, and its value where that is always the same."""

    name: str
    component: str
    mandatory: bool = True
    options: tuple[str, ...] = ()
    value: Any = None

    def shown(self) -> dict[str, Any]:
        """Return it as a registry has it."""
        told: dict[str, Any] = {"name": self.name, "component": self.component, "mandatory": self.mandatory}
        if self.options:
            told["options"] = [{"label": option, "value": option} for option in self.options]
        return told if self.value is None else told | {"value": self.value}


TEXTS, NUMBER, NUMBERS = Param("value", "texts"), Param("value", "number"), Param("value", "numbers")
