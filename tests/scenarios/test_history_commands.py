"""``penstock replay`` and ``penstock dry-run``, and the same over REST."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from penstock.cli import main
from penstock.history import service
from penstock.waiting import came

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]


async def command(shop: Stage, *arguments: str) -> tuple[int, str]:
    """Run penstock on the stage's databases; return exit code and output."""
    environment = {"PENSTOCK_DATABASE_URL": shop.penstock.stored.control, "COLUMNS": "200"}
    done = await asyncio.to_thread(CliRunner().invoke, main, list(arguments), env=environment)
    return done.exit_code, done.output


def finished(shop: Stage) -> Node:
    """Return the workflow of orders with another status for orders that a warehouse takes."""
    document = shop.penstock.workflow("ORDER::HD")
    taken = next(r for r in document["rulesets"] if r["name"] == "FulfilmentAssigned")
    taken["rules"][0]["props"]["status"] = "TAKEN"
    return document


async def test_the_command_shows_a_timeline_and_the_end(sold: Stage) -> None:
    code, output = await command(sold, "replay", "X1")
    assert code == 0, output
    for text in ("ORDER X1", "changed from outside", "CreateFulfilment", "StockAt", "Order X1: PICK_PACK", "remark"):
        assert text in output
    assert "ORDER X1  SUCCESS\n  changed from outside:" in output
    after = output.partition("Status after these events:\n")[2].splitlines()
    listed = [line.split(" ")[2] for line in after if line.startswith("  ")]
    assert {"OrderItem", "FulfilmentChoice", "FulfilmentItem"}.isdisjoint(listed), "nothing ever changes these"
    assert "equals the stored rows but for what was changed since" in output
    code, output = await command(sold, "replay", "X2", "--json")
    assert (code, json.loads(output)["verdict"]) == (0, "EQUAL")
    code, output = await command(sold, "replay", "X2", "--until", json.loads(output)["steps"][0]["events"][1]["id"])
    assert (code, "Order X2: RECEIVED" in output, "Stopped before the end" in output) == (0, True, True)


async def test_the_command_checks_a_whole_house(sold: Stage) -> None:
    code, output = await command(sold, "replay", "--all")
    assert code == 1, "one of the orders was changed since its last event, and that is told"
    assert "ORDER X1: The end equals the stored rows but for what was changed since" in output
    assert "2 trees replayed, 2 events: 1 equal what is stored, 1 do not." in output
    assert (await command(sold, "replay"))[0] == (await command(sold, "replay", "X1", "--all"))[0] == 2
    assert (await command(sold, "replay", "NONE"))[1] == "Error: ORDER NONE does not exist.\n"


async def test_the_api_replays_for_those_who_may_see_events_and_workflows(sold: Stage) -> None:
    call = sold.penstock.client.call
    status, whole = await call("GET", "/api/v4.1/replay/ORDER/X2/")
    assert (status, whole["verdict"], whole["ref"], whole["differences"]) == (200, "EQUAL", "X2", [])
    assert whole["steps"][0]["outside"][0]["before"] is None
    booked = next(e for e in whole["steps"][0]["events"] if e["name"] == "ProcessOrder")
    assert booked["rulesets"][0]["rules"][0]["props"] == {"status": "BOOKED"}
    status, part = await call("GET", f"/api/v4.1/replay/ORDER/{whole['id']}", None, until=booked["id"])
    assert (status, part["verdict"]) == (200, None)
    assert [r["values"]["status"] for r in part["rows"] if r["entity"] == "Order"] == ["BOOKED"]
    for path, query, expected in (
        ("ORDER/NONE", {}, 404),
        ("FULFILMENT/1", {}, 400),
        ("NOTHING/1", {}, 400),
        ("ORDER/X1", {"until": "yesterday"}, 400),
        ("ORDER/X1", {"until": str(uuid.uuid4())}, 404),
        ("ORDER/X1", {"retailerId": "99"}, 404),
    ):
        status, body = await call("GET", f"/api/v4.1/replay/{path}", None, **query)
        assert status == expected, body
        assert body["errors"][0]["message"]


async def test_the_api_tells_what_a_changed_workflow_would_do(sold: Stage) -> None:
    given = {"workflow": finished(sold), "since": "2026-02-01T00:00:00Z"}
    status, report = await sold.penstock.client.call("POST", "/api/v4.1/dry-run", given)
    assert status == 200, report
    assert (report["trees"], report["same"], report["unknown"], report["affected"]) == (2, 0, [], [])
    told = {
        (t["ref"], d["ref"], d["column"], d["before"], d["after"])
        for t in report["otherwise"]
        for d in t["differences"]
    }
    assert told == {(ref, ref, "status", "PICK_PACK", "TAKEN") for ref in ("X1", "X2")}
    assert all("SetState at FulfilmentAssigned" in t["why"] for t in report["otherwise"])
    assert await sold.statuses("X1") == ["PICK_PACK", "DC-01 ASSIGNED"], "nothing was written"


async def test_the_api_tells_what_a_changed_catalogue_would_do(sold: Stage) -> None:
    document = sold.penstock.workflow("INVENTORY_CATALOGUE::DEFAULT")
    document["rulesets"] = [r for r in document["rulesets"] if r["name"] != "ReserveInventory"]
    given = {"workflow": document, "since": "2026-02-01T00:00:00Z"}
    status, report = await sold.penstock.client.call("POST", "/api/v4.1/dry-run", given)
    assert status == 200, report
    assert (report["trees"], report["same"], report["unknown"], report["affected"]) == (1, 1, [], [])


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"workflow": {}}, "version"),
    ({"workflow": {"version": "1", "entityType": "ORDER", "rulesets": []}}, "workflow"),
    ({"workflow": {"version": "1.0", "entityType": "FULFILMENT", "rulesets": []}}, "FULFILMENT"),
    ({"workflow": {"version": "1.0", "entityType": "NOTHING", "rulesets": []}}, "NOTHING"),
    ({"workflow": {"version": "1.0", "entityType": "ORDER", "rulesets": [{"name": 1}]}}, "rulesets[0].name"),
    ({"since": "yesterday"}, "since"),
    ({"since": "2027-01-01T00:00:00Z"}, "since"),
    ({"events": 0}, "events"),
    ({"events": 1}, "more than 1 events"),
    ({"retailerId": "none"}, "retailerId"),
]


async def test_a_dry_run_that_cannot_be_says_why(sold: Stage) -> None:
    for change, named in WRONG:
        given = {"workflow": finished(sold), "since": "2026-02-01T00:00:00Z", "retailerId": sold.retailer, **change}
        status, body = await sold.penstock.client.call("POST", "/api/v4.1/dry-run", given)
        assert status == 400, body
        assert named in body["message"]


async def test_a_client_that_hangs_up_ends_its_dry_run(sold: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def long(*_: object) -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    given = {"workflow": finished(sold), "since": "2026-02-01T00:00:00Z"}
    call = sold.penstock.client.call
    with monkeypatch.context() as patched:
        patched.setattr(service, "world_of", long)
        waiting = asyncio.create_task(call("POST", "/api/v4.1/dry-run", given))
        assert await came(begun, 10)
        waiting.cancel()
        assert await came(ended, 5)
    async with asyncio.timeout(60):
        status, _ = await call("POST", "/api/v4.1/dry-run", given)
    assert status == 200, "it leaves the place to others"


async def test_history_needs_its_permissions_in_the_retailers_context(sold: Stage) -> None:
    clerk = await sold.user("mira", "STORE_ASSISTANT", context="RETAILER", context_id=int(sold.retailer))
    given = {"workflow": finished(sold), "since": "2026-02-01T00:00:00Z"}
    for method, path, body in (("GET", "/api/v4.1/replay/ORDER/X1", None), ("POST", "/api/v4.1/dry-run", given)):
        status, answer = await clerk.call(method, path, body)
        assert (status, "WORKFLOW_VIEW" in answer["message"]) == (403, True)
    other = await sold.second_retailer()
    manager = await sold.user("olga", "ADMIN", context="RETAILER", context_id=int(other["retailer"]["id"]))
    for method, path, body in (("GET", "/api/v4.1/replay/ORDER/X1", None), ("POST", "/api/v4.1/dry-run", given)):
        status, answer = await manager.call(method, path, body)
        assert (status, answer["message"]) == (403, "User may not see the history of retailer 1.")


async def test_the_command_tells_what_a_changed_workflow_would_do(sold: Stage, tmp_path: Path) -> None:
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(finished(sold)))
    times = ("--since", "2026-02-01T00:00:00Z", "--until", "2026-02-03T00:00:00Z")
    code, output = await command(sold, "dry-run", str(file), *times)
    assert code == 0, output
    assert "2 trees, 0 would have ended the same, 2 differently, 0 unknown" in output
    assert output.count("\n  Order X1 status: PICK_PACK → TAKEN\n") == 1
    assert output.count("status: PICK_PACK → TAKEN") == 2
    code, output = await command(sold, "dry-run", str(file), *times, "--json")
    assert (code, len(json.loads(output)["otherwise"])) == (0, 2)
    file.write_text("[]")
    code, output = await command(sold, "dry-run", str(file), *times)
    assert (code, "must hold a JSON object" in output) == (1, True)
