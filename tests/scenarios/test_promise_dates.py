"""Plans tell when they leave and arrive, where a location has a cut-off or a time on the way is set (spec 21 §10.3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from queries import CREATE_SETTING
from quotes import asked_for
from stage import Place

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

_WEEK = {
    f"{day}{end}": hhmm for day in ("mon", "tue", "wed", "thu", "fri") for end, hhmm in (("Start", 900), ("End", 1700))
}


async def store(stock: Stage, ref: str = "L1", **attributes: Any) -> None:
    """Open a store in Sydney, with four hours to pick, and fill it."""
    given = [{"name": name, "type": "JSON", "value": value} for name, value in attributes.items()]
    await stock.open(
        Place(ref, "STORE", -33.86, 151.2, hours=4),
        await stock.network(f"HD_{stock.retailer}"),
        address={"timeZone": "Australia/Sydney"},
        openingSchedule={**_WEEK, "allHours": False},
        attributes=given,
    )
    await stock.penstock.settle()
    await stock.fill(**{ref: {"A": 9, "B": 9}})


def told(plan: Any) -> dict[str, str]:
    names = ("readyAt", "shipBy", "deliverBy")
    return {a["name"]: a["value"] for a in plan["attributes"] if a["name"] in names}


async def test_a_setting_that_makes_no_sense_is_named(stock: Stage) -> None:
    await store(stock, cutOffTime=1400)
    await stock.set("oms.promise.transitHours", {"hours": 1})
    assert await asked_for(stock, "CART-1") == ("CREATED", [])
    failed = await stock.penstock.events(name="CalculateDates", eventStatus="FAILED")
    assert failed


async def test_the_time_on_the_way_goes_by_distance(stock: Stage) -> None:
    await store(stock)
    bands = [{"upToKm": 0.1, "hours": 1}, {"upToKm": 50, "hours": 24}, {"hours": 72}]
    id_ = int(stock.retailer)
    about = {"name": "oms.promise.transitHours", "context": "RETAILER", "contextId": id_}
    await stock.graphql(CREATE_SETTING, lobValue=bands, valueType="JSON", **about)
    await stock.penstock.advance_to(datetime.fromisoformat("2026-02-05T10:00+11:00"))
    _, (plan,) = await asked_for(stock, "CART-1")
    found = told(plan)
    assert (set(found), found["deliverBy"]) == ({"readyAt", "deliverBy"}, "2026-02-06")


async def test_dates_of_a_plan(stock: Stage) -> None:
    await store(stock, cutOffTime=1400, closedDates=["2026-02-09"])
    await stock.penstock.advance_to(datetime.fromisoformat("2026-02-06T13:00+11:00"))
    _, (plan,) = await asked_for(stock, "CART-1")
    assert (plan["eta"], told(plan)) == ("4", {"readyAt": "2026-02-06T06:00:00Z", "shipBy": "2026-02-06"})
    await stock.set("oms.promise.transitHours", 48)
    await stock.penstock.advance_to(datetime.fromisoformat("2026-02-06T14:00+11:00"))
    _, (plan,) = await asked_for(stock, "CART-2")
    found = told(plan)
    assert (found["readyAt"][:13], found["shipBy"], found["deliverBy"]) == ("2026-02-09T23", "2026-02-10", "2026-02-12")
    assert plan["eta"] == "4"  # the hours of spec 21 §9.4 stay what they are


async def test_collection_takes_no_time_on_the_way(stock: Stage) -> None:
    network = await stock.network(f"CC_{stock.retailer}")
    await store(stock, cutOffTime=1400)
    await stock.update_location(id=await stock.location_id("L1"), networks=[{"id": network}])
    await stock.set("oms.promise.transitHours", 48)
    await stock.penstock.advance_to(datetime.fromisoformat("2026-02-05T10:00+11:00"))
    _, (plan,) = await asked_for(stock, "CART-1", type="CC", locationRef="L1")
    assert told(plan) == {"readyAt": told(plan)["readyAt"], "shipBy": "2026-02-05"}
