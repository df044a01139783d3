"""Random histories of stock: the ledger, its counters and what is for sale always equal a plain model."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

from bench.proving.shop import WAREHOUSES, position_ref
from depot import START
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stockmodel import ALONE, STEPS, Position, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from depot import Depot

pytest_plugins = ["depot_fixtures"]

PLACES = ("W-LEEDS", "W-YORK")
_STATE = """
SELECT p.ref, p.on_hand, p.reserved, v.quantity AS for_sale FROM inventory_position p
JOIN virtual_position v ON v.position_id = p.id WHERE p.product_ref = $1"""
_SUM = """
SELECT v.quantity FROM virtual_position v JOIN virtual_catalogue c ON c.id = v.catalogue_id
WHERE c.type = 'AGGREGATE' AND v.product_ref = $1"""
_FAILED = "SELECT entity_ref FROM event WHERE status = 'FAILED' AND entity_ref LIKE $1 || ':%'"

_numbers = itertools.count(1)


HISTORIES = st.lists(st.tuples(st.sampled_from(PLACES), STEPS), max_size=20)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(HISTORIES, st.integers(1, 8))
async def test_ledger_counters_and_what_is_for_sale_equal_the_model(
    depot: Depot, history: list[tuple[str, Step]], burst: int
) -> None:
    """Given random steps in bursts, of which each is worked on as one batch or several."""
    product = f"H{next(_numbers)}"
    await depot.shop.stock({product: START})
    models = {place: Position() for place in PLACES}
    for model in models.values():
        model.apply(Step("load", first=START))
    for steps in _bursts(history, burst):
        await asyncio.gather(*(_all(depot, product, place, steps) for place in PLACES))
        await depot.penstock.settle()
        for place, step in steps:
            models[place].apply(step)
        await _equal(depot, product, models)


def _bursts(history: list[tuple[str, Step]], most: int) -> Iterator[list[tuple[str, Step]]]:
    """Cut a history. What may reserve ends its burst: only what a batch comes to in the end may be refused."""
    burst: list[tuple[str, Step]] = []
    for place, step in history:
        if step.kind in ALONE:
            yield from ([burst] if burst else [])
            yield [(place, step)]
            burst = []
            continue
        burst.append((place, step))
        if len(burst) == most or step.kind in {"reserve", "reduce"}:
            yield burst
            burst = []
    if burst:
        yield burst


async def _all(depot: Depot, product: str, place: str, steps: list[tuple[str, Step]]) -> None:
    """Post the steps of one place in their order."""
    for each, step in steps:
        if each == place:
            await depot.send(product, place, step)


async def _equal(depot: Depot, product: str, models: dict[str, Position]) -> None:
    stored = {row["ref"]: tuple(row)[1:] for row in await depot.fetch(_STATE, product)}
    elsewhere = START * (len(WAREHOUSES) - len(PLACES))
    assert await depot.value(_SUM, product) == sum(m.for_sale for m in models.values()) + elsewhere, models
    failed = [row["entity_ref"] for row in await depot.fetch(_FAILED, product)]
    for place, model in models.items():
        ref = position_ref(product, place)
        assert stored[ref] == (model.on_hand, model.reserved, model.for_sale), (place, model)
        assert failed.count(ref) == model.failures
