"""What the report reads: orders, fulfilments and stock as the API shows them, joined by id and ref."""

from __future__ import annotations

from dataclasses import dataclass, field

REJECTED_LOCATION = "RJT_"  # the ref of the location that holds what nobody can fill begins so


@dataclass
class Item:
    """One line of an order."""

    id: str
    ref: str
    quantity: int
    order: str


@dataclass
class Part:
    """One line of a fulfilment; quantities are units."""

    order_item: str
    product: str
    requested: int
    filled: int
    rejected: int


@dataclass
class Fulfilment:
    """One fulfilment with its lines."""

    id: str
    ref: str
    status: str
    type: str
    location: str
    order: str
    parts: list[Part] = field(default_factory=list)

    @property
    def unfillable(self) -> bool:
        """Return whether it stands for what no location has; such a fulfilment reserves nothing."""
        return self.location.startswith(REJECTED_LOCATION)

    @property
    def rejected(self) -> int:
        """Return the units rejected."""
        return sum(part.rejected for part in self.parts)


@dataclass
class Order:
    """One order."""

    id: str
    ref: str
    status: str


@dataclass
class Quantity:
    """One row of the stock ledger."""

    ref: str
    type: str
    status: str
    units: int


@dataclass
class Position:
    """The stock of a product at a location, with its ledger."""

    ref: str
    product: str
    location: str
    on_hand: int
    ledger: list[Quantity] = field(default_factory=list)


@dataclass
class Facts:
    """Everything that the report is made of."""

    orders: dict[str, Order]
    items: dict[str, Item]
    fulfilments: dict[str, Fulfilment]
    positions: dict[str, Position]
    acts: dict[str, frozenset[str]]  # ids of the entities that an event of this name had an effect on

    def fulfilments_of(self) -> dict[str, list[Fulfilment]]:
        """Return the fulfilments by the id of their order."""
        grouped: dict[str, list[Fulfilment]] = {order: [] for order in self.orders}
        for fulfilment in self.fulfilments.values():
            grouped.setdefault(fulfilment.order, []).append(fulfilment)
        return grouped
