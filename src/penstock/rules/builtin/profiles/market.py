"""What locations can sell at this moment, and the candidates that follow (spec 22 §1, §2.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from penstock.rules import Prop
from penstock.rules.builtin.common import ask_all
from penstock.rules.builtin.profiles.details import NOTHING, Details, details
from penstock.rules.questions import StockAt
from penstock.sourcing.profile import Candidate, ProfileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.rules import Context
    from penstock.rules.builtin.profiles.places import Member, Places
    from penstock.sourcing.profile import Need
    from penstock.sourcing.profile.planning import Plan
    from penstock.sourcing.profile.strategies import Strategy

POSITION_STATUSES = Prop(
    "positionStatuses",
    "statuses of virtual positions that can be sold; with threshold controls AT_RISK is one",
    multiple=True,
    default=["ACTIVE"],
    status_of="VIRTUAL_POSITION",
)
Stock = dict[str, dict[str, Any]]  # by location and product: positions as StockAt tells them


@dataclass(frozen=True, slots=True)
class Market:
    """Places, and by catalogue the stock of what a request needs."""

    places: Places
    stock: dict[str, Stock]
    unsold: dict[str, dict[str, str]]  # by catalogue and location: a status of stock that may not be sold
    details: Details

    def candidates(self, strategy: Strategy) -> list[Candidate]:
        """Return the locations of a strategy that may send something, by ref."""
        stock = self.stock[strategy.catalogue]
        return [self._candidate(member, stock[member["ref"]]) for member in self.senders(strategy)]

    def senders(self, strategy: Strategy) -> list[Member]:
        """Return the same as members of the strategy's network."""
        free = self.stock[strategy.catalogue].keys() - self.places.out.keys()
        return [member for ref, member in self.places.networks[strategy.network].items() if ref in free]

    def _candidate(self, member: Member, stock: dict[str, Any]) -> Candidate:
        ref = member["ref"]
        return Candidate(
            ref=ref,
            type=member["type"],
            distance=self.places.distance(member),
            available={product: position["quantity"] for product, position in stock.items()},
            networks=self.places.networks_of(ref),
            attributes=self.details.attributes.get(ref, {}),
            used=self.details.used.get(ref, 0),
            waiting=self.details.waiting.get(ref, 0),
        )

    def excluded(self, strategy: Strategy) -> dict[str, str]:
        """Return why other members of a strategy's network are no candidates, by ref."""
        stock, unsold = self.stock[strategy.catalogue], self.unsold[strategy.catalogue]
        members, out = self.places.networks[strategy.network], self.places.out
        reasons = {ref: f"stock in status {unsold[ref]}" if ref in unsold else "nothing in stock" for ref in members}
        return {ref: out.get(ref, reason) for ref, reason in reasons.items() if ref in out or ref not in stock}

    def amounts(self, strategy: Strategy, plan: Plan) -> list[dict[int, int]]:
        """Return what each part of a plan promises: units by inventory position."""
        stock = self.stock[strategy.catalogue]
        return [
            {int(stock[part.location][product]["positionId"]): units for product, units in part.taken.items()}
            for part in plan.parts
        ]


async def market(context: Context, places: Places, strategies: Sequence[Strategy], need: Need) -> Market:
    """Ask what the catalogues of strategies can sell, and what else their criteria look at.

    Raises:
        ProfileError: a catalogue does not exist.
    """
    products = tuple(sorted(need.units))
    refs = sorted({strategy.catalogue for strategy in strategies})
    answers = dict(zip(refs, await ask_all(context, *(StockAt(ref, products) for ref in refs)), strict=True))
    for strategy in strategies:
        if answers[strategy.catalogue] is None:
            raise ProfileError(f"strategy {strategy.ref}: there is no virtual catalogue {strategy.catalogue}")
    statuses = context.prop(POSITION_STATUSES.name)
    stock = {ref: _by_location(positions, statuses) for ref, positions in answers.items()}
    unsold = {ref: _unsold(positions, statuses) for ref, positions in answers.items()}
    found = Market(places, stock, unsold, NOTHING)
    wanted = [m for s in strategies if s.detailed for m in found.senders(s)]
    if not wanted:
        return found
    looks = {
        "attributes": any(s.attributes for s in strategies),
        "daily": any(s.daily for s in strategies),
        "waiting": any(s.waiting for s in strategies),
    }
    return replace(found, details=await details(context, wanted, **looks))


def _by_location(positions: list[dict[str, Any]], statuses: list[str]) -> Stock:
    stock: Stock = {}
    for position in positions:
        if position["status"] in statuses:
            stock.setdefault(position["groupRef"], {})[position["productRef"]] = position
    return stock


def _unsold(positions: list[dict[str, Any]], statuses: list[str]) -> dict[str, str]:
    return {p["groupRef"]: p["status"] for p in positions if p["status"] not in statuses}
