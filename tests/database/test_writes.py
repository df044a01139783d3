"""What is written is what is read back, whatever the values look like on their way."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planned import planned

from penstock.model.registry import MODEL
from penstock.model.rows import row_type
from penstock.model.spreading import MANY
from penstock.model.writes import Changes, changed_from_outside
from penstock.orchestration.records import EventRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from penstock.database.pools import Database

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
# What the API lets through: no NUL, no half of a surrogate pair.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
# jsonb keeps numbers as decimals: beyond this a float comes back as the whole number that it shows.
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
async def stored(postgres: str, templates: dict[str, str]) -> AsyncIterator[Database]:
    async with planned(postgres, templates, "test_writes") as database:
        yield database


def order(id_: int, **values: Any) -> Any:
    return row_type("Order")(
        id=id_,
        type="HD",
        status="CREATED",
        workflow_ref="ORDER::HD",
        workflow_version=1,
        created_on=NOW,
        updated_on=NOW,
        retailer_id=1,
        customer_id=501,
        **{"ref": f"W{id_}", **values},
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ref=TEXTS,
    price=st.floats(allow_nan=False, allow_infinity=False),
    attributes=st.none() | st.lists(st.fixed_dictionaries({"name": TEXTS, "type": TEXTS, "value": JSON}), max_size=3),
    refs=st.none() | st.lists(TEXTS, max_size=3),
    moment=st.timedeltas(timedelta(0), LAST - FIRST).map(lambda since: FIRST + since),
)
async def test_rows(
    stored: Database, ref: str, price: float, attributes: list[Any] | None, refs: list[str] | None, moment: datetime
) -> None:
    catalogue = row_type("ProductCatalogue")(
        id=77_001,
        ref="W",
        type="MASTER",
        status="ACTIVE",
        name=ref,
        created_on=NOW,
        workflow_ref="W",
        updated_on=moment,
        workflow_version=1,
        retailer_refs=refs,
    )
    first = order(77_002, ref=f"1{ref}", total_price=price, attributes=attributes)
    second = order(77_003, ref=f"2{ref}")
    async with stored.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            changes = Changes()
            for row in (catalogue, first, second):
                changes.insert(row)
            await changes.write(connection)
            assert await _read(connection, "orders", 77_002) == msgspec.to_builtins(first, builtin_types=(datetime,))
            assert await _read(connection, "orders", 77_003) == msgspec.to_builtins(second, builtin_types=(datetime,))
            kept = await _read(connection, "product_catalogue", 77_001)
            assert kept == msgspec.to_builtins(catalogue, builtin_types=(datetime,))
        finally:
            await transaction.rollback()


async def _read(connection: asyncpg.Connection, table: str, id_: int) -> dict[str, Any]:
    found = dict(await connection.fetchrow(f"SELECT * FROM {table} WHERE id = $1", id_))
    for column in MODEL.tables[table].columns:
        if found[column.column] is not None and getattr(column, "type", None) == "Attribute":
            found[column.column] = msgspec.json.decode(found[column.column])
    return {name: found[name] for name in row_type(MODEL.tables[table].entities[0].name).__struct_fields__}


async def test_bytes_updates_joins_and_deletes(stored: Database) -> None:
    trace = bytes(range(256)) * 20
    record = EventRecord(
        id=uuid.UUID(int=77),
        name="X",
        type="NORMAL",
        retailer_id=1,
        entity_type="ORDER",
        entity_id=1,
        entity_ref=None,
        root_type=None,
        root_id=None,
        root_ref=None,
        status="SUCCESS",
        source=None,
        generated_by=None,
        created=NOW,
        done=NOW,
        parent=None,
        names=['a "quoted", {braced} one'],
        failure=None,
        code=None,
        trace=trace,
    )
    changes = Changes()
    changes.insert(record)
    changes.update(MODEL.entity("Order"), 1, {"status": "DONE", "attributes": [{"name": "note", "value": 1}]})
    changes.update(MODEL.entity("Order"), 2, {"status": "DONE", "updated_on": NOW + timedelta(seconds=1)})
    changes.raise_revision(MODEL.entity("Order"), 2, engine=True)
    changes.join("network_location", {"network_id": 2, "location_id": 1})
    changes.join("network_location", {"network_id": 1, "location_id": 1})  # is there already
    await changes.write(stored)
    kept = await stored.fetchrow("SELECT trace, names FROM event WHERE id = $1", record.id)
    assert kept is not None
    assert tuple(kept) == (trace, record.names)
    first = await stored.fetchrow("SELECT status, revision, attributes FROM orders WHERE id = 1")
    second = await stored.fetchrow("SELECT status, revision, updated_on FROM orders WHERE id = 2")
    assert first is not None
    assert second is not None
    assert (first["status"], first["revision"]) == ("DONE", 0)
    merged = {a["name"]: a["value"] for a in msgspec.json.decode(first["attributes"])}
    assert merged == {"gift": True, "note": 1}
    assert tuple(second) == ("DONE", 1, NOW + timedelta(seconds=1))
    assert await stored.fetchval("SELECT count(*) FROM network_location") == 2
    changes = Changes()
    changes.delete(EventRecord, record.id)
    await changes.write(stored)
    assert not await stored.fetchval("SELECT count(*) FROM event WHERE id = $1", record.id)


async def test_a_value_that_does_not_fit_its_column_leaves_nothing_behind(stored: Database) -> None:
    changes = Changes()
    changes.insert(order(77_010))
    changes.insert(order(77_011, total_price="much"))
    with pytest.raises(asyncpg.DataError):
        await changes.write(stored)
    assert not await stored.fetchval("SELECT count(*) FROM orders WHERE id >= 77000")


async def test_a_revision_tells_who_changed_the_tree_last(stored: asyncpg.Connection) -> None:
    seen = []
    for engine in (True, True, False, False, True):
        changes = Changes()
        changes.raise_revision(MODEL.entity("Order"), 1, engine=engine)
        await changes.write(stored)
        revision = await stored.fetchval("SELECT revision FROM orders WHERE id = 1")
        seen.append((revision, changed_from_outside(revision)))
    assert seen == [(1, False), (3, False), (4, True), (6, True), (7, False)]


@pytest.mark.parametrize("kind", ["plain", "with documents"])
async def test_many_rows(stored: Database, kind: str) -> None:
    """They go by columns, unless one of them has what only JSON carries; what is read back is the same."""
    apart = kind == "with documents"
    made = [order(78_000 + n, ref=f'W"{n}\\', total_price=n / 3) for n in range(MANY)]
    made[7].ref = None
    made[8].attributes = [{"name": "note", "type": "STRING", "value": "é"}] if apart else None
    async with stored.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        changes = Changes()
        changes.insert(*made)
        assert bool(_alike(changes)) is not apart
        await changes.write(connection)
        assert await _all(connection) == [msgspec.to_builtins(row, builtin_types=(datetime,)) for row in made]
        changes = Changes()
        for n, row in enumerate(made):
            row.updated_on, row.status, row.total_price, row.revision = LAST, "DONE", float(n), 1
            row.attributes = [{"name": "note", "type": "STRING", "value": n}] if apart else None
            more = {"attributes": row.attributes} if apart else {}
            values = {"updated_on": LAST, "status": "DONE", "total_price": float(n), **more}
            changes.update(MODEL.entity("Order"), row.id, values)
            changes.raise_revision(MODEL.entity("Order"), row.id, engine=True)
        assert bool(_alike(changes)) is not apart
        await changes.write(connection)
        assert await _all(connection) == [msgspec.to_builtins(row, builtin_types=(datetime,)) for row in made]
        await transaction.rollback()


def _alike(changes: Changes) -> int:
    """Return how many placeholders hold columns instead of JSON."""
    return changes.statement()[0].count("::text::")


async def _all(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    ids = await connection.fetch("SELECT id FROM orders WHERE id >= 78000 ORDER BY id")
    return [await _read(connection, "orders", id_) for (id_,) in ids]
