"""What a sourcing request still needs, and the locations that may send it (spec 22 §1, §10)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from penstock.model.numbers import finite
from penstock.sourcing.need import spread
from penstock.sourcing.profile.failures import ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Line:
    """Units of an order item that nobody sends yet; ``price`` of one unit in the order's currency."""

    item: int
    product: str
    units: int
    price: float = 0.0


@dataclass(frozen=True)
class Need:
    """The unfulfilled lines of a request, in the order of its items."""

    lines: tuple[Line, ...]

    @cached_property
    def units(self) -> dict[str, int]:
        """Return the units needed by product ref."""
        units: dict[str, int] = defaultdict(int)
        for line in self.lines:
            units[line.product] += line.units
        return dict(units)

    def taken(self, available: Mapping[str, int]) -> dict[str, int]:
        """Return what a location with this stock would send, by product ref; what it has not is left out."""
        have = available.get
        return {p: min(units, own) for p, units in self.units.items() if (own := have(p, 0)) > 0}

    def wants(self, available: Mapping[str, int]) -> bool:
        """Return whether a location with this stock would send anything."""
        return any(available.get(product, 0) > 0 for product in self.units)

    def covered_by(self, available: Mapping[str, int]) -> bool:
        """Return whether this stock is enough for everything."""
        return all(available.get(product, 0) >= units for product, units in self.units.items())

    def coverage(self, available: Mapping[str, int]) -> float:
        """Return the share of the units that this stock covers, 0 to 1; a need of nothing is covered."""
        return sum(self.taken(available).values()) / self._total if self.lines else 1.0

    @cached_property
    def _total(self) -> int:
        return sum(self.units.values())

    def worth(self, taken: Mapping[str, int]) -> float:
        """Return the price of units of products, served to the lines in their order."""
        prices = {line.item: line.price for line in self.lines}
        return sum(prices[item] * units for item, units in self.by_item(taken).items())

    def by_item(self, taken: Mapping[str, int]) -> dict[int, int]:
        """Return units of products by order item, served to the lines in their order."""
        shares: dict[int, int] = {}
        for product, units in taken.items():
            shares |= spread(units, ((line.item, line.units) for line in self.lines if line.product == product))
        return {line.item: shares[line.item] for line in self.lines if line.item in shares}

    def less(self, taken: Mapping[str, int]) -> Need:
        """Return what is left when these units are sent."""
        return Need(tuple(self._left(self.by_item(taken))))

    def _left(self, shares: Mapping[int, int]) -> Iterator[Line]:
        for line in self.lines:
            units = line.units - shares.get(line.item, 0)
            if units > 0:
                yield Line(line.item, line.product, units, line.price)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A location that may send something.

    ``distance`` is in metres, None without coordinates. ``available`` are sellable units by product ref.
    ``networks`` are those, among the ones that criteria ask about, that it belongs to. ``attributes`` are the
    location's by name, ``used`` counts the fulfilments that it got today, ``waiting`` those that are not at their
    end, where a criterion asks for these.
    """

    ref: str
    type: str | None
    distance: float | None
    available: Mapping[str, int]
    networks: frozenset[str] = frozenset()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    used: int = 0
    waiting: int = 0

    def number(self, attribute: str) -> float | None:
        """Return the number in an attribute, None where there is no such attribute.

        Raises:
            ProfileError: it is no number.
        """
        given = self.attributes.get(attribute)
        if given is None:
            return None
        number = finite(given)
        if number is None:
            raise ProfileError(f"location {self.ref}: the attribute {attribute} must be a number, not {given!r}")
        return number
