"""Which control of a group wins for a product at a location, and what it comes down to (spec 21 §4).

A control's ref is its scope: ``<group>:<TYPE>:<product>:<location>`` and so on. So the refs of all controls that can
matter are known beforehand, and those found are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.inventory.control_values import PERCENTAGE, value
from penstock.inventory.selling import ALL, NOTHING, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from penstock.model.rows import Row

ADD, SUBTRACT = "ADD", "SUBTRACT"  # modes of a quantity buffer
EXCLUSION, MASTER = "EXCLUSION", "MASTER_BUFFER"
QUANTITY = "QUANTITY_BUFFER"
IMMEDIATE = (EXCLUSION, QUANTITY, PERCENTAGE, MASTER)  # types whose changes virtual positions follow at once
_BUFFERS = (QUANTITY, PERCENTAGE)
_ORDERS = (3, 4, 5, 6)  # of buffers without an execution order, by scope: the usual numbering


@dataclass(frozen=True)
class Subject:
    """What controls are looked for: a product, its categories with the nearest first, and a location."""

    product: str
    categories: tuple[str, ...] = ()
    location: str | None = None

    def scopes(self) -> Iterator[tuple[int, int, str]]:
        """Yield scopes with the narrowest first: its rank, the distance of its category, and the end of its refs."""
        if self.location is not None:
            yield 0, 0, f"{self.product}:{self.location}"
        yield 1, 0, self.product
        yield from ((2, distance, category) for distance, category in enumerate(self.categories))
        if self.location is not None:
            yield 3, 0, self.location

    def at(self, location: str | None) -> Subject:
        """Return the product at a location, None for wherever it is."""
        return Subject(self.product, self.categories, location)


def refs(group: str, product: Subject, locations: Iterable[str]) -> list[str]:
    """Return the refs of all controls of a group that can matter for a product: itself, and at these locations."""
    subjects = (product, *(product.at(location) for location in locations))
    found = [master_ref(group, product.product)]
    found += [f"{group}:{EXCLUSION}:{end}" for _, _, end in product.scopes()]
    found += [f"{group}:{type_}:{end}" for s in subjects for type_ in _BUFFERS for _, _, end in s.scopes()]
    return list(dict.fromkeys(found))


def by_ref(controls: Iterable[Row]) -> dict[str, Row]:
    """Return those controls that take effect, by ref."""
    return {control.ref: control for control in controls if control.status == "ACTIVE"}


def excluded(group: str, controls: Mapping[str, Row], subject: Subject) -> bool:
    """Return whether the product, or a category of it, is not for sale; whatever other controls say."""
    wanted = (f"{group}:{EXCLUSION}:{end}" for _, _, end in subject.at(None).scopes())
    return any(_of(controls, ref, EXCLUSION) is not None for ref in wanted)


def terms(group: str, controls: Mapping[str, Row], subject: Subject, mode: str = ADD) -> Terms:
    """Return what the winning control comes down to: buffers do not add up, the lowest execution order wins.

    ``InvalidValueError`` names a control whose value cannot be used.
    """
    if excluded(group, controls, subject):
        return NOTHING
    found = list(_buffers(group, controls, subject))
    if not found:
        return ALL
    return _terms(min(found, key=lambda buffer: buffer[0])[1], mode)


def _buffers(group: str, controls: Mapping[str, Row], subject: Subject) -> Iterator[tuple[tuple[Any, ...], Row]]:
    """Yield matching buffers with what they are ordered by: execution order, scope, nearness of the category, ref."""
    for rank, distance, end in subject.scopes():
        for type_ in _BUFFERS:
            control = _of(controls, f"{group}:{type_}:{end}", type_)
            if control is not None:
                order = _ORDERS[rank] if control.execution_order is None else control.execution_order
                yield (order, rank, distance, control.ref), control


def _of(controls: Mapping[str, Row], ref: str, type_: str) -> Row | None:
    control = controls.get(ref)
    return control if control is not None and control.type == type_ else None


def _terms(control: Row, mode: str) -> Terms:
    number = value(control)
    if control.type == PERCENTAGE:
        return Terms(share=ALL.share - number)
    return Terms(buffer=-number if mode == SUBTRACT else number)


def master_ref(group: str, product: str) -> str:
    """Return the ref of the control over the total of a product."""
    return f"{group}:{MASTER}:{product}"


def master_buffer(group: str, controls: Mapping[str, Row], product: str) -> int:
    """Return what is added to the total of a product, less where it is negative; whatever the mode is."""
    control = _of(controls, master_ref(group, product), MASTER)
    return 0 if control is None else value(control)
