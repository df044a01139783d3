"""Spec 23 §12: locations and time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from stage import Place

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

_WEEK = {
    f"{day}{end}": hhmm for day in ("mon", "tue", "wed", "thu", "fri") for end, hhmm in (("Start", 900), ("End", 1700))
}
_SYDNEY = "+11:00"  # in February


async def test_loc_01_distances(stock: Stage) -> None:
    await stock.buy("O1", ("A", 1))
    (event,) = await stock.penstock.events(name="SearchInventoryAtLocations", eventType="ORCHESTRATION")
    found = {place["ref"]: place["distance"] / 1000 for place in stock.values(event)["locations"]}
    assert found == pytest.approx({"S1": 3.320, "S2": 20.138, "S3": 117.304, "W1": 713.427, "W2": 732.379}, abs=0.01)


@pytest.mark.parametrize(
    ("limit", "all_hours", "created", "expiry"),
    [
        (4, False, "2026-02-06T15:30", "2026-02-09T11:30"),
        (4, False, "2026-02-07T12:00", "2026-02-09T13:00"),
        (10, False, "2026-02-09T09:00", "2026-02-10T11:00"),
        (4, True, "2026-02-06T15:30", "2026-02-06T19:30"),
    ],
)
async def test_loc_02_expiry_in_opening_hours(
    stock: Stage, *, limit: int, all_hours: bool, created: str, expiry: str
) -> None:
    place = Place("L1", "STORE", -33.86, 151.2, hours=limit)
    schedule = {**_WEEK, "allHours": all_hours}
    await stock.open(
        place, await stock.network("HD_1"), address={"timeZone": "Australia/Sydney"}, openingSchedule=schedule
    )
    await stock.penstock.settle()
    await stock.fill(L1={"A": 1})
    await stock.penstock.advance_to(datetime.fromisoformat(created + _SYDNEY))
    assert await stock.buy("O1", ("A", 1)) == ["L1[A1]"]
    (fulfilment,) = await stock.fulfilments("O1")
    assert datetime.fromisoformat(fulfilment["expiryTime"]) == datetime.fromisoformat(expiry + _SYDNEY)
    await stock.penstock.advance_to(datetime.fromisoformat(expiry + _SYDNEY))
    assert await stock.statuses("O1") == ["BOOKED", "L1 EXPIRED", "RJT_1 ESCALATED"]


async def test_loc_02_no_setting_no_expiry(stock: Stage) -> None:
    await stock.fill(S1={"A": 1})
    await stock.buy("O1", ("A", 1))
    (fulfilment,) = await stock.fulfilments("O1")
    assert fulfilment["expiryTime"] is None
    assert await stock.penstock.events(name="FulfilmentExpiry") == []


async def test_loc_03_inactive_location(stock: Stage) -> None:
    await stock.fill(S1={"A": 5}, S2={"A": 5})
    assert await stock.buy("O1", ("A", 1)) == ["S1[A1]"]
    assert await stock.penstock.send("DeactivateLocation", "LOCATION", await stock.location_id("S1")) == "SUCCESS"
    assert await stock.buy("O2", ("A", 1)) == ["S2[A1]"]
    assert await stock.sellable("A", "S1") == 0
    assert await stock.statuses("O1") == ["BOOKED", "S1 AWAITING_WAVE"]
