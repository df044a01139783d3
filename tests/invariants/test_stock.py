"""Random histories of stock: the ledger, its counters and what is for sale always equal a plain model."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from bench.proving.shop import WAREHOUSES, Shop, position_ref
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stockmodel import ALONE, STEPS, Position, Step, event

from conftest import create_database, drop_database
from penstock.bootstrap import RETAILER
from penstock.demo.client import Api, Connection
from running import first_start, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from conftest import Stream
    from running import Running

JOB = "/api/v4.1/job"
GROUP = "CG"
_IN_GROUP = "mutation ($input: UpdateVirtualCatalogueInput) { updateVirtualCatalogue(input: $input) { id } }"
_CONTROL = "mutation ($input: CreateControlInput) { createControl(input: $input) { id } }"
PLACES = ("W-LEEDS", "W-YORK")
START = 5  # units in each place
_STATE = """
SELECT p.ref, p.on_hand, p.reserved, v.quantity AS for_sale FROM inventory_position p
JOIN virtual_position v ON v.position_id = p.id WHERE p.product_ref = $1"""
_SUM = """
SELECT v.quantity FROM virtual_position v JOIN virtual_catalogue c ON c.id = v.catalogue_id
WHERE c.type = 'AGGREGATE' AND v.product_ref = $1"""
_FAILED = "SELECT entity_ref FROM event WHERE status = 'FAILED' AND entity_ref LIKE $1 || ':%'"

_numbers = itertools.count(1)


class Depot:
    """A running Penstock in this process, as a shop and as what the tests look at."""

    def __init__(self, penstock: Running, api: Api, connection: Connection, watch: asyncpg.Connection) -> None:
        self.penstock = penstock
        self.api = api
        self.connection = connection
        self.shop = Shop(self)
        self._job = ""
        self._controls: dict[str, str] = {}
        self._watch = watch

    async def value(self, query: str, *arguments: Any) -> Any:
        """Return one value from the account's database."""
        return await self._watch.fetchval(query, *arguments)

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Return rows from the account's database."""
        return list(await self._watch.fetch(query, *arguments))

    async def send(self, product: str, place: str, step: Step) -> None:
        """Post the event, the batch or the mutation that makes a step happen."""
        if step.kind in ALONE:
            await (self._batch if step.kind == "batch" else self._buffer)(product, place, step)
            return
        ref = position_ref(product, place)
        name, entity, attributes = event(step, ref, product, place)
        target = ref if entity == "INVENTORY_POSITION" else f"DEFAULT:{self.penstock.retailer}"
        await self.penstock.post(name, entity, target, attributes)

    async def _batch(self, product: str, place: str, step: Step) -> None:
        """Load a count by batch, and wait until it is in."""
        if not self._job:
            opened = await self._call("POST", JOB, {"name": "stock", "retailerId": self.penstock.retailer})
            self._job = f"{JOB}/{opened['id']}/batch"
        record = {"skuRef": product, "locationRef": place, "qty": step.first, "correctedQty": step.second}
        given = {"action": "UPSERT", "entityType": "INVENTORY", "entities": [record]}
        batch = await self._call("POST", self._job, given)
        while (await self._call("GET", f"{self._job}/{batch['id']}"))["status"] != "COMPLETE":  # noqa: ASYNC110 - others bring it in
            await asyncio.sleep(0.01)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        status, answer = await self.penstock.client.call(method, path, body)
        assert status == 200, answer
        return dict(answer)

    async def _buffer(self, product: str, place: str, step: Step) -> None:
        """Give the buffer of a product at a place its value."""
        ref = f"{GROUP}:QUANTITY_BUFFER:{product}:{place}"
        if ref in self._controls:
            await self.penstock.post("UpdateControl", "CONTROL", self._controls[ref], {"controlValue": step.first})
            return
        values = [{"name": "CONTROL_VALUE", "type": "INTEGER", "value": step.first}]
        about = {"type": "QUANTITY_BUFFER", "name": ref, "controlGroup": {"ref": GROUP}, "values": values}
        made = await self.api.graphql(_CONTROL, input={"ref": ref, "executionOrder": 3, **about})
        self._controls[ref] = str(made["createControl"]["id"])


@pytest.fixture(scope="module")
async def depot(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[Depot]:
    control, account = [await create_database(postgres, template=templates[s]) for s in ("control", "account")]
    stored = await first_start(control, account)
    async with running(stored) as penstock:
        given_ = penstock.stored.credentials
        connection = Connection(
            url=penstock.url,
            account_id=given_["accountId"],
            retailer_id=given_["retailerId"],
            username=given_["username"],
            password=given_["password"],
            client_id=given_["clientId"],
            client_secret=given_["clientSecret"],
        )
        watch = await asyncpg.connect(account)
        async with Api(connection) as api:
            made = Depot(penstock, api, connection, watch)
            await made.shop.open()
            await controlled(made)
            yield made
        await watch.close()
    await stored.drop()
    await drop_database(postgres, control)


async def controlled(depot: Depot) -> None:
    """Create a group of controls over the base catalogue, and a catalogue of sums."""
    retailer = depot.connection.retailer_id
    about = {"type": "DEFAULT", "name": GROUP, "retailerRefs": [RETAILER]}
    await depot.api.create("createControlGroup", [{"ref": GROUP, **about}])
    base = {"ref": f"BASE:{retailer}"}
    await depot.api.graphql(_IN_GROUP, input={**base, "controlGroupRef": GROUP})
    networks = await depot.fetch("SELECT network_ids FROM virtual_catalogue WHERE ref = $1", base["ref"])
    sums = {
        "ref": "SUMS",
        "type": "AGGREGATE",
        "name": "Sums",
        "networkIds": networks[0][0],
        "retailerRefs": [RETAILER],
    }
    refs = {"inventoryCatalogueRef": f"DEFAULT:{retailer}", "productCatalogueRef": f"PC:MASTER:{retailer}"}
    await depot.api.create("createVirtualCatalogue", [{**sums, **refs, "controlGroupRef": GROUP}])
    await depot.penstock.settle()


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
