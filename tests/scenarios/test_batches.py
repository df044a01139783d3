"""What becomes of batches: stock, places, categories and retailers (spec 11 §4; 20 §6, §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockloads import JOB, changes_of, codes, completed, count, counters, job, loaded, send, settings_known

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

_CATEGORY = """query ($ref: String!, $in: ProductCatalogueKey!) {
  category(ref: $ref, catalogue: $in) { name summary type status parentCategory { ref } } }"""
_LOCATION = """query ($ref: [String]) { locations(ref: $ref) { edges { node {
  id name type status primaryAddress { ref city latitude } openingSchedule { allHours monStart monEnd } } } } }"""


async def test_counts_become_stock(stock: Stage) -> None:
    extra = {"retailerId": int(stock.retailer), "attributes": {"condition": "NEW", "storageAreaRef": "A1", "lot": 7}}
    batch = await loaded(stock, count("A", "S1", 40, **extra), count("B", "S2", "7"), source="ERP")
    assert counters(batch) == (2, 2, 0, 0)
    assert batch["results"] == [
        {"entityRef": "A:S1", "responseCode": "200", "message": "OK"},
        {"entityRef": "B:S2", "responseCode": "200", "message": "OK"},
    ]
    assert (await stock.on_hand("A", "S1"), await stock.on_hand("B", "S2")) == (40, 7)
    assert await stock.sellable("A", "S1") == 40
    events = await stock.penstock.events(name="InventoryChanged", eventType="ORCHESTRATION")
    (event,) = (e for e in events if stock.values(e)["inventoryPosition"]["ref"] == "A:S1:DEFAULT")
    assert (event["source"], event["generatedBy"], event["eventStatus"]) == ("ERP", "admin", "SUCCESS")
    assert stock.values(event)["inventoryPosition"] == {
        "ref": "A:S1:DEFAULT",
        "type": "DEFAULT",
        "productRef": "A",
        "locationRef": "S1",
        "qty": 40,
        "correctedQty": 0,
        "condition": None,
        "expectedOn": None,
        "storageAreaRef": None,
        "inventoryQuantity": {
            "ref": None,
            "qty": 40,
            "type": "LAST_ON_HAND",
            "status": None,
            "attributes": extra["attributes"],
        },
    }


async def test_a_batch_leaves_an_event_that_leads_to_those_of_its_records(stock: Stage) -> None:
    await loaded(stock, count("A", "S1", 40), count("A", "S2", None))
    (event,) = await stock.penstock.events(context__entityType="BATCH", context__rootEntityType="JOB")
    assert (event["name"], event["eventStatus"]) == ("BatchComplete", "SUCCESS")
    assert stock.values(event) == {"recordType": "INVENTORY", "total": 2, "skipped": 0, "failed": 1}
    job_id = event["context"]["rootEntityId"]
    assert await stock.penstock.events(context__rootEntityId=job_id, context__entityType="BATCH") == [event]
    assert await stock.penstock.event_by_id(event["id"]) == event
    caused = await stock.penstock.events(context__sourceEvents=event["id"], eventType="ORCHESTRATION")
    assert [e["name"] for e in caused] == ["InventoryChanged"]


async def test_a_record_that_is_wrong_fails_alone(stock: Stage) -> None:
    wrong = [
        count("", "S1", 1),
        count("A", "S1", None),
        count("A", "S1", "many"),
        count("A", "S1", 1.5),
        count("A", "S1", -1),
        count("A", "S1", 2**31),
        count("A", "S1", 1, correctedQty="x"),
        count("A", "S1", 1, retailerId="one"),
        count("A" * 256, "S1", 1),
        count("A", "S1", 1, attributes=[]),
        count("A", "S1", 1, retailerId=99),
    ]
    batch = await loaded(stock, *wrong, count("A", "S1", 3.0), count("A", "S1", -3, type="ADJUSTMENT"))
    assert codes(batch) == ["400"] * 10 + ["404", "200", "200"]
    assert counters(batch) == (13, 13, 0, 11)
    said = [result["message"] for result in batch["results"]]
    for number, word in enumerate(["skuRef", "qty", "qty", "qty", "qty", "qty", "correctedQty", "retailerId"]):
        assert word in said[number], said
    assert said[10] == "Retailer 99 not found"
    assert await stock.on_hand("A", "S1") == 3
    missing = await loaded(stock, count("A", "S1", 3), catalogueRef="NONE")
    assert (codes(missing), counters(missing)) == (["404"], (1, 1, 0, 1))
    assert "NONE" in missing["results"][0]["message"]


async def test_pre_processing_is_on_unless_setting_or_job_say_otherwise(stock: Stage) -> None:
    same = count("A", "S1", 40)
    await loaded(stock, same)
    for meta, skipped in (({}, 1), ({"preprocessing": "no"}, 1), ({"preprocessing": "skip"}, 0)):
        before = await changes_of(stock)
        batch = await loaded(stock, same, meta=meta)
        assert (counters(batch), codes(batch)) == ((1, 1, skipped, 0), ["200"]), meta
        assert await changes_of(stock) - before == 1 - skipped, meta
    await stock.set("fc.enable.batch.preprocessing", "FALSE", context="ACCOUNT", context_id=0)
    await settings_known(stock)
    assert counters(await loaded(stock, same)) == (1, 1, 0, 0)
    await stock.set("fc.enable.batch.preprocessing", "true")
    await settings_known(stock)
    assert counters(await loaded(stock, same)) == (1, 1, 1, 0)


async def test_what_a_count_would_change_is_not_left_out(stock: Stage) -> None:
    await loaded(stock, count("A", "S1", 40))
    assert counters(await loaded(stock, count("A", "S1", 40, status="ACTIVE")))[2] == 1
    assert counters(await loaded(stock, count("A", "S1", 40, status="INACTIVE")))[2] == 0
    assert counters(await loaded(stock, count("A", "S1", 40, ref="A:S1:DEFAULT:LAST_ON_HAND")))[2] == 1
    assert counters(await loaded(stock, count("A", "S1", 41)))[2] == 0
    assert counters(await loaded(stock, count("A", "S1", 5, type="EXPECTED")))[2] == 0
    assert counters(await loaded(stock, count("A", "S1", 5, type="EXPECTED")))[2] == 1
    await stock.delta((None, "A", "S1", -2))
    assert await stock.on_hand("A", "S1") == 39
    only_sales = {"hasRelatedInventoryQuantities": [{"type": "SALE", "status": "ACTIVE"}]}
    assert counters(await loaded(stock, count("A", "S1", 41), conditions=only_sales))[2] == 1
    assert await stock.on_hand("A", "S1") == 39
    assert counters(await loaded(stock, count("A", "S1", 41)))[2] == 0
    assert await stock.on_hand("A", "S1") == 41
    assert counters(await loaded(stock, count("A", "S1", 41)))[2] == 1


async def test_a_reservation_does_not_keep_a_count_from_being_unchanged(stock: Stage) -> None:
    await loaded(stock, count("A", "S1", 40))
    assert await stock.buy("O1", ("A", 3)) == ["S1[A3]"]
    assert "RESERVED -3" in await stock.ledger("A", "S1")
    assert counters(await loaded(stock, count("A", "S1", 40)))[2] == 1


async def test_a_count_without_a_ref_is_compared_with_the_one_that_it_would_change(stock: Stage) -> None:
    assert counters(await loaded(stock, count("A", "S1", 40, ref="OWN")))[2] == 0
    assert counters(await loaded(stock, count("A", "S1", 40)))[2] == 1
    assert counters(await loaded(stock, count("A", "S1", 41)))[2] == 0
    assert counters(await loaded(stock, count("A", "S1", 41, ref="OWN")))[2] == 1
    assert counters(await loaded(stock, count("A", "S1", 41, ref="OTHER")))[2] == 0
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 41", "LAST_ON_HAND 41"]
    assert counters(await loaded(stock, count("A", "S1", 41), count("A", "S1", 41, status="CREATED")))[2] == 1


async def test_of_records_that_count_the_same_the_last_one_counts(stock: Stage) -> None:
    await loaded(stock, count("A", "S1", 3))
    # The last one is what is stored, so nothing is left of the first; a wrong one replaces nothing.
    batch = await loaded(stock, count("A", "S1", 5), count("A", "S1", 3), count("A", "S1", "?"))
    assert (counters(batch), codes(batch)) == ((3, 3, 2, 1), ["200", "200", "400"])
    assert await stock.on_hand("A", "S1") == 3
    before = await changes_of(stock)
    assert counters(await loaded(stock, *(count("A", "S1", n) for n in (4, 5, 6))))[2] == 2
    assert (await stock.on_hand("A", "S1"), await changes_of(stock) - before) == (6, 1)
    await loaded(stock, *(count("A", "S1", n) for n in (7, 8)), meta={"preprocessing": "skip"})
    assert (await stock.on_hand("A", "S1"), await changes_of(stock) - before) == (8, 3)
    # A count that equals the stored one still ends what comes before it.
    await loaded(stock, count("A", "S1", -2, type="DELTA"), count("A", "S1", 8))
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 8"]
    between = [count(f"P{n}", "S1", 1) for n in range(1_000)]  # so that the two are in different portions
    await loaded(stock, count("A", "S1", -2, type="DELTA"), *between, count("A", "S1", 8))
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 8"]
    await stock.penstock.settle()


async def test_batches_of_a_retailer_keep_their_order(stock: Stage) -> None:
    client = stock.penstock.client
    await loaded(stock, count("A", "S1", 3))
    jobs = [await job(client, stock.retailer) for _ in range(2)]
    sent = [(jobs[n % 2], await send(client, jobs[n % 2], [count("A", "S1", n)])) for n in (9, 8, 7, 3)]
    for job_id, batch in sent:
        await completed(client, job_id, batch)
    await stock.penstock.settle()
    assert await stock.on_hand("A", "S1") == 3


async def test_a_large_batch_is_brought_in_portion_by_portion(stock: Stage) -> None:
    client = stock.penstock.client
    job_id = await job(client, stock.retailer)
    records = [count(f"P{n}", "S1", n) for n in range(1_203)]
    batch = await send(client, job_id, records)
    done = await completed(client, job_id, batch)
    assert counters(done) == (1_203, 1_203, 0, 0)
    assert [r["entityRef"] for r in done["results"]] == [f"P{n}:S1" for n in range(1_203)]
    page = (await client.call("GET", f"{JOB}/{job_id}/batch/{batch}", start="495", count="10"))[1]
    assert (page["start"], page["count"], page["total"]) == (495, 10, 1_203)
    assert [r["entityRef"] for r in page["results"]] == [f"P{n}:S1" for n in range(495, 505)]
    outcome = (await client.call("GET", f"{JOB}/{job_id}/results"))[1]
    assert (outcome["totalBatches"], outcome["successfulBatches"], outcome["failedBatches"]) == (1, 1, 0)
    await stock.penstock.settle()
    # The product is unknown; its position waits for it (spec 20 §7.5).
    position = await stock.position("P1202", "S1")
    assert position is not None
    assert (position["onHand"], await stock.virtual("P1202", "S1")) == (1_202, None)


async def test_locations_are_created_and_changed(stock: Stage) -> None:
    place = {"name": "North", "type": "STORE", "address": {"city": "Sydney", "latitude": -33.8, "longitude": "151.2"}}
    hours = {"allHours": False, "monStart": 900, "monEnd": 1700}
    wrong = {"locationRef": "N3", "name": "x", "type": "STORE", "address": {"latitude": "north", "longitude": 1}}
    batch = await loaded(
        stock,
        {"locationRef": "N1", **place, "openingHours": hours, "uom": "ignored"},
        {"locationRef": "N2", **place, "retailerId": stock.retailer},
        wrong,
        {"name": "without a ref"},
        {"locationRef": "N4", "name": "x", "type": "STORE"},
        {"locationRef": "N5", **place, "retailerId": "99"},
        kind="LOCATION",
    )
    assert codes(batch) == ["200", "200", "400", "400", "400", "404"], batch
    assert [r.get("entityRef") for r in batch["results"]] == ["N1", "N2", "N3", None, "N4", "N5"]
    found = await stock.penstock.client.graphql(_LOCATION, ref=["N1", "N2", "N3"])
    first, second = sorted((e["node"] for e in found["locations"]["edges"]), key=lambda n: int(n["id"]))
    assert first["id"] == batch["results"][0]["entityId"]
    assert (first["status"], first["name"]) == ("ACTIVE", "North"), "its CREATE event ran"
    assert first["primaryAddress"] == {"ref": "N1", "city": "Sydney", "latitude": -33.8}
    assert first["openingSchedule"] == {"allHours": False, "monStart": 900, "monEnd": 1700}
    assert second["openingSchedule"]["allHours"] is True

    change = {
        "name": "Far north",
        "status": "INACTIVE",
        "address": {"city": "Darwin"},
        "openingHours": {"monEnd": 1800},
    }
    again = await loaded(stock, {"locationRef": "N1", **change}, kind="LOCATION")
    assert again["results"] == [
        {"entityId": first["id"], "entityRef": "N1", "responseCode": "200", "message": "OK"},
    ]
    (edge,) = (await stock.penstock.client.graphql(_LOCATION, ref=["N1"]))["locations"]["edges"]
    assert (edge["node"]["name"], edge["node"]["status"]) == ("Far north", "INACTIVE")
    assert edge["node"]["primaryAddress"] == {"ref": "N1", "city": "Darwin", "latitude": -33.8}
    assert edge["node"]["openingSchedule"] == {"allHours": False, "monStart": 900, "monEnd": 1800}


async def test_categories_are_created_and_changed(stock: Stage) -> None:
    in_ = {"ref": f"PC:MASTER:{stock.retailer}"}
    child = {"categoryRef": "SHOES", "name": "Shoes", "parentCategoryRef": "WEAR", "catalogueRef": in_["ref"]}
    batch = await loaded(
        stock,
        {"categoryRef": "WEAR", "name": "Wear", "summary": "What one wears"},
        child,
        {"categoryRef": "HATS", "name": "Hats", "parentCategoryRef": "NONE"},
        {"categoryRef": "COATS", "name": "Coats", "catalogueRef": "NONE"},
        {"name": "without a ref"},
        kind="CATEGORY",
    )
    assert codes(batch) == ["200", "200", "404", "404", "400"], batch
    again = await loaded(stock, {"categoryRef": "SHOES", "name": "Footwear"}, kind="CATEGORY")
    assert codes(again) == ["200"], again
    found = (await stock.penstock.client.graphql(_CATEGORY, ref="SHOES", **{"in": in_}))["category"]
    assert (found["name"], found["parentCategory"]) == ("Footwear", {"ref": "WEAR"})
    created = await stock.penstock.events(name="CREATE", context__entityType="CATEGORY")
    assert sorted(e["context"]["entityRef"] for e in created if e["type"] == "ORCHESTRATION") == [
        "CAT1",
        "SHOES",
        "WEAR",
    ]


async def test_what_the_sender_may_not_do_is_not_done(stock: Stage) -> None:
    loader = ["JOB_CREATE", "JOB_VIEW", "BATCH_CREATE", "BATCH_VIEW"]
    role = """mutation ($input: CreateRoleInput) { createRole(input: $input) { id } }"""
    await stock.graphql(role, name="LOADER", permissions=[{"name": name} for name in loader])
    other = await stock.second_retailer()
    theirs = other["retailer"]["id"]
    client = await stock.user("loader", "LOADER", context="RETAILER", context_id=int(stock.retailer))
    job_id = await job(client, stock.retailer)
    records = [count("A", "S1", 1), count("A", "S1", 1, retailerId=theirs)]
    done = await completed(client, job_id, await send(client, job_id, records))
    assert codes(done) == ["200", "301"]
    place = {"locationRef": "N1", "name": "N", "type": "STORE", "address": {"latitude": 1, "longitude": 1}}
    done = await completed(client, job_id, await send(client, job_id, [place], "LOCATION"))
    assert codes(done) == ["301"]
    assert "LOCATION_CREATE" in done["results"][0]["message"]
    # The other retailer's catalogue is none of the first's.
    make = """mutation ($input: CreateInventoryCatalogueInput) { createInventoryCatalogue(input: $input) { ref } }"""
    await stock.graphql(make, ref="THEIRS", type="DEFAULT", name="Theirs", retailerRefs=["OTHER"])
    done = await completed(client, job_id, await send(client, job_id, records[:1], catalogueRef="THEIRS"))
    assert codes(done) == ["404"]


async def test_retailers_come_with_an_administrator_whose_password_is_shown_once(stock: Stage) -> None:
    client = stock.penstock.client
    job_id = await job(client, "0")
    north = {"retailerId": "NORTH", "retailerName": "North Outfitters", "tradingName": "North", "region": "AU"}
    records = [north, {"retailerId": "SOUTH", "retailerName": "x" * 46}, {"retailerId": "EAST"}, north]
    batch = await send(client, job_id, records, "RETAILER")
    deputy = await stock.user("deputy", "ADMIN", context="ACCOUNT", context_id=0)
    seen = await completed(deputy, job_id, batch)
    assert codes(seen) == ["200", "400", "400", "400"], seen
    assert not any("password" in result for result in seen["results"]), "it is for whoever sent the batch"
    row = (await completed(client, job_id, batch))["results"][0]
    assert (row["entityRef"], row["username"], len(row["password"])) == ("NORTH", "NORTH_admin", 24)
    again = (await completed(client, job_id, batch))["results"][0]
    assert {**again, "password": row["password"]} == row
    assert "password" not in again

    credentials = {**stock.penstock.stored.credentials, "username": "NORTH_admin", "password": row["password"]}
    guest = stock.penstock.guest(credentials)
    me = "{ me { username primaryRetailer { id ref } roles { role { name } contexts { contextType contextId } } } }"
    held = {"contextType": "RETAILER", "contextId": row["entityId"]}
    assert (await guest.graphql(me))["me"] == {
        "username": "NORTH_admin",
        "primaryRetailer": {"id": row["entityId"], "ref": "NORTH"},
        "roles": [{"role": {"name": "ADMIN"}, "contexts": [held]}],
    }
    assert (await guest.call("POST", JOB, {"name": "own", "retailerId": row["entityId"]}))[0] == 200
    assert (await guest.call("POST", JOB, {"name": "other", "retailerId": stock.retailer}))[0] == 403
