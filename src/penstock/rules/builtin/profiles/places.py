"""The networks of strategies: who belongs to them, and who may not send for a request (spec 22 §2.5, §7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.common import ask_all
from penstock.rules.builtin.order.sourcing.coordinates import coordinates
from penstock.rules.builtin.order.sourcing.pickup import pickup_address, pickup_ref
from penstock.rules.builtin.places import left_out
from penstock.rules.questions import NetworkLocations
from penstock.sourcing.distance import haversine
from penstock.sourcing.profile import ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.rules import Context
    from penstock.rules.builtin.order.scope import Scope
    from penstock.sourcing.profile.strategies import Strategy

Member = dict[str, Any]  # as NetworkLocations tells it
_ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class Places:
    """The members of each network, by ref; ``out`` says of some why they are no candidates, whatever they have."""

    networks: dict[str, dict[str, Member]]
    out: dict[str, str]
    unknown: list[str]  # networks of criteria that do not exist
    origin: dict[str, float] | None  # from where distances count

    @property
    def warnings(self) -> list[str]:
        """Return in sentences what criteria name that does not exist."""
        return [f"a criterion names network {ref}, which does not exist" for ref in self.unknown]

    def distance(self, member: Member) -> float | None:
        """Return the distance of a location in metres, None where it or the origin has no coordinates."""
        latitude, longitude = member["latitude"], member["longitude"]
        if self.origin is None or latitude is None or longitude is None:
            return None
        return haversine(self.origin["latitude"], self.origin["longitude"], latitude, longitude)

    def networks_of(self, ref: str) -> frozenset[str]:
        """Return the networks, of those that were asked about, that a location belongs to."""
        return frozenset(network for network, members in self.networks.items() if ref in members)


async def places(scope: Scope, strategies: Sequence[Strategy]) -> Places:
    """Ask about the networks of strategies and of their criteria, for what an order needs; fails as :func:`placed`."""
    used = {fulfilment.from_address_id for fulfilment in scope.fulfilments}
    return await placed(scope.context, strategies, used, await _origin(scope))


async def placed(
    context: Context, strategies: Sequence[Strategy], used: set[int], origin: dict[str, float] | None
) -> Places:
    """Ask about the networks; ``used`` are addresses of locations that send already, ``origin`` is where to.

    Raises:
        ProfileError: a strategy's own network does not exist; one of a criterion has no members then.
    """
    refs = sorted({network for strategy in strategies for network in strategy.networks})
    answers = await ask_all(context, *(NetworkLocations(ref) for ref in refs))
    known = {
        ref: {m["ref"]: m for m in members} for ref, members in zip(refs, answers, strict=True) if members is not None
    }
    for strategy in strategies:
        if strategy.network not in known:
            raise ProfileError(f"strategy {strategy.ref}: there is no network {strategy.network}")
    members = (member for network in known.values() for member in network.values())
    return Places(known, _out(context, members, used), [ref for ref in refs if ref not in known], origin)


def _out(context: Context, members: Iterable[Member], used: set[int]) -> dict[str, str]:
    """Return why locations are left out."""
    known = list(members)
    inactive = {m["ref"]: f"status {m['status']}" for m in known if m["status"] != _ACTIVE}
    return inactive | left_out(context, known, used)


async def _origin(scope: Scope) -> dict[str, float] | None:
    """Return where the customer collects, else the delivery address."""
    collected = pickup_ref(scope) is not None
    return coordinates(await pickup_address(scope.context, scope) if collected else scope.address)
