"""Fulfilments by a sourcing profile: all that is needed, or what a fallback strategy can send (spec 22 §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.rules import Action, Attribute, AttributeType, Context, Prop, rule
from penstock.rules.builtin.order.scope import scope_of
from penstock.rules.builtin.order.sourcing.building import FULFILMENT_ROWS, FULFILMENT_TYPE
from penstock.rules.builtin.order.sourcing.demand import NEEDED
from penstock.rules.builtin.profiles.market import POSITION_STATUSES
from penstock.rules.builtin.profiles.running import FALLBACK, PRIMARY, sourced
from penstock.rules.questions import (
    ById,
    ByRef,
    FulfilmentsOpen,
    FulfilmentsSince,
    Grant,
    Matching,
    NetworkLocations,
    Products,
    StockAt,
)

if TYPE_CHECKING:
    from penstock.rules.declaration.rule import Facts

_PROPS = (
    Prop("sourcingProfileRef", "ref of the profile, whose ACTIVE version is used"),
    POSITION_STATUSES,
    FULFILMENT_TYPE,
)
_FACTS: Facts = {
    "accepts": ["ORDER", "FULFILMENT_CHOICE"],
    "attributes": [
        Attribute("excludedLocations", AttributeType.ARRAY, "refs of locations that are left out", required=False)
    ],
    "creates": FULFILMENT_ROWS,
    "asks": [Matching, ById, ByRef, Products, NetworkLocations, StockAt, FulfilmentsSince, FulfilmentsOpen, Grant],
    "reads": [*NEEDED, "FulfilmentChoice", "Address"],
    "fails": {
        400: "there is no such profile, it makes no sense, or a location of the plan can fulfil nothing",
        404: "there is no such pickup location",
        422: "the order has no fulfilment choice or several",
    },
}


@rule(
    "order.CreateFulfilmentWithSourcingProfile",
    "Create the fulfilments of the first strategy of profile {sourcingProfileRef} that can send everything",
    *_PROPS,
    **_FACTS,
)
async def create_fulfilment_with_sourcing_profile(context: Context) -> list[Action]:
    """Create what the first primary strategy plans that covers the need entirely; nothing where none does."""
    return await sourced(scope_of(context), PRIMARY)


@rule(
    "order.CreatePartialFulfilmentWithSourcingProfile",
    "Create the fulfilments of the first fallback strategy of profile {sourcingProfileRef} that applies",
    *_PROPS,
    **_FACTS,
)
async def create_partial_fulfilment_with_sourcing_profile(context: Context) -> list[Action]:
    """Create what the first applicable fallback strategy plans, even if something is left; no other is tried."""
    return await sourced(scope_of(context), FALLBACK)
