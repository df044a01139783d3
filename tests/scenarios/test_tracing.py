"""Traces from a request through its events and rules, as a collector gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from penstock.tracing import TRACING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan
    from stage import Stage

    from penstock.logs import Access

pytest_plugins = ["worlds"]

TRACE, ABOVE = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    TRACING.start("test", exporter)
    yield exporter
    TRACING.stop()


def above(span: ReadableSpan, found: list[ReadableSpan]) -> list[str]:
    """Return the names of a span and of those above it."""
    by_id = {s.context.span_id: s for s in found}
    names = [span.name]
    while span.parent is not None and span.parent.span_id in by_id:
        span = by_id[span.parent.span_id]
        names.append(span.name)
    return names


async def test_an_event_its_children_and_its_rules_stand_below_the_request(
    shop: Stage, spans: InMemorySpanExporter
) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.place("WEB-1", ("TSHIRT", 2))
    await shop.penstock.settle()
    found = list(spans.get_finished_spans())
    created = next(
        s for s in found if s.name == "event CREATE" and s.attributes and s.attributes["penstock.entity.ref"] == "WEB-1"
    )
    assert above(created, found) == ["event CREATE", "POST /graphql"]
    own = [s for s in found if s.context.trace_id == created.context.trace_id]
    rule = next(s for s in own if s.name == "rule PENSTOCK.order.CreateFulfilment")
    *_, event, request = above(rule, found)
    assert (event, request) == ("event CREATE", "POST /graphql")
    reserved = next(s for s in own if s.name == "event UpdateInventoryQty")  # in the lane of the stock
    assert above(reserved, found)[-2:] == ["event CREATE", "POST /graphql"]
    assert all(s.start_time <= s.end_time for s in own if s.start_time and s.end_time)
    assert len({s.context.span_id for s in own}) == len(own)


async def test_a_clients_trace_goes_on(shop: Stage, spans: InMemorySpanExporter) -> None:
    client = shop.penstock.client
    await shop.penstock.settle()
    event = shop.penstock.event("NOBODY_KNOWS", "LOCATION", "SYD-01")
    headers = {"Authorization": f"Bearer {client.token}", "traceparent": f"00-{TRACE}-{ABOVE}-01"}
    async with aiohttp.ClientSession() as http:
        await (await http.post(f"{client.url}/api/v4.1/event/async", json=event, headers=headers)).read()
    await shop.penstock.settle()
    found = [s for s in spans.get_finished_spans() if f"{s.context.trace_id:032x}" == TRACE]
    assert {s.name for s in found} == {"POST /api/v4.1/event/async", "event NOBODY_KNOWS"}
    request = next(s for s in found if s.name.startswith("POST"))
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == ABOVE
    assert request.attributes == {"http.response.status_code": 200}


async def test_a_failure_is_marked(shop: Stage, spans: InMemorySpanExporter) -> None:
    document = shop.penstock.workflow("ORDER::HD")
    created = next(r for r in document["rulesets"] if (r["name"], r["type"]) == ("CREATE", "ORDER"))
    created["rules"] = [{"name": "ACME.core.SetState", "props": {}}]
    await shop.penstock.install({**document, "version": "1.1"})
    await shop.buy("WEB-2", ("TSHIRT", 1))
    failed = {s.name for s in spans.get_finished_spans() if not s.status.is_ok}
    assert failed == {"event CREATE", "rule ACME.core.SetState"}


async def test_an_event_carries_nothing_while_tracing_is_off(shop: Stage) -> None:
    assert TRACING.carried() == {}
    event = await shop.penstock.post("NOBODY_KNOWS", "LOCATION", "SYD-01")
    await shop.penstock.settle()
    assert (await shop.penstock.event_by_id(event))["eventStatus"] == "NO_MATCH"


async def test_a_request_in_the_log_names_its_event_its_root_and_its_trace(
    shop: Stage, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[Access] = []
    monkeypatch.setattr("penstock.api.asgi.log_access", lines.append)
    event = await shop.penstock.post("NOBODY_KNOWS", "LOCATION", "SYD-01")
    (line,) = [line for line in lines if line.path == "/api/v4.1/event/async"]
    assert (line.event_id, line.root) == (event, "LOCATION SYD-01")
    (span,) = [s for s in spans.get_finished_spans() if s.name == "POST /api/v4.1/event/async"]
    assert line.trace == f"{span.context.trace_id:032x}"
