"""What sourcing profiles ask of the database: what a run has changed and not written yet counts as well."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from penstock.answers.sourcing import fulfilments_open, fulfilments_since, products
from penstock.orchestration.run import Run
from penstock.rules.questions import FulfilmentsOpen, FulfilmentsSince, Products
from penstock.testing import NOW, row

TODAY = int(NOW.replace(hour=0).timestamp())


class Reader:
    """Returns the same records to every statement, and counts these."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self.records, self.statements = records, 0

    async def fetch(self, _query: str, *_args: Any) -> list[dict[str, Any]]:
        """Return the records."""
        self.statements += 1
        return list(self.records)


def ask(question: Any, run: Run) -> Any:
    return SimpleNamespace(question=question, context=SimpleNamespace(run=run))


def answered(answerer: Any, reader: Reader, *asks: Any) -> list[Any]:
    batch: Any = SimpleNamespace(reader=reader)
    return list(asyncio.run(answerer(batch, asks)))


def test_fulfilments_of_the_run_itself_count_as_they_are_now() -> None:
    """At address 101: one is new, one was cancelled, one came back, and one is of yesterday."""
    run = Run(1, [])
    run.keep(row("Order", id=9))
    about = {"order_id": 9, "from_address_id": 101, "created_on": NOW}
    run.create(row("Fulfilment", id=1, status="CREATED", **about))
    for id_, before, after in ((2, "CREATED", "CANCELLED"), (3, "EXPIRED", "ASSIGNED")):
        run.update(run.keep(row("Fulfilment", id=id_, status=before, **about)), {"status": after}, NOW)
    old = row("Fulfilment", id=4, status="CREATED", **about | {"created_on": NOW - timedelta(days=1)})
    run.update(run.keep(old), {"status": "CANCELLED"}, NOW)
    run.keep(row("Fulfilment", id=5, status="CREATED", **about))
    reader = Reader({"address": 101, "since": TODAY, "used": 7})
    other = ask(FulfilmentsSince(((102, TODAY), (101, TODAY))), Run(2, []))
    found = answered(fulfilments_since, reader, ask(FulfilmentsSince(((101, TODAY),)), run), other)
    assert found == [[7 + 1 - 1 + 1], [0, 7]]
    assert reader.statements == 1


def test_open_fulfilments_of_the_run_itself_count_as_they_are_now() -> None:
    """At address 101: one is new, one has come to its end, one came back, and one waits as before."""
    run = Run(1, [])
    run.keep(row("Order", id=9))
    about = {"order_id": 9, "from_address_id": 101, "created_on": NOW - timedelta(days=9)}
    run.create(row("Fulfilment", id=1, status="CREATED", **about))
    for id_, before, after in ((2, "ASSIGNED", "COMPLETE"), (3, "REJECTED", "ASSIGNED"), (4, "CREATED", "ASSIGNED")):
        run.update(run.keep(row("Fulfilment", id=id_, status=before, **about)), {"status": after}, NOW)
    reader = Reader({"address": 101, "open": 7})
    other = ask(FulfilmentsOpen((102, 101)), Run(2, []))
    found = answered(fulfilments_open, reader, ask(FulfilmentsOpen((101,)), run), other)
    assert found == [[7 + 1 - 1 + 1], [0, 7]]
    assert reader.statements == 1


def test_products_are_read_for_all_at_once() -> None:
    known = [{"id": n, "body": f'{{"id": "{n}", "ref": "P{n}"}}'} for n in (1, 2)]
    reader, run = Reader(*known), Run(1, [])
    found = answered(products, reader, ask(Products((2, 3)), run), ask(Products((2, 1)), run), ask(Products(()), run))
    assert [[p["ref"] for p in answer] for answer in found] == [["P2"], ["P1", "P2"], []]
    assert reader.statements == 1
