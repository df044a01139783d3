"""Which control of a group wins for a product at a location, and what it comes down to (spec 21 §4).

A control's ref is its scope: ``<group>:<TYPE>:<product>:<location>`` and so on. So the refs of all controls that can
matter are known beforehand, and those found are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError
from penstock.inventory.control_values import CONTROL_VALUE, PERCENTAGE, named, value
from penstock.inventory.selling import ALL, NOTHING, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from penstock.model.rows import Row

ADD, SUBTRACT = "ADD", "SUBTRACT"  # modes of a quantity buffer
MODE = "oms.controls.quantityBuffer.mode"  # the setting that chooses one
EXCLUSION, MASTER = "EXCLUSION", "MASTER_BUFFER"
QUANTITY = "QUANTITY_BUFFER"
IMMEDIATE = (EXCLUSION, QUANTITY, PERCENTAGE, MASTER)  # types whose changes virtual positions follow at once
_BUFFERS = (QUANTITY, PERCENTAGE)
_ORDERS = (3, 4, 5, 6)  # of buffers without an execution order, by scope: the usual numbering
_SCOPES = ("product at the location", "product", "category", "location")


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


def mode_of(given: Any) -> str:
    """Return the mode that the setting ``MODE`` says, ADD where it is None; ``InvalidValueError`` for another value."""
    if given not in (None, ADD, SUBTRACT):
        raise InvalidValueError(f"setting {MODE} must be {ADD} or {SUBTRACT}, not {given!r}")
    return given or ADD


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
    return bool(_exclusions(group, controls, subject))


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


@dataclass(frozen=True)
class Weighed:
    """A control that is about a product at a location; ``lost`` says why it does not decide, None where it does."""

    ref: str
    type: str
    status: str
    scope: str
    value: Any
    order: int | None
    lost: str | None


def weighed(group: str, controls: Iterable[Row], subject: Subject) -> list[Weighed]:
    """Return all controls of a group that are about a subject: the one that :func:`terms` takes first, if there is one.

    ``controls`` are those found by :func:`refs`, whatever their status.
    """
    every = {control.ref: control for control in controls}
    active = by_ref(every.values())
    excluding = _exclusions(group, active, subject)
    buffers = sorted(_buffers(group, active, subject), key=lambda buffer: buffer[0])
    found = [_weighed(c, rank, None, "one exclusion is enough" if n else None) for n, (rank, c) in enumerate(excluding)]
    for key, control in buffers:
        lost = "an exclusion comes before buffers" if excluding else _after(buffers[0][0], key)
        found.append(_weighed(control, key[1], key[0], lost))
    idle = ((rank, c) for rank, c in _named(group, every, subject) if c.status != "ACTIVE")
    return [*found, *(_weighed(c, rank, c.execution_order, f"its status is {c.status}") for rank, c in idle)]


def _weighed(control: Row, rank: int, order: int | None, lost: str | None) -> Weighed:
    number = named(control, CONTROL_VALUE)
    return Weighed(control.ref, control.type, control.status, _SCOPES[rank], number, order, lost)


def _after(first: tuple[Any, ...], key: tuple[Any, ...]) -> str | None:
    """Return why a buffer comes after the first one; None for that itself."""
    reasons = (
        f"execution order {key[0]} comes after {first[0]}",
        f"a {_SCOPES[key[1]]} is wider than a {_SCOPES[first[1]]}",
        "its category is farther from the product",
        "its ref comes later",
    )
    return next((reason for reason, a, b in zip(reasons, first, key, strict=True) if a != b), None)


def _exclusions(group: str, controls: Mapping[str, Row], subject: Subject) -> list[tuple[int, Row]]:
    """Return the exclusions that match, each with the rank of its scope."""
    found = (
        (rank, _of(controls, f"{group}:{EXCLUSION}:{end}", EXCLUSION)) for rank, _, end in subject.at(None).scopes()
    )
    return [(rank, control) for rank, control in found if control is not None]


def _named(group: str, controls: Mapping[str, Row], subject: Subject) -> list[tuple[int, Row]]:
    """Return all controls whose refs name a scope of the subject, each with the rank of that."""
    refs_ = ((rank, f"{group}:{type_}:{end}") for rank, _, end in subject.scopes() for type_ in (EXCLUSION, *_BUFFERS))
    return [(rank, controls[ref]) for rank, ref in refs_ if ref in controls]


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
