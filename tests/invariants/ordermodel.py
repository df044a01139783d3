"""Orders as simple as they can be told: what each needs, who was told to send it, and what stock they are promised.

Which location sends what, the house says; the model only takes it where the units are there, and where nothing that
could be sent is left out (spec 20 §3 and §10, 22 §5, 31 §6.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from stockmodel import Position, Step

WAITING, PICKING, ESCALATED, OVER, CANCELLED = "waiting", "picking", "escalated", "over", "cancelled"


@dataclass
class Order:
    """An order of one product."""

    ref: str
    wanted: int
    parts: list[Part] = field(default_factory=list)
    booked: bool = True  # nobody has begun to work on it
    cancelled: bool = False

    @property
    def need(self) -> int:
        """Return the units that no part covers."""
        return self.wanted - sum(p.units - p.rejected for p in self.parts if p.state != CANCELLED)


@dataclass
class Part:
    """A fulfilment: so many units from a place."""

    id: int
    order: Order
    place: str
    units: int
    state: str
    rejected: int = 0

    @property
    def told(self) -> tuple[str, str, int, int, str]:
        """Return what the house has to tell of it."""
        return self.order.ref, self.place, self.units, self.rejected, self.state


class Model:
    """Stock of one product by place, and its orders in the order in which they came."""

    def __init__(self, positions: dict[str, Position]) -> None:
        self.positions = positions
        self.orders: list[Order] = []
        self._sourcing: list[Order] = []  # orders that look for locations in this step

    @property
    def parts(self) -> dict[int, Part]:
        """Return all parts by id, oldest first."""
        return dict(sorted((part.id, part) for order in self.orders for part in order.parts))

    def having(self, state: str, *places: str) -> list[Part]:
        """Return parts in a state, oldest first, at some places or at any."""
        return [p for p in self.parts.values() if p.state == state and (not places or p.place in places)]

    def order(self, ref: str, units: int) -> None:
        """Let somebody order."""
        self.orders.append(Order(ref, units))
        self._sourcing.append(self.orders[-1])

    def count(self, place: str, step: Step) -> None:
        """Let stock be counted, or changed by a delta; where less is there than is promised, the newest order loses."""
        position = self.positions[place]
        told = step.kind != "buffer" and not (step.kind == "batch" and position.known(step.first))
        position.apply(step)
        missing = -position.on_hand if told else 0
        claims = self.having(WAITING, place) + self.having(PICKING, place)
        for part in sorted(claims, key=lambda p: (self.orders.index(p.order), p.id), reverse=True):
            lost = max(0, min(part.units, missing))
            missing -= lost
            if not lost or part.state == PICKING:  # the pick will tell
                continue
            if lost == part.units:
                self.give_up(part)
            else:
                self._reduce(part, lost)
                self._sourcing.append(part.order)

    def begin(self, part: Part) -> None:
        """Let a place begin to pick."""
        part.state, part.order.booked = PICKING, False

    def confirm(self, part: Part, picked: int) -> None:
        """Let a place tell what it found of a part; the rest comes from elsewhere."""
        part.state, part.rejected = OVER, part.units - picked
        self._book(part, "confirm", picked, part.rejected)
        if part.rejected:
            self._sourcing.append(part.order)

    def give_up(self, part: Part) -> None:
        """Let a part expire, or have lost its stock: all of it comes from elsewhere."""
        part.state, part.rejected = OVER, part.units
        self._book(part, "release")
        self._sourcing.append(part.order)

    def cancel(self, order: Order) -> None:
        """Cancel an order that nobody has begun to work on."""
        order.cancelled, order.booked = True, False
        for part in order.parts:
            if part.state in {WAITING, ESCALATED}:
                self._cancel(part)

    def cancel_units(self, order: Order, units: int) -> None:
        """Cancel some units: those that nobody can send first, then those planned last."""
        order.wanted -= units
        for part in sorted(order.parts, key=lambda p: (p.state != ESCALATED, -p.id)):
            if part.state in {WAITING, ESCALATED}:
                less = min(part.units, units)
                units -= less
                self._reduce(part, less)
                if not part.units:
                    self._cancel(part)
        if not order.wanted:
            self.cancel(order)

    def take(self, id_: int, ref: str, place: str, units: int, state: str) -> None:
        """Take a new part as the house made it, if it may: its order looks for it, and the units are for sale."""
        [order] = [o for o in self._sourcing if o.ref == ref][:1]
        part = Part(id_, order, place, units, state)
        if state != ESCALATED:
            position = self.positions[place]
            assert 0 < units <= min(position.on_hand, position.for_sale), part
            assert place not in {p.place for p in order.parts}, part
            assert units <= order.need, part
            self._book(part, "reserve", units)
            order.booked = order.booked and state == WAITING
        order.parts.append(part)

    def sourced(self) -> None:
        """Look whether orders got all that they could, and what nobody can send is escalated."""
        for order in self._sourcing:
            assert order.need == 0, order
            if order.parts and order.parts[-1].state == ESCALATED:
                unused = self.positions.keys() - {p.place for p in order.parts}
                left = {place: self.positions[place] for place in unused}
                assert not any(min(p.on_hand, p.for_sale) > 0 for p in left.values()), (order, left)
        self._sourcing.clear()

    def _reduce(self, part: Part, units: int) -> None:
        part.units -= units
        self._book(part, "reduce", part.units)

    def _cancel(self, part: Part) -> None:
        part.state, part.rejected = CANCELLED, part.units
        self._book(part, "release")

    def _book(self, part: Part, kind: str, first: int = 0, second: int = 0) -> None:
        if part.place in self.positions:
            self.positions[part.place].apply(Step(kind, str(part.id), first, second))
