"""Jobs and batches over REST: opening, sending, refusals, progress (spec 11 §3, §4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from serving import Api, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from serving import Reply

    from conftest import MakeDatabase

JOB = "/api/v4.1/job"
RECORD = {"skuRef": "SKU-1", "locationRef": "LOC-9", "qty": 25}


@pytest.fixture
async def api(make_database: MakeDatabase) -> AsyncIterator[Api]:
    async with serving(make_database) as started:
        yield started


async def opened(api: Api, **given: Any) -> str:
    reply = await api.post(JOB, {"name": "stock", "retailerId": "2", **given})
    assert reply.status == 200, reply.json
    return str(reply.json["id"])


async def sent(api: Api, job: str, *records: Any, **given: Any) -> Reply:
    batch = {"action": "UPSERT", "entityType": "INVENTORY", "entities": list(records), **given}
    return await api.post(f"{JOB}/{job}/batch", batch)


async def test_a_job_is_open_until_midnight(api: Api) -> None:
    api.clock.advance(timedelta(hours=24) - (api.clock.now() - api.clock.now().replace(hour=0, minute=0, second=0)))
    job = await opened(api, retailerId=2, meta={"preprocessing": "skip", "description": "any", "maxBatchCount": 100})
    assert job.isdecimal()
    found = (await api.get(f"{JOB}/{job}/")).json
    assert {found["id"], found["jobId"]} == {job}
    assert (found["name"], found["retailerId"], found["status"]) == ("stock", "2", "OPEN")
    assert (found["start"], found["count"], found["total"], found["batch"]) == (0, 0, 0, [])
    assert (await sent(api, job, RECORD)).status == 200
    api.clock.advance(timedelta(hours=23))
    assert (await sent(api, job, RECORD)).status == 200
    api.clock.advance(timedelta(hours=1))
    api.token = (await api.ask_token(api.login())).json["access_token"]
    refused = await sent(api, job, RECORD)
    assert refused.status == 400
    assert "closed" in refused.json["message"]
    assert "expired" in refused.json["message"]
    found = (await api.get(f"{JOB}/{job}")).json
    assert (found["status"], found["total"]) == ("CLOSED", 2)


NO_JOBS: list[tuple[Any, str]] = [
    (b"not JSON", "not JSON"),
    ({"retailerId": "2"}, "name"),
    ({"name": "", "retailerId": "2"}, "name"),
    ({"name": "x" * 256, "retailerId": "2"}, "name"),
    ({"name": "stock"}, "retailerId"),
    ({"name": "stock", "retailerId": "two"}, "retailerId"),
    ({"name": "stock", "retailerId": "2", "meta": []}, "meta"),
    ({"name": "sto\0ck", "retailerId": "2"}, "U+0000"),
]


async def test_a_job_that_cannot_be_opened(api: Api) -> None:
    for body, said in NO_JOBS:
        reply = await api.post(JOB, body)
        assert reply.status == 400
        assert said in reply.json["message"]


async def test_what_does_not_exist_is_not_found(api: Api) -> None:
    assert (await api.post(JOB, {"name": "stock", "retailerId": "99"})).status == 404
    for path in ("", "/results", "/batch", "/batch/1"):
        assert (await api.get(f"{JOB}/999{path}")).status == 404, path
        assert (await api.get(f"{JOB}/nine{path}")).status == 400, path
    job, other = await opened(api), await opened(api)
    batch = (await sent(api, other, RECORD)).json["id"]
    assert (await api.get(f"{JOB}/{job}/batch/{batch}")).status == 404
    assert (await sent(api, "999", RECORD)).status == 404


NO_BATCHES: list[tuple[dict[str, Any], str]] = [
    ({"entities": []}, "entities is empty"),
    ({"entities": [RECORD] * 5001}, "5001 records"),
    ({"entities": [1]}, "entities"),
    ({"entities": None}, "entities"),
    ({"action": "CREATE"}, "action is 'CREATE'"),
    ({"entityType": "UNKNOWN"}, "entityType is 'UNKNOWN'"),
    ({"entityType": "ACCOUNT", "action": "CREATE"}, "penstock account create"),
    ({"entityType": "RETAILER", "action": "CREATE"}, "entities[0].retailerId is missing"),
    ({"entityType": "RETAILER", "action": "CREATE", "entities": [{"retailerId": "N"}]}, "retailerId 0"),
    ({"source": "x" * 256}, "source"),
    ({"conditions": {"hasRelatedInventoryQuantities": [{"type": "SALE"}]}}, "status"),
    ({"entities": [{**RECORD, "attributes": {"a": "\0"}}]}, "U+0000"),
    # What the vendor's library sends unless it is told anything.
    ({"action": "CREATE", "entityType": "UNKNOWN", "source": "SDK", "event": "NORMAL"}, "entityType"),
]


async def test_a_batch_that_is_refused_as_a_whole(api: Api) -> None:
    job = await opened(api)
    for given, said in NO_BATCHES:
        body = {"action": "UPSERT", "entityType": "INVENTORY", "entities": [RECORD], **given}
        reply = await api.post(f"{JOB}/{job}/batch", body)
        assert reply.status == 400
        assert said in reply.json["message"]
        assert await api.database.fetchval("SELECT count(*) FROM batch") == 0


async def test_a_batch_may_be_larger_than_other_bodies_but_not_endless(api: Api) -> None:
    job = await opened(api)
    large = {**RECORD, "attributes": {"note": "x" * 1_800}}
    assert (await sent(api, job, *[large] * 5_000)).status == 200
    assert (await sent(api, job, *[{**RECORD, "attributes": {"note": "x" * 2_200}}] * 5_000)).status == 413


async def test_a_new_batch_is_pending(api: Api) -> None:
    job = await opened(api)
    reply = await sent(api, job, RECORD, {**RECORD, "qty": "7"}, unknown="key")
    batch = reply.json["id"]
    assert reply.json == {"id": batch, "status": "PENDING"}
    counts = {"total": 2, "processed": 0, "skipped": 0, "failed": 0}
    listed = (await api.get(f"{JOB}/{job}/batch")).json
    (row,) = listed["results"]
    assert {k: listed[k] for k in ("start", "count", "total")} == {"start": 0, "count": 1, "total": 1}
    assert row == {"batchId": batch, "id": batch, "status": "PENDING", "createdOn": row["createdOn"], **counts}
    assert (await api.get(f"{JOB}/{job}")).json["batch"] == [row]
    found = (await api.get(f"{JOB}/{job}/batch/{batch}")).json
    assert found == {**row, "start": 0, "count": 0, "results": []}
    outcome = (await api.get(f"{JOB}/{job}/results")).json
    assert (outcome["totalBatches"], outcome["successfulBatches"], outcome["failedBatches"]) == (1, 0, 0)
    about = {"batchId": batch, "status": "PENDING", "processedEntities": 0, "totalEntities": 2}
    assert outcome["results"] == [about]


async def test_batches_are_paged(api: Api) -> None:
    job = await opened(api)
    ids = [(await sent(api, job, RECORD)).json["id"] for _ in range(3)]
    page = (await api.get(f"{JOB}/{job}", start=1, count=1)).json
    assert ([b["batchId"] for b in page["batch"]], page["start"], page["count"], page["total"]) == ([ids[1]], 1, 1, 3)
    for query in ({"start": "-1"}, {"count": "x"}):
        assert (await api.get(f"{JOB}/{job}/batch", **query)).status == 400


async def test_permissions_are_held_for_the_retailer(api: Api) -> None:
    job, of_account = await opened(api), await opened(api, retailerId="0")
    batch = (await sent(api, job, RECORD)).json["id"]
    paths = (f"{JOB}/{job}", f"{JOB}/{job}/results", f"{JOB}/{job}/batch", f"{JOB}/{job}/batch/{batch}")
    api.token = await api.add_user("own", "ADMIN", ("RETAILER", 2))
    for path in paths:
        assert (await api.get(path)).status == 200, path
    assert (await sent(api, job, RECORD)).status == 200
    assert (await api.get(f"{JOB}/{of_account}")).status == 403
    assert (await api.post(JOB, {"name": "x", "retailerId": "0"})).status == 403
    before = await api.database.fetchval("SELECT count(*) FROM batch")
    for name, role, context in (
        ("other", "ADMIN", ("RETAILER", 1)),
        ("without", "USER_MANAGER", ("ACCOUNT", 0)),
        ("nowhere", "ADMIN", ("RETAILER", 77)),
    ):
        api.token = await api.add_user(name, role, context)
        for path in paths:
            reply = await api.get(path)
            assert reply.status == 403, (name, path)
            assert "User does not have permission: " in reply.json["message"]
        assert (await sent(api, job, RECORD)).status == 403
        assert (await api.post(JOB, {"name": "x", "retailerId": "2"})).status == 403
    assert await api.database.fetchval("SELECT count(*) FROM batch") == before
