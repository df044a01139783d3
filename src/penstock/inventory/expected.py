"""Stock that is on its way: what can be promised for a day (spec 20 §9.3, 21 §11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError, shown
from penstock.inventory.ledger import COUNTING_STATUSES
from penstock.inventory.selling import Terms
from penstock.model.numbers import whole
from penstock.model.rows import attribute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.model.rows import Row

EXPECTED = "EXPECTED"  # type of quantities that do not count until they are received
PREORDER = "PREORDER"  # type of catalogues that show them
HORIZON = "expectedHorizonDays"  # attribute of such a catalogue
_LONGEST = 3_650  # days


def expected(quantities: Iterable[Row], until: datetime) -> int:
    """Return the units that are expected until a moment; late ones are, until somebody receives them."""
    return sum(q.quantity for q in quantities if counts(q.type, q.status, q.expected_on, until))


def counts(type_: str, status: str, expected_on: datetime | None, until: datetime) -> bool:
    """Return whether a quantity is one that is expected until a moment."""
    return type_ == EXPECTED and status in COUNTING_STATUSES and expected_on is not None and expected_on <= until


def with_expected(terms: Terms, units: int) -> Terms:
    """Return terms by which so many expected units are shown beside what is on hand: what is excluded stays so."""
    return Terms(terms.share, terms.buffer + units * terms.share // 100)


def horizon(catalogue: Row, now: datetime) -> datetime:
    """Return until when a catalogue shows what is expected; ``InvalidValueError`` where its attribute is no number."""
    given: Any = attribute(catalogue, HORIZON)
    days = 0 if given is None else whole(given)
    if days is None or not 0 <= days <= _LONGEST:
        what = f"attribute {HORIZON} of virtual catalogue {catalogue.ref}"
        raise InvalidValueError(f"{what} must be a whole number of days from 0 to {_LONGEST}, not {shown(given)}")
    return now + timedelta(days=days)
