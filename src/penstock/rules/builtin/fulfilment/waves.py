"""Creating waves (spec 32 §4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from penstock.rules import Action, Attribute, AttributeType, Context, Create, Creates, Join, Prop, RuleError, rule
from penstock.rules.builtin.common import ask_all, whole_number
from penstock.rules.questions import Matching, WavesOpen

Row = Any

DONE = ("COMPLETE", "CANCELLED")  # statuses of waves that are over
_NAMES = (Attribute("waveName", required=False), Attribute("userName", required=False))
_NEVER = datetime.max.replace(tzinfo=UTC)


def by_expiry(fulfilment: Row) -> tuple[datetime, int]:
    """Return the sort key of fulfilments: what expires first comes first, then what is older."""
    return fulfilment.expiry_time or _NEVER, fulfilment.id


@rule(
    "fulfilment.CreateWaveByExpiry",
    "Create a wave of the fulfilments in status {statuses} that expire first",
    Prop("statuses", "statuses of fulfilments that may join a wave", multiple=True, status_of="FULFILMENT"),
    accepts=["LOCATION"],
    attributes=[Attribute("maxCount", AttributeType.INTEGER, "most fulfilments in the wave"), *_NAMES],
    creates=Creates("Wave"),
    asks=[Matching, WavesOpen],
    fails={400: "maxCount is not greater than 0", 422: "no fulfilment is waiting"},
)
async def create_wave_by_expiry(context: Context) -> list[Action]:
    """Put up to ``maxCount`` fulfilments into a new wave; ``RuleError`` 422 where none is waiting."""
    count = whole_number(context.attribute("maxCount"), "maxCount")
    if count <= 0:
        raise RuleError(f"maxCount must be greater than 0, not {count}")
    waiting, busy = await ask_all(
        context,
        Matching(
            "Fulfilment",
            (
                ("from_address_id", (context.entity.primary_address_id,)),
                ("status", tuple(context.prop("statuses"))),
            ),
        ),
        WavesOpen(context.entity.id, DONE),
    )
    free = sorted((f for f in waiting if f.id not in busy), key=by_expiry)
    return await _wave(context, free[:count])


@rule(
    "fulfilment.CreateWaveByFulfilmentIds",
    "Create a wave of the chosen fulfilments",
    accepts=["LOCATION"],
    attributes=[Attribute("fulfilmentIds", AttributeType.ARRAY, "ids of fulfilments"), *_NAMES],
    creates=Creates("Wave"),
    asks=[Matching, WavesOpen],
    fails={400: "an id is no number", 422: "none of the fulfilments can join a wave"},
)
async def create_wave_by_fulfilment_ids(context: Context) -> list[Action]:
    """Put ``fulfilmentIds`` into a new wave, leaving out those of other locations or in open waves."""
    ids = tuple(whole_number(id_, "fulfilmentIds") for id_ in context.attribute("fulfilmentIds"))
    chosen, busy = await ask_all(context, Matching("Fulfilment", (("id", ids),)), WavesOpen(context.entity.id, DONE))
    here = context.entity.primary_address_id
    return await _wave(context, [f for f in chosen if f.id not in busy and f.from_address_id == here])


async def _wave(context: Context, fulfilments: list[Row]) -> list[Action]:
    if not fulfilments:
        raise RuleError(f"location {context.entity.ref} has no fulfilments available for a wave", 422)
    location, attributes = context.entity, context.event.attributes
    wave = context.new("Wave")
    wave.ref, wave.type = f"{location.ref}-W{wave.id}", "STORE"
    wave.name = attributes.get("waveName")
    wave.location_id, wave.retailer_id = location.id, location.retailer_id
    wave.allocated_to_id = await _user(context, attributes.get("userName"))
    joined = (Join("wave_fulfilment", {"wave_id": wave.id, "fulfilment_id": f.id}) for f in fulfilments)
    return [Create(wave), *joined]


async def _user(context: Context, name: str | None) -> int | None:
    found = await context.ask(Matching("User", (("username", (name,)),))) if name else []
    return found[0].id if found else None
