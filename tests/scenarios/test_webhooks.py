"""Webhooks from the rule to the receiver, and what the API tells about them (spec 14, 36 H)."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from bench.tools.waiting import until
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from stage import Stage

from receiver import nobody, receiving
from running import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from receiver import Received, Receiver
    from running import Node, Stored

pytest_plugins = ["worlds"]

SYDNEY = (-33.868, 151.209)
PATH = "/api/v4.1/webhook"
FIELDS = [
    *("id", "name", "accountId", "retailerId", "entityId", "entityRef", "entityType", "entitySubtype", "entityStatus"),
    *("type", "attributes", "meta", "trailLogs", "errorLogs", "rootEntityId", "rootEntityType", "rootEntityRef"),
]


@pytest.fixture
async def shop(order_world: Stored) -> AsyncIterator[Stage]:
    """Return a stage whose workers deliver."""
    stored = await order_world.copy()
    secret = "a secret of the tests, of 32 and more"
    async with running(stored, secret=secret, webhook_allow_loopback=True, webhook_key_bits=1_024) as penstock:
        yield Stage(penstock, SYDNEY)
    await stored.drop()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


async def deliveries(shop: Stage, count: int, **query: str) -> list[Node]:
    """Return the deliveries that match, once there are so many; they may be old by the tests' clock."""
    async with asyncio.timeout(60):
        while True:
            status, page = await shop.penstock.client.call("GET", f"{PATH}/delivery", None, **query)
            assert status == 200, page
            if len(page["results"]) >= count:
                return list(page["results"])
            await asyncio.sleep(0.02)


async def checked(shop: Stage, request: Received) -> Node:
    """Return the body of a webhook whose signature is good, checked with the key that is published."""
    async with aiohttp.ClientSession(shop.penstock.url) as anybody, anybody.get(f"{PATH}/public-key") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        key = serialization.load_der_public_key(base64.b64decode(await answer.text(), validate=True))
    assert isinstance(key, rsa.RSAPublicKey)
    signature = base64.b64decode(request.headers["fluent-signature"])
    key.verify(signature, request.body, padding.PKCS1v15(), hashes.SHA512())
    return dict(json.loads(request.body))


async def actions(shop: Stage, **query: str) -> list[Node]:
    """Return the attempts that the events tell of."""
    found = await shop.penstock.events(category="ACTION", **query)
    return [e for e in found if e["name"] == "Send Webhook"]


async def test_an_order_tells_its_warehouse(shop: Stage, receiver: Receiver) -> None:
    await shop.set("webhook.fulfilment.dispatch", {"url": receiver.url, "name": "dispatch"})
    await shop.fill(DC_01={"TSHIRT": 10})
    await shop.buy("WEB-1", ("TSHIRT", 2))
    await receiver.until(1)
    (request,) = receiver.requests
    body = await checked(shop, request)
    assert request.body == json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    assert list(body) == [f for f in FIELDS if f in body]
    assert {"entitySubtype", "entityStatus", "rootEntityRef", "attributes"} <= {*body}
    assert (body["name"], body["entityType"], body["type"]) == ("dispatch", "FULFILMENT", "NORMAL")
    (delivery,) = await deliveries(shop, 1, status="DELIVERED", rootEntityRef="WEB-1")
    assert (delivery["id"], delivery["attempts"]) == (body["id"], 1)
    (action,) = await actions(shop, context__sourceEvents=delivery["eventId"])
    assert action["eventStatus"] == "SUCCESS"
    told = shop.values(action)
    assert (told["url"], told["responseCode"], told["responseBody"], told["attempt"]) == (receiver.url, 200, "taken", 1)
    assert told["request"].encode() == request.body
    assert told["startTimer"] <= told["stopTimer"]
    assert action in await shop.penstock.events(context__rootEntityRef="WEB-1")
    assert await shop.penstock.event_by_id(action["id"]) == action
    assert await shop.penstock.events(eventId=action["id"]) == [action]
    (queued,) = await shop.penstock.events(name="Queue Webhook", category="CUSTOM", context__rootEntityRef="WEB-1")
    assert queued["context"]["sourceEvents"] == action["context"]["sourceEvents"] == [delivery["eventId"]]


async def _attempted(shop: Stage, times: int, **about: str) -> None:
    """Wait until a delivery was attempted so often."""
    await until(lambda: deliveries(shop, 1, **about), lambda found: found[0]["attempts"] >= times, seconds=60)


@pytest.fixture
def nowhere() -> Iterator[str]:
    """Return an address at which nobody listens."""
    with nobody() as url:
        yield url


async def test_36_64_webhook_endpoint_down(shop: Stage, nowhere: str) -> None:
    await shop.set("webhook.fulfilment.dispatch", {"url": nowhere, "name": "dispatch"})
    await shop.fill(DC_01={"TSHIRT": 10})
    await shop.buy("WEB-64", ("TSHIRT", 2))
    assert await shop.statuses("WEB-64") == ["PICK_PACK", "DC-01 ASSIGNED"]
    for seconds, attempts in ((0, 2), (2, 3), (4, 4), (8, 5)):
        await shop.penstock.advance(timedelta(seconds=seconds))
        await _attempted(shop, attempts)
    (delivery,) = await deliveries(shop, 1, status="FAILED")
    assert delivery["attempts"] == 5
    told = await actions(shop, context__sourceEvents=delivery["eventId"])
    assert {a["eventStatus"] for a in told} == {"FAILED"}
    made = [shop.values(a)["attempt"] for a in told]
    assert (made[:3], sorted(made[3:])) == ([5, 4, 3], [1, 2])  # the clock stood still between the first two
    assert all("Connect" in shop.values(a)["error"] for a in told)
    status, details = await shop.penstock.client.call("GET", f"{PATH}/delivery/{delivery['id']}")
    assert (status, [a["attempt"] for a in details["history"]]) == (200, [5, 4, 3, 2, 1])
    assert {a["id"] for a in details["history"]} == {a["id"] for a in told}


def once(rules: list[Node], **settings: str) -> Node:
    """Return the meta of an event that brings its own workflow."""
    ruleset = {"name": "Notify", "type": "ORDER", "eventType": "NORMAL", "triggers": [], "rules": rules}
    workflow = {"version": "1.0", "entityType": "ORDER", "settings": settings, "rulesets": [ruleset]}
    return {"workflow": workflow}


async def _notify(shop: Stage, rules: list[Node], attributes: Node | None = None, **settings: str) -> str:
    meta = once(rules, **settings)
    id_ = await shop.penstock.post("Notify", "ORDER", "WEB-2", attributes, meta=meta)
    await shop.penstock.settle()
    assert (await shop.penstock.event_by_id(id_))["eventStatus"] == "SUCCESS"
    return id_


@pytest.mark.parametrize("rule", ["FLUENTRETAIL.base.SendWebhook", "FLUENTRETAIL.foundation.SendWebhook"])
async def test_the_older_rules_take_an_address(shop: Stage, receiver: Receiver, rule: str) -> None:
    await shop.buy("WEB-2", ("TSHIRT", 1))
    schedule = {"fc.rubix.sdk.webhook.retry.schedule": "exponential"}
    receiver.answers = [500, 500]
    id_ = await _notify(shop, [{"name": rule, "props": {"url": receiver.url}}], {"reason": [1, {"a": "ü"}]}, **schedule)
    await receiver.until(2)
    await _attempted(shop, 2, eventId=id_)
    (delivery,) = await deliveries(shop, 1, eventId=id_)
    assert (delivery["retrySchedule"], delivery["status"]) == ("exponential", "PENDING")
    assert len(await actions(shop, context__sourceEvents=id_)) == 2
    await shop.penstock.advance(timedelta(seconds=59))
    await shop.penstock.advance(timedelta(seconds=1))
    await receiver.until(3)
    bodies = {r.body for r in receiver.requests}
    assert len(bodies) == 1
    body = await checked(shop, receiver.requests[-1])
    assert (body["name"], body["attributes"]) == ("Notify", {"reason": [1, {"a": "ü"}]})


async def test_older_receivers_get_attributes_as_a_list(shop: Stage, receiver: Receiver) -> None:
    await shop.set("webhook.attributes.form", "array")
    await shop.buy("WEB-2", ("TSHIRT", 1))
    rules = [{"name": "FLUENTRETAIL.base.SendWebhook", "props": {"url": receiver.url}}]
    await _notify(shop, rules, {"count": 3})
    await receiver.until(1)
    body = await checked(shop, receiver.requests[0])
    assert body["attributes"] == [{"name": "count", "value": 3, "type": "INTEGER"}]
    assert (body["flexType"], body["flexVersion"], body["source"]) == ("ORDER:HD", "1.0", "Fluent-API")


async def test_several_webhooks_of_one_event_are_several_deliveries(shop: Stage, receiver: Receiver) -> None:
    await shop.buy("WEB-2", ("TSHIRT", 1))
    props: Any = {"url": receiver.url}
    id_ = await _notify(shop, [{"name": "FLUENTRETAIL.base.SendWebhook", "props": props}] * 3)
    await receiver.until(3)
    await deliveries(shop, 3, eventId=id_, status="DELIVERED")
    assert len({json.loads(r.body)["id"] for r in receiver.requests}) == 3
    assert len(await actions(shop, context__sourceEvents=id_)) == 3
