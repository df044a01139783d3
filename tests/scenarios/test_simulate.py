"""``penstock simulate``: orders in forks of the state, unchanged and changed."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import asyncpg
from floor import warehouse_pick
from simulations import command, routes, scenario, simulated
from test_36_returns import delivered, submit
from test_mixed_baskets import mixed, prepared

from penstock.simulation.fork.carried import carried

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from stage import Stage

pytest_plugins = ["worlds"]


async def busy(shop: Stage) -> dict[str, list[str]]:
    """Sell what there is, and a little more; return who sends what of each order."""
    await shop.fill(SYD_01={"TSHIRT": 4, "CAP": 5}, SYD_02={"TSHIRT": 3}, DC_01={"JEANS": 5, "TSHIRT": 3})
    orders = {
        "Q1": [("TSHIRT", 2)],
        "Q2": [("TSHIRT", 2), ("CAP", 1)],
        "Q3": [("TSHIRT", 3)],
        "Q4": [("JEANS", 2), ("CAP", 2)],
        "Q5": [("TSHIRT", 3), ("JEANS", 1)],
        "Q6": [("TSHIRT", 1)],
    }
    return {ref: await shop.buy(ref, *lines) for ref, lines in orders.items()}


async def everything(shop: Stage) -> dict[str, str]:
    """Return a digest of every table of the live account that workers do not change by themselves."""
    connection = await asyncpg.connect(shop.penstock.stored.account)
    try:
        tables = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname NOT IN ('worker', 'slot') ORDER BY 1"
        )
        return {
            name: await connection.fetchval(
                f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" t'
            )
            for (name,) in tables
        }
    finally:
        await connection.close()


async def rows(shop: Stage) -> int:
    """Return how many rows a fork of the account gets."""
    connection = await asyncpg.connect(shop.penstock.stored.account)
    try:
        return sum([await connection.fetchval(f'SELECT count(*) FROM "{table}"') for table in carried()])
    finally:
        await connection.close()


async def test_the_baseline_gives_orders_what_they_got_and_nothing_changed_changes_nothing(
    shop: Stage, tmp_path: Path
) -> None:
    plans = await busy(shop)
    before = await everything(shop)
    report = await simulated(shop, tmp_path, scenario(tmp_path, "same"), "--recorded", "50")
    baseline, same = report["variants"]
    sold = {ref: [one for one in plan if not one.startswith("RJT_")] for ref, plan in plans.items()}
    assert routes(baseline) == routes(report["recorded"]) == sold
    assert {o["ref"]: sum(o.get("unfilled", {}).values()) for o in baseline["placed"]} == dict.fromkeys(sold, 0) | {
        "Q6": 1
    }
    assert same["figures"] == baseline["figures"] == report["recorded"]["figures"]
    assert (same.get("changed", []), report["recorded"].get("changed", [])) == ([], [])
    assert await everything(shop) == before, "the live account is only read"
    assert report["rows"] == await rows(shop)


async def test_what_a_shipped_order_took_comes_back_for_it(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(DC_01={"JEANS": 2})
    assert await shop.buy("S1", ("JEANS", 2)) == ["DC-01[JEANS2]"]
    (fulfilment,) = await shop.fulfilments("S1")
    assert await warehouse_pick(shop, fulfilment, 2) == "SUCCESS"
    assert await shop.ledger("JEANS", "DC-01") == ["LAST_ON_HAND 2", "SALE -2"]
    report = await simulated(shop, tmp_path)
    assert routes(report["variants"][0]) == {"S1": ["DC-01[JEANS2]"]}


def away(folder: Path) -> str:
    """Leave WEB-51 to SYD-02, where four shirts are held back."""
    locations = [{"ref": "SYD-01", "status": "INACTIVE"}]
    controls = [{"type": "QUANTITY_BUFFER", "about": "TSHIRT:SYD-02", "value": -4}]
    return scenario(folder, "away", locations=locations, controls=controls)


async def test_what_was_returned_is_not_there_twice(shop: Stage, tmp_path: Path) -> None:
    await delivered(shop)
    assert await submit(shop, 1) == "SUCCESS"
    assert await shop.on_hand("TSHIRT", "SYD-02") == 6
    report = await simulated(shop, tmp_path, away(tmp_path))
    assert [routes(variant)["WEB-51"] for variant in report["variants"]] == [["SYD-01[TSHIRT2]"], ["SYD-02[TSHIRT1]"]]


# A client that made the return itself numbers its items as it likes: of the ledger they are the return's.
_RENAMED = """
WITH item AS (UPDATE return_order_item i SET ref = '1' FROM return_order r WHERE r.id = i.return_order_id
  RETURNING r.ref AS of, i.ref)
UPDATE inventory_quantity q SET ref = item.of || ':' || item.ref FROM item WHERE q.type = 'DELTA'"""


async def test_a_change_of_stock_that_is_named_like_a_returned_item_stays(shop: Stage, tmp_path: Path) -> None:
    await delivered(shop)
    assert await submit(shop, 1) == "SUCCESS"
    connection = await asyncpg.connect(shop.penstock.stored.account)
    try:
        assert await connection.execute(_RENAMED) == "UPDATE 1"
    finally:
        await connection.close()
    assert await shop.delta(("1", "TSHIRT", "SYD-02", 1)) == "SUCCESS"
    assert await shop.on_hand("TSHIRT", "SYD-02") == 7
    report = await simulated(shop, tmp_path, away(tmp_path))
    assert routes(report["variants"][1])["WEB-51"] == ["SYD-02[TSHIRT2]"]


async def test_a_mixed_basket_comes_again_with_its_choices(shop: Stage, tmp_path: Path) -> None:
    await prepared(shop)
    await mixed(shop, "MIX")
    closed = scenario(tmp_path, "closed", locations=[{"ref": "PICKUP", "status": "INACTIVE"}])
    report = await simulated(shop, tmp_path, closed)
    plan = {"MIX": ["DC-01[TSHIRT2]", "PICKUP[JEANS1]"]}
    for variant in (report["recorded"], report["variants"][0]):
        assert {ref: sorted(sent) for ref, sent in routes(variant).items()} == plan
    assert "PICKUP[JEANS1]" not in routes(report["variants"][1])["MIX"]
    drawn = await simulated(shop, tmp_path, "--generated", "4")
    choices = {sent["location"] for order in drawn["variants"][0]["placed"] for sent in order.get("sent", ())}
    assert choices, "what is drawn goes where a choice says"
    assert not drawn["variants"][0]["figures"]["problems"]


async def test_a_closed_location_hands_its_orders_on_and_says_so(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(SYD_01={"CAP": 5}, SYD_02={"CAP": 5}, MEL_01={"CAP": 1})
    assert await shop.buy("C1", ("CAP", 2)) == ["SYD-01[CAP2]"]
    closed = scenario(tmp_path, "closed", locations=[{"ref": "SYD-01", "status": "INACTIVE"}])
    left = scenario(tmp_path, "left", networks=[{"ref": f"HD_{shop.retailer}", "remove": ["SYD-01", "SYD-02"]}])
    report = await simulated(shop, tmp_path, closed, left)
    _, first, second = report["variants"]
    assert routes(first) == {"C1": ["SYD-02[CAP2]"]}
    assert routes(second) == {"C1": ["MEL-01[CAP1]"]}
    assert first["changed"] == [
        {"ref": "C1", "before": "SYD-01[2]", "after": "SYD-02[2]", "why": "SYD-01 is closed"},
    ]
    assert second["changed"][0]["after"] == "MEL-01[1] + nobody[1]"
    assert f"SYD-01 left HD_{shop.retailer}" in second["changed"][0]["why"]
    assert (first["figures"]["unfilledUnits"], second["figures"]["unfilledUnits"]) == (0, 1)
    assert first["figures"]["distance"]["mean"] > report["variants"][0]["figures"]["distance"]["mean"]


async def test_what_a_place_sends_counts_once_though_another_has_its_address(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(SYD_01={"CAP": 5})
    assert await shop.buy("A1", ("CAP", 2)) == ["SYD-01[CAP2]"]
    asked = await shop.penstock.client.graphql('{ location(ref: "SYD-01") { primaryAddress { id } } }')
    address = {"id": asked["location"]["primaryAddress"]["id"]}
    await shop.graphql(
        "mutation ($input: UpdateLocationPrimaryAddressInput) { updateLocationPrimaryAddress(input: $input) { id } }",
        id=await shop.location_id("SYD-02"),
        primaryAddress=address,
    )
    report = await simulated(shop, tmp_path)
    assert routes(report["recorded"]) == {"A1": ["SYD-01[CAP2]"]}
    assert report["recorded"]["figures"]["unitsSent"] == 2


async def test_a_buffer_holds_stock_back_and_a_count_brings_some(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(SYD_01={"CAP": 5}, SYD_02={"CAP": 5})
    assert await shop.buy("B1", ("CAP", 3)) == ["SYD-01[CAP3]"]
    by_product = scenario(
        tmp_path, "product", controls=[{"type": "QUANTITY_BUFFER", "about": "CAP:SYD-01", "value": -4}]
    )
    by_place = scenario(tmp_path, "place", controls=[{"type": "QUANTITY_BUFFER", "about": "SYD-01", "value": -3}])
    excluded = scenario(tmp_path, "excluded", controls=[{"type": "EXCLUSION", "about": "CAP"}])
    counted = scenario(
        tmp_path,
        "counted",
        stock=[
            {"product": "CAP", "location": "SYD-01", "factor": 0.2},
            {"location": "SYD-02", "factor": 0},
            {"product": "CAP", "location": "DC-01", "count": 9},
        ],
    )
    report = await simulated(shop, tmp_path, by_product, by_place, excluded, counted)
    found = [routes(variant)["B1"] for variant in report["variants"]]
    assert found == [
        ["SYD-01[CAP3]"],
        ["SYD-01[CAP1]", "SYD-02[CAP2]"],
        ["SYD-01[CAP2]", "SYD-02[CAP1]"],
        [],
        ["SYD-01[CAP1]", "DC-01[CAP2]"],
    ]
    assert report["variants"][1]["changed"][0]["why"] == "SYD-01 shows 1 of CAP, not 5"


async def test_settings_costs_and_promises_are_those_of_the_scenario(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(SYD_01={"CAP": 1}, MEL_01={"CAP": 2, "JEANS": 2})
    await shop.buy("W1", ("CAP", 1), ("JEANS", 1))
    weights = [{"name": f"{n}.WEIGHTING.FACTOR", "value": v} for n, v in (("PROXIMITY", 0), ("QUANTITY", 100))]
    whole = scenario(
        tmp_path,
        "whole",
        settings=[*weights, {"name": "PICK_N_PACK_TIME_LIMIT", "location": "MEL-01", "value": 30}],
        cost={"perFulfilment": 10, "perKm": 0},
    )
    near = scenario(
        tmp_path, "near", settings=[{"name": w["name"], "value": 100 - int(str(w["value"]))} for w in weights]
    )
    report = await simulated(shop, tmp_path, whole, near)
    assert [routes(v)["W1"] for v in report["variants"][1:]] == [
        ["MEL-01[CAP1,JEANS1]"],
        ["SYD-01[CAP1]", "MEL-01[JEANS1]"],
    ]
    assert [v["figures"]["cost"] for v in report["variants"][1:]] == [10, 20]
    assert [v["figures"]["promise"]["p95"] for v in report["variants"][1:]] == [30, 2]
    assert report["variants"][0]["cost"] == {"perFulfilment": 10, "perKm": 0}, "the baseline is measured alike"


async def test_generated_orders_are_the_same_for_the_same_seed(shop: Stage, tmp_path: Path) -> None:
    await busy(shop)
    first, again, other = [
        await simulated(shop, tmp_path, "--generated", "12", "--seed", seed) for seed in ("7", "7", "8")
    ]
    assert first["variants"] == again["variants"]
    assert first["variants"] != other["variants"]
    assert first["variants"][0]["figures"]["orders"] == 12
    assert "recorded" not in first
    code, output = await command(shop, tmp_path, "--generated", "2", "--since", "2026-01-01T00:00:00Z")
    assert (code, "--generated goes with none of" in output) == (2, True)


async def test_a_fork_without_room_is_not_begun(shop: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    code, output = await command(shop, tmp_path, scenario(tmp_path, "same"))
    assert (code, "has 1 MB left, and the copies of the account may take" in output) == (1, True), output
    assert not list((tmp_path / "forks").glob("*/"))


async def test_a_picture_that_cannot_be_written_takes_nothing_else_along(shop: Stage, tmp_path: Path) -> None:
    await shop.buy("W1", ("CAP", 1))
    code, output = await command(shop, tmp_path, "--picture", "/proc/what-if.svg")
    assert code == 1
    assert "unfilled units" in output
    assert "--picture is /proc/what-if.svg, which cannot be written" in output


async def test_the_tables_tell_it_and_the_picture_shows_it(shop: Stage, tmp_path: Path) -> None:
    await busy(shop)
    stores = [{"ref": f"SYD-0{n}", "status": "INACTIVE"} for n in (1, 2)]
    closed = scenario(tmp_path, "none", name="no [/] stores", locations=stores)
    picture = tmp_path / "what-if.svg"
    code, output = await command(shop, tmp_path, closed, "--picture", str(picture), "--recorded", "6")
    assert code == 0, output
    for text in ("no [/] stores: SYD-01 INACTIVE; SYD-02 INACTIVE", "the latest 6 recorded orders", "unfilled units"):
        assert text in output
    assert "Q1" in output
    assert "SYD-01 is closed" in output
    assert "SYD-02" in picture.read_text("utf-8")
    assert not list((tmp_path / "forks").glob("*/")), "nothing is left of the fork"
