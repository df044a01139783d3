"""What a scenario may change, and what is refused: by the means, and in the words, of the system in use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from simulations import command, execute, refusals, routes, scenario, simulated
from test_23_loads import count_types
from test_23_profiles import NEAREST, install, profile
from test_23_profiles import place as order

from penstock.simulation.scenario.stock import counted as stock_of

if TYPE_CHECKING:
    from pathlib import Path

    from stage import Stage

pytest_plugins = ["worlds"]


async def test_a_profile_with_another_split_limit_splits_otherwise(stock: Stage, tmp_path: Path) -> None:
    await install(stock)
    await profile(stock, NEAREST, defaultMaxSplit=0)
    await stock.fill(S1={"A": 1}, S2={"A": 2})
    await order(stock, "P1", ("A", 3))
    await stock.penstock.settle()
    assert await stock.plan("P1") == [f"RJT_{stock.retailer}[A3]"]
    split = scenario(tmp_path, "split", profiles=[{"ref": "HD_STANDARD", "defaultMaxSplit": 2}])
    strategies = [{**NEAREST, "maxSplit": 1}]
    own = scenario(tmp_path, "own", profiles=[{"ref": "HD_STANDARD", "sourcingStrategies": strategies}])
    report = await simulated(stock, tmp_path, split, own)
    both = ["S1[A1]", "S2[A2]"]
    assert [sorted(routes(variant)["P1"]) for variant in report["variants"]] == [[], both, both]
    assert [variant["figures"]["splits"] for variant in report["variants"]] == [{}, {"0": 0, "1": 1}, {"0": 0, "1": 1}]


async def test_a_workflow_in_a_file_beside_it_is_another_way_to_decide(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(SYD_01={"CAP": 1}, SYD_02={"CAP": 1}, MEL_01={"CAP": 1})
    assert len(await shop.buy("V1", ("CAP", 3))) == 3
    document = shop.penstock.workflow("ORDER::HD", max_split="1")
    (tmp_path / "once.json").write_text(json.dumps(document))
    report = await simulated(shop, tmp_path, scenario(tmp_path, "split once", workflows=["once.json"]))
    assert [len(routes(variant)["V1"]) for variant in report["variants"]] == [3, 2]
    assert report["variants"][1]["changes"] == ["workflow ORDER::HD"]


async def test_whatever_the_api_takes_can_be_changed(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(SYD_01={"CAP": 1}, DC_01={"CAP": 4})
    await shop.buy("M1", ("CAP", 3))
    address = {"ref": "NEW", "name": "NEW", "latitude": -33.868, "longitude": 151.209}
    days = {f"{d}{end}": 0 for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for end in ("Start", "End")}
    opened = {
        "ref": "NEW",
        "type": "STORE",
        "name": "New",
        "retailer": {"id": shop.retailer},
        "primaryAddress": address,
        "openingSchedule": {"allHours": True, **days},
    }
    count = {"deltas": [{"type": "DELTA", "productRef": "CAP", "locationRef": "SYD-01", "qty": -1}]}
    file = scenario(
        tmp_path,
        "a new store",
        mutations=[{"createLocation": opened}],
        networks=[{"ref": f"HD_{shop.retailer}", "add": ["NEW"]}],
        stock=[{"product": "CAP", "location": "NEW", "count": 3}],
        events=[
            {
                "name": "INVENTORY_DELTA",
                "entityType": "INVENTORY_CATALOGUE",
                "entityRef": shop.stock_catalogue,
                "attributes": count,
            }
        ],
    )
    report = await simulated(shop, tmp_path, file)
    assert [routes(variant)["M1"] for variant in report["variants"]] == [["SYD-01[CAP1]", "DC-01[CAP2]"], ["NEW[CAP3]"]]
    code, output = await command(shop, tmp_path, file)
    assert (code, "NEW" in output) == (0, True)


async def test_catalogues_for_every_retailer_are_the_retailers_too(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(SYD_01={"CAP": 2}, DC_01={"CAP": 4, "JEANS": 4})
    assert await shop.buy("E1", ("CAP", 2)) == ["SYD-01[CAP2]"]
    for table, refs in (("product", "{}"), ("inventory", None), ("virtual", "{MASTER}")):
        await execute(shop, f"UPDATE {table}_catalogue SET retailer_refs = $1::text::text[]", refs)
    closed = scenario(tmp_path, "closed", locations=[{"ref": "SYD-01", "status": "INACTIVE"}])
    counted = scenario(tmp_path, "counted", stock=[{"product": "CAP", "location": "SYD-01", "count": 1}])
    held = scenario(tmp_path, "held", controls=[{"type": "QUANTITY_BUFFER", "about": "CAP:SYD-01", "value": -1}])
    report = await simulated(shop, tmp_path, closed, counted, held)
    half = ["SYD-01[CAP1]", "DC-01[CAP1]"]
    assert [routes(v)["E1"] for v in report["variants"]] == [["SYD-01[CAP2]"], ["DC-01[CAP2]"], half, half]
    assert report["variants"][2]["changed"][0]["why"] == "SYD-01 shows 1 of CAP, not 2"
    drawn = await simulated(shop, tmp_path, "--generated", "20")
    bought = {p for order in drawn["variants"][0]["placed"] for sent in order.get("sent", ()) for p in sent["units"]}
    assert bought == {"CAP", "JEANS"}, "what nobody has bought yet may be bought, too"


async def test_catalogues_compute_anew_in_a_fork_as_they_do_outside(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(SYD_01={"CAP": 5}, SYD_02={"CAP": 5})
    assert await shop.buy("V1", ("CAP", 3)) == ["SYD-01[CAP3]"]
    elsewhere = {"ref": f"BASE:{shop.retailer}", "networkIds": [await shop.network("NOBODY")]}
    moved = scenario(tmp_path, "moved", mutations=[{"updateVirtualCatalogue": elsewhere}])
    twice = [{"type": "QUANTITY_BUFFER", "about": "SYD-01", "value": value} for value in (-5, -4)]
    changed = scenario(tmp_path, "changed", controls=twice)
    report = await simulated(shop, tmp_path, moved, changed)
    assert [routes(variant)["V1"] for variant in report["variants"][1:]] == [[], ["SYD-01[CAP1]", "SYD-02[CAP2]"]]


async def test_a_factor_is_of_all_that_is_there(shop: Stage, tmp_path: Path) -> None:
    await shop.fill(SYD_01={"CAP": 2})
    await count_types(shop, "FOUND")
    found = stock_of(
        {"ref": "CAP:SYD-01:DEFAULT", "type": "DEFAULT", "product_ref": "CAP", "location_ref": "SYD-01"}, 2
    )
    found["inventoryQuantity"]["type"] = "FOUND"
    about = ("INVENTORY_CATALOGUE", shop.stock_catalogue, {"inventoryPosition": found})
    assert await shop.penstock.send("InventoryChanged", *about) == "SUCCESS"
    await shop.buy("F1", ("CAP", 7))
    same, more = (scenario(tmp_path, f"times {n}", stock=[{"location": "SYD-01", "factor": n}]) for n in (1, 1.5))
    report = await simulated(shop, tmp_path, same, more)
    assert [routes(variant)["F1"] for variant in report["variants"]] == [[f"SYD-01[CAP{n}]"] for n in (4, 4, 6)]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"locations": [{"ref": "NOWHERE", "status": "INACTIVE"}]}, "locations[0]: ref is 'NOWHERE'"),
    ({"networks": [{"ref": "NONE"}]}, "networks[0]: ref is 'NONE', and there is no such network"),
    ({"networks": [{"ref": "HD_1", "remove": ["NOWHERE"]}]}, "networks[0]: remove is 'NOWHERE'"),
    ({"stock": [{"product": "HAT", "location": "DC-01", "count": 1}]}, "stock[0]: product is 'HAT'"),
    ({"stock": [{"product": "CAP", "location": "DC-99", "count": 1}]}, "stock[0]: location is 'DC-99'"),
    (
        {"stock": [{"product": "CAP", "location": "DC-01", "count": 1, "catalogue": "NONE"}]},
        "stock[0]: catalogue is 'NONE'; retailer 1 has DEFAULT:1",
    ),
    (
        {"stock": [{"product": "JEANS", "location": "MEL-01", "factor": 2}]},
        "product and location name no stock",
    ),
    (
        {"stock": [{"location": "MEL-01", "factor": 1e308}]},
        "stock[0]: factor is 1e+308, which makes more than 2,147,483,647 of some stock",
    ),
    (
        {"controls": [{"type": "EXCLUSION", "about": "CAP", "remove": True}]},
        "remove is true, and there is no control",
    ),
    ({"controls": [{"type": "EXCLUSION", "about": "CAP", "group": "CG"}]}, "controls[0]: "),
    (
        {"controls": [{"type": "EXCLUSION", "about": "CAP:SYD-99"}]},
        "about is 'CAP:SYD-99', which is no product, product:location, category or location",
    ),
    ({"profiles": [{"defaultMaxSplit": 1}]}, "profiles[0]: ref is None; name the sourcing profile"),
    ({"profiles": [{"ref": "P", "maxSplits": 1}]}, "maxSplits"),
    ({"workflows": [{"version": "1.0", "entityType": "ORDER", "rulesets": [{"name": 1}]}]}, "rulesets[0].name"),
    ({"mutations": [{"createNothing": {}}]}, "createNothing"),
    (
        {"events": [{"name": "Nothing", "entityType": "ORDER", "entityRef": "NONE"}]},
        "events[0]: event Nothing to ",
    ),
    ({"events": [{"name": "X", "entityType": "NONE", "entityRef": "A"}]}, "entityType is 'NONE'"),
]


async def test_a_change_that_the_system_refuses_is_refused_in_its_words(lasting_shop: Stage, tmp_path: Path) -> None:
    await lasting_shop.fill(MEL_01={"TSHIRT": 20})
    files = [scenario(tmp_path, f"wrong {n}", **parts) for n, (parts, _) in enumerate(REFUSED)]
    said = await refusals(lasting_shop, tmp_path, *files)
    for n, (found, (_, message)) in enumerate(zip(said, REFUSED, strict=True)):
        assert found.startswith(f"wrong {n}: "), (found, message)
        assert message in found


async def test_a_refused_scenario_ends_it_before_any_order(lasting_shop: Stage, tmp_path: Path) -> None:
    await lasting_shop.buy("R1", ("CAP", 1))
    parts, message = REFUSED[0]
    code, output = await command(lasting_shop, tmp_path, scenario(tmp_path, "wrong", **parts))
    assert (code, output) == (1, f"Error: wrong: {message}, and retailer 1 has no such location\n")
    assert not list((tmp_path / "forks").glob("*/")), "nothing is left of the fork"
    assert await lasting_shop.statuses("R1") == ["BOOKED", "RJT_1 ESCALATED"]


async def test_what_cannot_be_asked_is_told(lasting_shop: Stage, tmp_path: Path) -> None:
    for arguments, message in (
        (("--retailer", "99"), "--retailer is 99; the account PENSTOCK has 1 (MAIN)."),
        (("--picture", "/no/such/folder/a.svg"), "there is no such folder"),
        (("--account", "NONE"), "There is no account 'NONE'."),
        (("--since", "2030-01-01T00:00:00Z"), "has no orders in that time"),
        (("--since", "yesterday"), "--since"),
        ((scenario(tmp_path, "a"), scenario(tmp_path, "b", name="a")), "name is 'a', which another variant has"),
    ):
        code, output = await command(lasting_shop, tmp_path, *arguments)
        assert code in {1, 2}, output
        assert message in output
