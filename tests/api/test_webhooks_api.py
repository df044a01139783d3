"""The log of deliveries, redelivery, targets and keys over REST."""

from __future__ import annotations

import base64
import dataclasses
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from serving import Api, serving

from penstock.database.ids import uuid7
from penstock.delivery.keys.store import Keys
from penstock.delivery.records import OutboxRow
from penstock.model.writes import Changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import MakeDatabase

PATH = "/api/v4.1/webhook"
ATTEMPT = """
INSERT INTO delivery_attempt (id, delivery_id, event_id, attempt, started, stopped, accepted, code, response, error)
VALUES ($1, $2, $3, $4, $5, $5, false, $6, $7, $8)"""


@pytest.fixture
async def api(make_database: MakeDatabase) -> AsyncIterator[Api]:
    async with serving(make_database) as started:
        yield started


async def put(api: Api, **more: Any) -> uuid.UUID:
    """Put a delivery into the log."""
    api.clock.advance(timedelta(milliseconds=1))
    now = api.clock.now()
    values: dict[str, Any] = {
        "id": uuid7(now),
        "event_id": uuid7(now),
        "retailer_id": 1,
        "name": "changed",
        "url": "https://hooks.example/a",
        "target": "https://hooks.example:443",
        "host": "hooks.example",
        "body": '{"id":"x"}',
        "schedule": "default",
        "created": now,
        "due": now,
        **more,
    }
    changes = Changes()
    changes.insert(OutboxRow(**values))
    await changes.write(api.database)
    return uuid.UUID(str(values["id"]))


async def settle(api: Api, id_: uuid.UUID, status: str) -> None:
    """Let a delivery come to its end."""
    sql = "UPDATE outbox SET status = $2, due = NULL, settled = $3, tries = 5, attempts = 5 WHERE id = $1"
    await api.database.execute(sql, id_, status, api.clock.now())


async def ids(api: Api, **query: Any) -> list[str]:
    """Return the ids of the deliveries that match."""
    reply = await api.get(f"{PATH}/delivery", **query)
    assert reply.status == 200, reply.body
    return [each["id"] for each in reply.json["results"]]


async def test_deliveries_are_found_by_what_they_are(api: Api) -> None:
    first = await put(api, root_type="ORDER", root_id=10, root_ref="O,1")
    second = await put(api, host="other.example", name="moved", retailer_id=2)
    third = await put(api)
    await settle(api, third, "FAILED")
    one, two, three = str(first), str(second), str(third)
    event = str(await api.database.fetchval("SELECT event_id FROM outbox WHERE id = $1", first))
    assert await ids(api) == [three, two, one]
    assert await ids(api, status="FAILED") == [three]
    assert await ids(api, status="pending,delivered") == [two, one]
    assert await ids(api, host="Other.example") == [two]
    assert await ids(api, name="changed") == [three, one]
    assert await ids(api, eventId=event) == [one]
    assert await ids(api, rootEntityId="10") == [one]
    assert await ids(api, rootEntityRef="O,1") == [one]
    assert await ids(api, rootEntityRef="O") == []
    later = (api.clock.now() + timedelta(days=1)).isoformat()
    assert await ids(api, **{"from": later}) == []
    assert len(await ids(api, **{"from": "0979-09-29T09:55:37-12:11"})) == 3
    assert await ids(api, to=(api.clock.now() - timedelta(days=1)).isoformat()) == []
    api.clock.advance(timedelta(days=29))
    assert len(await ids(api)) == 3
    api.clock.advance(timedelta(days=2))
    assert await ids(api) == []


async def test_pages_end_where_they_say(api: Api) -> None:
    made = [str(await put(api)) for _ in range(5)][::-1]
    page = (await api.get(f"{PATH}/delivery", start="1", count="2")).json
    assert ([r["id"] for r in page["results"]], page["start"], page["count"]) == (made[1:3], 1, 2)
    assert page["hasMore"] is True
    page = (await api.get(f"{PATH}/delivery/", start="3", count="2")).json
    assert ([r["id"] for r in page["results"]], page["hasMore"]) == (made[3:], False)


WRONG = [
    ({"status": "GONE"}, "status is 'GONE'"),
    ({"eventId": "x"}, "eventId is 'x'"),
    ({"rootEntityId": "x"}, "rootEntityId is 'x'"),
    ({"from": "x"}, "from is 'x'"),
    ({"start": "-1"}, "start is '-1'"),
    ({"start": "100001"}, "start is 100001"),
    ({"count": "many"}, "count is 'many'"),
]


async def test_what_is_wrong_with_a_search_is_named(api: Api, subtests: pytest.Subtests) -> None:
    for query, message in WRONG:
        with subtests.test(query=query):
            reply = await api.get(f"{PATH}/delivery", **query)
            assert (reply.status, reply.json["code"]) == (400, "400")
            assert message in reply.json["message"]


async def test_one_delivery_tells_its_attempts(api: Api) -> None:
    id_ = await put(api)
    event = await api.database.fetchval("SELECT event_id FROM outbox WHERE id = $1", id_)
    now = api.clock.now()
    for number, answered in ((1, (503, "no", None)), (2, (None, None, "gone"))):
        await api.database.execute(ATTEMPT, uuid7(now), id_, event, number, now, *answered)
    found = (await api.get(f"{PATH}/delivery/{id_}")).json
    assert (found["id"], found["body"], found["url"]) == (str(id_), '{"id":"x"}', "https://hooks.example/a")
    told = [(a["attempt"], a["eventStatus"], a["responseCode"], a["error"]) for a in found["history"]]
    assert told == [(2, "FAILED", None, "gone"), (1, "FAILED", 503, None)]
    assert (await api.get(f"{PATH}/delivery/{uuid.uuid4()}")).status == 404
    assert (await api.get(f"{PATH}/delivery/x")).status == 400


async def test_a_delivery_at_its_end_is_sent_again(api: Api) -> None:
    id_ = await put(api)
    early = await api.post(f"{PATH}/delivery/{id_}/redeliver", {})
    assert (early.status, early.json["status"], early.json["attempts"]) == (200, "PENDING", 0)  # it is only hastened
    await settle(api, id_, "FAILED")
    reply = await api.post(f"{PATH}/delivery/{id_}/redeliver", b"")
    assert (reply.status, reply.json["status"], reply.json["attempts"]) == (200, "PENDING", 5)
    assert reply.json["nextAttemptOn"] is not None
    assert await api.database.fetchval("SELECT tries FROM outbox WHERE id = $1", id_) == 0
    assert (await api.post(f"{PATH}/delivery/{uuid.uuid4()}/redeliver", {})).status == 404


async def test_targets_tell_which_are_paused(api: Api) -> None:
    id_ = await put(api)
    for number in range(10):
        await api.account.deliveries.circuits.failed("https://hooks.example:443", id_, f"error {number}")
    await api.account.deliveries.circuits.failed("https://well.example:443", id_, "once")
    found = (await api.get(f"{PATH}/target")).json["results"]
    assert [(t["target"], t["circuit"], t["failures"]) for t in found] == [
        ("https://hooks.example:443", "OPEN", 10),
        ("https://well.example:443", "CLOSED", 1),
    ]
    assert found[0]["lastError"] == "error 9"
    assert found[0]["pausedUntil"]


async def test_public_keys_need_no_token(api: Api) -> None:
    missing = await api.send("GET", f"{PATH}/public-key")
    assert missing.status == 404
    assert "has no key yet" in missing.json["message"]
    await api.account.webhook_keys.ensure()
    for path in ("public-key", "public-key?account=acme", "public-key?account=ACME"):
        bare = await api.send("GET", f"{PATH}/{path}")
        assert (bare.status, bare.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert len(base64.b64decode(bare.body, validate=True)) == 162  # a key of 1,024 bits
    asked = await api.send("GET", f"{PATH}/public-key", headers={"Accept": "application/x-pem-file"})
    plain = await api.send("GET", f"{PATH}/public-key.pem")
    assert asked.body == plain.body
    assert plain.body.startswith(b"-----BEGIN PUBLIC KEY-----\n")
    assert plain.body.replace(b"\n", b"")[26:-24] == bare.body
    (key,) = (await api.send("GET", f"{PATH}/public-keys")).json["results"]
    assert (key["spki"], key["pem"], key["state"]) == (bare.body.decode(), plain.body.decode(), "ACTIVE")
    assert key["ed25519"].startswith("whpk_")
    assert (await api.send("GET", f"{PATH}/public-key?account=OTHER")).status == 404


async def test_keys_are_rotated(api: Api) -> None:
    await api.account.webhook_keys.ensure()
    (first,) = (await api.get(f"{PATH}/key")).json["results"]
    api.clock.advance(timedelta(seconds=1))
    rotated = (await api.post(f"{PATH}/key/rotate", {})).json["results"]
    assert [(k["state"], k["id"] == first["id"]) for k in rotated] == [("ACTIVE", False), ("PREVIOUS", True)]
    now = (await api.send("GET", f"{PATH}/public-key")).body.decode()
    assert now == rotated[0]["spki"]
    published = (await api.send("GET", f"{PATH}/public-keys")).json["results"]
    assert [k["state"] for k in published] == ["ACTIVE", "PREVIOUS"]


async def published(api: Api) -> list[str]:
    return [k["state"] for k in (await api.send("GET", f"{PATH}/public-keys")).json["results"]]


async def test_a_key_is_prepared_published_rotated_to_and_the_last_one_retired(api: Api) -> None:
    await api.account.webhook_keys.ensure()
    (first,) = (await api.get(f"{PATH}/key")).json["results"]
    api.clock.advance(timedelta(seconds=1))
    prepared = (await api.post(f"{PATH}/key", {})).json["results"]
    assert [k["state"] for k in prepared] == ["NEXT", "ACTIVE"]
    assert await published(api) == ["ACTIVE", "NEXT"]
    twice = await api.post(f"{PATH}/key", {})
    assert (twice.status, twice.json["message"]) == (
        400,
        "The next key is prepared already; rotate to it, or retire it first.",
    )
    rotated = (await api.post(f"{PATH}/key/rotate", {})).json["results"]
    assert {k["id"]: k["state"] for k in rotated} == {prepared[0]["id"]: "ACTIVE", first["id"]: "PREVIOUS"}

    signs = await api.post(f"{PATH}/key/{prepared[0]['id']}/retire", {})
    assert (signs.status, signs.json["message"]) == (400, f"Webhook key {prepared[0]['id']} signs; rotate first.")
    retired = (await api.post(f"{PATH}/key/{first['id']}/retire", {})).json["results"]
    assert {k["id"]: k["state"] for k in retired} == {prepared[0]["id"]: "ACTIVE", first["id"]: "RETIRED"}
    assert await published(api) == ["ACTIVE"]
    assert (await api.post(f"{PATH}/key/{first['id']}/retire", {})).status == 200, "once more changes nothing"
    assert (await api.post(f"{PATH}/key/{uuid.uuid4()}/retire", {})).status == 404
    assert (await api.post(f"{PATH}/key/first/retire", {})).status == 400


async def test_a_process_without_the_secret_makes_no_key(api: Api) -> None:
    keys = Keys(api.database, api.clock, None)
    api.account = dataclasses.replace(api.account, webhook_keys=keys)
    for path in ("key", "key/rotate"):
        refused = await api.post(f"{PATH}/{path}", {})
        assert (refused.status, refused.json["code"]) == (409, "409")
        assert "PENSTOCK_SECRET is not set" in refused.json["message"]


async def test_a_process_without_the_secret_rotates_to_a_prepared_key(api: Api) -> None:
    await api.account.webhook_keys.ensure()
    await api.account.webhook_keys.prepare()
    api.account = dataclasses.replace(api.account, webhook_keys=Keys(api.database, api.clock, None))
    rotated = await api.post(f"{PATH}/key/rotate", {})
    assert (rotated.status, sorted(k["state"] for k in rotated.json["results"])) == (200, ["ACTIVE", "PREVIOUS"])


async def _as(api: Api, permissions: list[str], contexts: str) -> None:
    """Let the administrator hold these permissions only, in these contexts."""
    await api.database.execute("INSERT INTO role (id, name) VALUES (901, 'SOME')")
    sql = "INSERT INTO role_permission (role_id, permission_id) SELECT 901, id FROM permission WHERE name = ANY($1)"
    await api.database.execute(sql, permissions)
    await api.database.execute("UPDATE user_role SET role_id = 901, contexts = $1::text::jsonb", contexts)


async def test_permissions_and_their_scope(api: Api) -> None:
    await api.account.webhook_keys.ensure()
    own, foreign = await put(api), await put(api, retailer_id=2)
    await _as(api, ["WEBHOOK_VIEW"], '[{"contextType": "RETAILER", "contextId": "1"}]')
    assert await ids(api) == [str(own)]
    assert (await api.get(f"{PATH}/delivery/{own}")).status == 200
    assert (await api.get(f"{PATH}/delivery/{foreign}")).status == 404
    for path in (f"delivery/{own}/redeliver", "key", "key/rotate", f"key/{uuid.uuid4()}/retire"):
        refused = await api.post(f"{PATH}/{path}", {})
        assert (refused.status, refused.json["message"]) == (403, "User does not have permission: WEBHOOK_UPDATE")


async def test_a_retailers_administrator_changes_no_key_of_the_account(api: Api) -> None:
    await api.account.webhook_keys.ensure()
    await _as(api, ["WEBHOOK_UPDATE"], '[{"contextType": "RETAILER", "contextId": "1"}]')
    for path in ("key", "key/rotate", f"key/{uuid.uuid4()}/retire"):
        refused = await api.post(f"{PATH}/{path}", {})
        assert refused.status == 403
        assert refused.json["message"].endswith("changing them needs WEBHOOK_UPDATE in all of it.")
    for path in ("delivery", "target", "key", f"delivery/{uuid.uuid4()}"):
        reply = await api.get(f"{PATH}/{path}")
        assert (reply.status, reply.json["message"]) == (403, "User does not have permission: WEBHOOK_VIEW")
