"""The fulfilments of a plan, with their promises (spec 22 §3.1, §12)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.rules import Action, Promise
from penstock.rules.builtin.order.sourcing.building import Source, delivery_of, fulfilment_rows, type_of
from penstock.rules.questions import Grant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.rules.builtin.order.scope import Scope
    from penstock.rules.builtin.profiles.market import Market
    from penstock.sourcing.profile.strategies import Tried

Row = Any


@dataclass(frozen=True, slots=True)
class Sending:
    """One fulfilment to be: its location and type, units by order item, and units by inventory position."""

    source: Source
    type: str
    units: dict[int, int]
    amounts: dict[int, int]


def sendings(scope: Scope, market: Market, chosen: Tried) -> list[Sending]:
    """Return the fulfilments of a plan, in its order.

    Whatever could fail does so here, before anything is granted: ``RuleError`` 400 where a location can fulfil
    nothing, 422 for a whole order with several choices, or with none.
    """
    delivery_of(scope)
    members = market.places.networks[chosen.strategy.network]
    amounts = market.amounts(chosen.strategy, chosen.plan)
    return [
        _sending(scope, members[part.location], dict(part.items), promised)
        for part, promised in zip(chosen.plan.parts, amounts, strict=True)
    ]


def _sending(scope: Scope, member: dict[str, Any], units: dict[int, int], amounts: dict[int, int]) -> Sending:
    source = Source(member["ref"], member["type"], int(member["addressId"]))
    return Sending(source, type_of(scope, source, scope.context.prop("fulfilmentType")), units, amounts)


def whole_grant(parts: Sequence[Sending]) -> Grant:
    """Return the question whether all that a plan promises can still be promised: all of it or nothing."""
    total: Counter[int] = Counter()
    for part in parts:
        total.update(part.amounts)
    return Grant(tuple(sorted(total.items())))


async def created(scope: Scope, parts: Sequence[Sending]) -> list[Action]:
    """Return what stores the fulfilments and keeps their promises."""
    actions: list[Action] = []
    made: list[Row] = []
    for part in parts:
        fulfilment, rows = await fulfilment_rows(
            scope.context, part.source, part.units, scope, type_=part.type, beside=made
        )
        made.append(fulfilment)
        actions += [*rows, Promise(fulfilment.id, part.amounts)]
    return actions
