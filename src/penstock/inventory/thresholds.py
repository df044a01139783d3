"""The status of a position by its quantity, as threshold controls say (spec 21 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError, shown
from penstock.inventory.control_values import named
from penstock.model.numbers import whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.model.rows import Row

THRESHOLD = "BULK_THRESHOLD"
ENOUGH = "ACTIVE"
_LAST = 2**31  # where a control without an execution order stands


def status_at(quantity: int, controls: Iterable[Row], catalogue_ref: str) -> str:
    """Return the status of a position with so many units: the first control that matches says it, else ACTIVE.

    Controls are taken in their execution order; those that do not take effect, or name other catalogues, are left
    out. ``InvalidValueError`` names a control without a usable threshold or status.
    """
    control = deciding(quantity, controls, catalogue_ref)
    return ENOUGH if control is None else _status(control)


def deciding(quantity: int, controls: Iterable[Row], catalogue_ref: str) -> Row | None:
    """Return the control that says the status, None where none matches; fails as :func:`status_at`."""
    own = (c for c in controls if c.type == THRESHOLD and c.status == "ACTIVE" and _about(c, catalogue_ref))
    for control in sorted(own, key=_order):
        threshold, _ = _threshold(control), _status(control)
        if quantity <= threshold:
            return control
    return None


def _order(control: Row) -> tuple[int, str]:
    return (_LAST if control.execution_order is None else control.execution_order), control.ref


def _about(control: Row, catalogue_ref: str) -> bool:
    """Return whether the contexts of a control name a catalogue."""
    contexts = named(control, "context")
    return isinstance(contexts, list) and any(_names(context, catalogue_ref) for context in contexts)


def _names(context: Any, ref: str) -> bool:
    wanted = {"type": "CATALOGUE", "property": "ref", "value": ref}
    return isinstance(context, dict) and all(context.get(key) == value for key, value in wanted.items())


def _threshold(control: Row) -> int:
    given = named(control, "threshold")
    number = whole(given)
    if number is None:
        raise InvalidValueError(f"control {control.ref}: threshold must be a whole number, not {shown(given)}")
    return number


def _status(control: Row) -> str:
    given = named(control, "status")
    if not isinstance(given, str) or not given:
        raise InvalidValueError(f"control {control.ref}: status must be a status of the position, not {shown(given)}")
    return given
