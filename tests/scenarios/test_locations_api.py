"""The store locator: ``GET /api/v4.1/location`` (spec 21 §10.5), and who is nearest and open."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import queries
from stage import Place

if TYPE_CHECKING:
    from stage import Stage

    from running import Client

pytest_plugins = ["worlds"]

PATH = "/api/v4.1/location"
_WEEK = {
    f"{day}{end}": hhmm for day in ("mon", "tue", "wed", "thu", "fri") for end, hhmm in (("Start", 900), ("End", 1700))
}
HERE: dict[str, Any] = {"latitude": "-33.8688", "longitude": "151.2093"}


async def page(stage: Stage, client: Client | None = None, **query: str) -> Any:
    status, body = await (client or stage.penstock.client).call("GET", PATH, **query)
    assert status == 200, body
    return body


async def refs(stage: Stage, client: Client | None = None, **query: str) -> list[str]:
    found = [place["locationRef"] for place in (await page(stage, client, **query))["results"]]
    return [ref for ref in found if ref != f"RJT_{stage.retailer}"]


async def test_places_are_listed_by_ref(stock: Stage) -> None:
    assert await refs(stock) == ["S1", "S2", "S3", "W1", "W2"]
    body = await page(stock, query="s", agentNetwork=f"HD_{stock.retailer}", start="1", count="1")
    assert (body["start"], body["count"], body["total"]) == (1, 1, 3)
    (place,) = body["results"]
    assert (place["locationRef"], place["type"], place["status"], place["distance"]) == ("S2", "STORE", "ACTIVE", None)
    assert place["locationId"] == await stock.location_id("S2")
    assert (place["retailerId"], place["openNow"]) == (stock.retailer, True)
    assert place["openingHours"]["allHours"]
    about = {"type": "HD", "status": "ACTIVE"}
    assert place["networks"] == [{"ref": f"HD_{stock.retailer}", **about}, {"ref": "NET_METRO", **about}]
    assert (place["address"]["latitude"], place["address"]["longitude"]) == (-33.815, 151.0011)


async def test_by_network_type_status_and_box(stock: Stage) -> None:
    one = await stock.network("NET_ONE")
    await stock.update_location(id=await stock.location_id("S1"), networks=[{"id": one}])
    await stock.update_location(id=await stock.location_id("S2"), status="INACTIVE")
    assert await refs(stock, agentNetwork="NET_ONE") == ["S1"]
    assert await refs(stock, agentNetworkTypes="NONE") == []
    assert await refs(stock, agentStatuses="INACTIVE") == ["S2"]
    assert len(await refs(stock, agentNetworkTypes="HD", agentStatuses="ACTIVE")) == 4
    box: dict[str, Any] = {"northEastLat": "-33", "northEastLon": "152", "southWestLat": "-34", "southWestLon": "151.1"}
    assert await refs(stock, **box) == ["S1"]
    assert await refs(stock, **{**box, "southWestLon": "151.5", "northEastLon": "151.1"}) == [
        "S2"
    ]  # the long way round


async def test_by_text(stock: Stage) -> None:
    place = Place("X-1", "STORE", -33.9, 151.1)
    await stock.open(place, address={"street": "8 Pitt Street", "city": "Sydney", "postcode": "2000"})
    await stock.penstock.settle()
    assert await refs(stock, query="pitt STREET") == ["X-1"]
    assert await refs(stock, query="x-1") == ["X-1"]
    assert await refs(stock, query="%") == []  # it is no pattern
    assert await refs(stock, query="2000") == ["X-1"]


async def test_the_nearest_come_first(stock: Stage) -> None:
    found = (await page(stock, agentNetwork=f"HD_{stock.retailer}", **HERE))["results"]
    assert [(p["locationRef"], p["distance"]) for p in found] == [
        ("S1", pytest.approx(3.320, abs=0.01)),
        ("S2", pytest.approx(20.138, abs=0.01)),
        ("S3", pytest.approx(117.304, abs=0.01)),
        ("W1", pytest.approx(713.427, abs=0.01)),
        ("W2", pytest.approx(732.379, abs=0.01)),
    ]
    assert await refs(stock, radius="50", **HERE) == ["S1", "S2"]


async def test_who_is_open_now(stock: Stage) -> None:
    closed = [{"name": "closedDates", "type": "JSON", "value": ["2026-02-06"]}]
    schedule = {**_WEEK, "allHours": False}
    for ref, more in (("L1", {}), ("L2", {"attributes": closed})):
        place = Place(ref, "STORE", -33.86, 151.2)
        await stock.open(place, address={"timeZone": "Australia/Sydney"}, openingSchedule=schedule, **more)
    for moment, found in (("2026-02-06T08:59", []), ("2026-02-06T09:00", ["L1"]), ("2026-02-06T17:00", [])):
        await stock.penstock.advance_to(datetime.fromisoformat(f"{moment}+11:00"))
        assert await refs(stock, query="l", openNow="true") == found, moment


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"northEastLat": "1"}, "northEastLon, southWestLat, southWestLon is missing"),
        ({"northEastLat": "1", "northEastLon": "1", "southWestLat": "2", "southWestLon": "0"}, "is north of"),
        ({"latitude": "1"}, "longitude is missing"),
        ({"latitude": "91", "longitude": "1"}, "latitude is '91'; give a number from -90 to 90"),
        ({"latitude": "nan", "longitude": "1"}, "latitude is 'nan'"),
        ({"radius": "5"}, "without a point"),
        ({"openNow": "perhaps"}, "give true or false"),
        ({"count": "10001"}, "count is 10001; give a number from 1 to 10000"),
        ({"start": "100001"}, "start is 100001"),
        ({"retailerId": "x"}, "retailerId"),
    ],
)
async def test_what_cannot_be_asked(stock: Stage, query: dict[str, str], word: str) -> None:
    status, body = await stock.penstock.client.call("GET", PATH, **query)
    assert status == 400
    assert word in body["message"]


async def test_who_sees_which_places(stock: Stage) -> None:
    store = int(await stock.location_id("S1"))
    assistant = await stock.user("ann", "STORE_ASSISTANT", context="LOCATION", context_id=store)
    assert await refs(stock, assistant) == ["S1"]
    other = await stock.graphql(queries.CREATE_RETAILER, name="Other")
    stranger = await stock.user("rob", "DEVELOPER", context="RETAILER", context_id=int(other["id"]))
    assert await refs(stock, stranger) == []
    assert await refs(stock, stranger, retailerId=stock.retailer) == []
    nobody = await stock.user("joe", "ROLE_MANAGER", context="ACCOUNT", context_id=0)
    status, body = await nobody.call("GET", PATH)
    assert (status, body["message"]) == (403, "User does not have permission: LOCATION_VIEW")
