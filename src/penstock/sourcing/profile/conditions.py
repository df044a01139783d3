"""What a condition is: whether a strategy applies to a sourcing request (spec 22 §9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.sourcing.profile.registry import Registry

if TYPE_CHECKING:
    from penstock.sourcing.profile.described import Param
    from penstock.sourcing.profile.params import Params


@dataclass
class SourcingContext:
    """What conditions look at: the order's fields at the top, ``customer``, ``fulfilmentChoice``, ``items`` ...

    ``data`` is plain JSON. ``warnings`` are for whoever wrote the profile; they end in the event log.
    """

    data: Mapping[str, Any]
    warnings: list[str] = field(default_factory=list)

    def warn(self, message: str) -> None:
        """Note a warning, once."""
        if message not in self.warnings:
            self.warnings.append(message)


Holds = Callable[[SourcingContext, Any], bool]


@dataclass(frozen=True)
class Condition:
    """A type of condition: ``holds`` gets the context and what ``read`` returned, by default the :class:`Params`.

    ``read`` refuses bad parameters, whether or not the condition is ever looked at. ``label``, ``tags`` and
    ``params`` describe it to user interfaces.
    """

    type: str
    holds: Holds
    label: str = ""
    tags: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    read: Callable[[Params], Any] = lambda params: params


CONDITIONS: Registry[Condition] = Registry("condition")


def condition(type_: str, **facts: Any) -> Callable[[Holds], Holds]:
    """Declare a condition by its test; ``facts`` are the other fields of :class:`Condition`."""

    def declare(holds: Holds) -> Holds:
        CONDITIONS.add(type_, Condition(type_, holds, **facts))
        return holds

    return declare
