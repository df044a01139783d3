"""``/metrics``: who may read what, and that the numbers are those of what happened."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
from prometheus_client.parser import text_string_to_metric_families
from stage import Place

from penstock.settings import Settings

if TYPE_CHECKING:
    import pytest
    from stage import Stage

    from running import Client

pytest_plugins = ["worlds"]


async def scraped(client: Client, token: str) -> tuple[int, dict[tuple[str, ...], float]]:
    """Return the status, and the samples by name and by the labels that matter here, sorted."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{client.url}/metrics", headers={"Authorization": f"Bearer {token}"}) as answer,
    ):
        text = await answer.text()
        if answer.status != 200:
            return answer.status, {}
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = [v for k, v in sorted(sample.labels.items()) if k not in {"account", "worker"}]
            found[sample.name, *labels] = sample.value
    return 200, found


async def test_the_numbers_are_those_of_what_happened(shop: Stage) -> None:
    client = shop.penstock.client
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-1", ("TSHIRT", 2))
    await shop.penstock.send("NOBODY_KNOWS", "ORDER", "WEB-1")
    async with asyncio.timeout(60):
        while True:
            status, found = await scraped(client, client.token)
            assert status == 200
            if found.get(("penstock_events_total", "", "NO_MATCH")):
                break
            await asyncio.sleep(0.2)  # the worker reports every few seconds
    assert found["penstock_events_total", "InventoryChanged", "SUCCESS"] == 1
    assert found["penstock_events_total", "", "NO_MATCH"] >= 1
    assert (
        found["penstock_rule_seconds_count", f"{shop.penstock.stored.credentials['accountId']}.order.CreateFulfilment"]
        == 1
    )
    assert found["penstock_event_seconds_bucket", "+Inf"] == found["penstock_event_seconds_count",] > 1
    assert found["penstock_queue_ready",] == 0
    assert found["penstock_queue_timers",] == 1  # the expiry
    assert (found["penstock_workers",], found["penstock_slots",]) == (1, 256)
    assert found["penstock_sql_seconds_count",] > 0
    assert "penstock_http_requests_total" not in {name for name, *_ in found}  # these are the operator's


async def test_what_is_stuck_is_counted(shop: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.diagnosis.watch.SECONDS", 0.1)
    await shop.open(Place("K-1", "KIOSK", -33.87, 151.21))
    await shop.penstock.advance(timedelta(minutes=2))
    async with asyncio.timeout(90):
        while True:
            _, found = await scraped(shop.penstock.client, shop.penstock.client.token)
            if found.get(("penstock_stuck_entities", "LOCATION", "CREATED")):
                break
            await asyncio.sleep(0.2)
    assert found["penstock_stuck_entities", "", ""] == 1
    assert found["penstock_stuck_seconds", "LOCATION", "CREATED"] >= 120


async def test_who_may_not_read_them(shop: Stage) -> None:
    store = await shop.user("store", "STORE_ASSISTANT", context="RETAILER", context_id=int(shop.retailer))
    await store.call("GET", "/api/v4.1/event")
    assert (await scraped(shop.penstock.client, store.token))[0] == 403
    assert (await scraped(shop.penstock.client, "nonsense"))[0] == 401
    assert (await scraped(shop.penstock.client, ""))[0] == 401


def test_the_operators_token_is_not_shown() -> None:
    settings = Settings.from_environment({"PENSTOCK_METRICS_TOKEN": "hush"})
    assert settings.metrics_token == "hush"
    assert "hush" not in repr(settings)
