"""Uploaded plugins: from the wheel to the effect, and back to an older version (spec 11 §7, 13 §14)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from bundles import GREET, PLUGIN, audit, deploy, ready_to_pack, stores, wheel
from click.testing import CliRunner

from penstock.cli import main
from penstock.demo.client import read_connection

if TYPE_CHECKING:
    from pathlib import Path

    from stage import Stage

    from running import Running

pytest_plugins = ["worlds"]

LOCATION = "query ($ref: [String!]) { locations(ref: $ref) { edges { node { attributes { name value } } } } }"


async def _greeting(shop: Stage) -> str | None:
    found = await shop.penstock.client.graphql(LOCATION, ref=["SYD-01"])
    attributes = found["locations"]["edges"][0]["node"]["attributes"] or []
    return next((a["value"] for a in attributes if a["name"] == "greeting"), None)


async def test_an_uploaded_rule_runs_asks_and_acts_once_it_is_installed(shop: Stage) -> None:
    penstock = shop.penstock
    await shop.set("greeting", "welcome")
    await stores(penstock, Greet=[("PENSTOCK.loyalty.Greet", {"times": "2"})])

    await deploy(penstock, wheel("loyalty", f"VERSION = 1\n{GREET}"))
    id_ = await penstock.post("Greet", "LOCATION", "SYD-01")
    await penstock.settle()

    assert (await penstock.event_by_id(id_))["eventStatus"] == "SUCCESS", await audit(penstock, id_)
    assert await _greeting(shop) == '{"said": "welcome welcome", "version": 1}'
    kinds = [e["category"] for e in await audit(penstock, id_)]
    assert kinds == ["snapshot", "ruleSet", "rule", "ACTION", "CUSTOM"]


async def test_installing_another_version_changes_what_runs_and_an_older_one_is_the_way_back(shop: Stage) -> None:
    penstock = shop.penstock
    await stores(penstock, Greet=[("PENSTOCK.loyalty.Greet", {})])
    versions = [wheel("loyalty", f"VERSION = {n}\n{GREET}", f"{n}.0.0") for n in (1, 2)]

    assert await penstock.send("Greet", "LOCATION", "SYD-01") == "FAILED"  # no such rule yet
    for content, expected in ((versions[0], 1), (versions[1], 2), (versions[0], 1)):
        await deploy(penstock, content)
        assert await penstock.send("Greet", "LOCATION", "SYD-01") == "SUCCESS"
        assert await _greeting(shop) == f'{{"said": "hello", "version": {expected}}}'

    states = [await _status(penstock, f"PENSTOCK.loyalty::{n}.0.0") for n in (1, 2)]
    assert states == ["ACTIVE", "INACTIVE"]


async def test_a_rule_sees_the_tree_of_its_event_and_changes_it(shop: Stage) -> None:
    penstock = shop.penstock
    await ready_to_pack(shop)

    id_ = await penstock.post("Pack", "ORDER", "WEB-1")
    await penstock.settle()

    assert (await penstock.event_by_id(id_))["eventStatus"] == "SUCCESS", await audit(penstock, id_)
    told = await penstock.events(name="Packed", eventType="ORCHESTRATION")
    assert sorted((e["context"]["entityType"], e["eventStatus"]) for e in told) == [
        ("ARTICLE", "SUCCESS"),
        ("FULFILMENT", "SUCCESS"),
    ]
    values = [shop.values(e) for e in told]
    assert {"lines": 1, "product": "TSHIRT", "gift": True} in values
    (fulfilment,) = await shop.fulfilments("WEB-1")
    assert [a["ref"] for a in fulfilment["articles"]] == ["EXTRA"]


async def _status(penstock: Running, bundle: str) -> str:
    status, found = await penstock.client.call("GET", f"{PLUGIN}/{bundle}/status")
    assert status == 200, found
    return str(found["bundleStatus"])


async def test_the_command_line_uploads_installs_and_lists(shop: Stage, tmp_path: Path) -> None:
    connection, file = tmp_path / "connection.json", tmp_path / "loyalty-1.whl"
    connection.write_text(json.dumps({**shop.penstock.stored.credentials, "url": shop.penstock.url}))
    file.write_bytes(wheel("loyalty", f"VERSION = 1\n{GREET}"))

    async def penstock(*words: str, **environment: str) -> str:
        arguments = ["plugin", *words, *(() if environment else ("--connection", str(connection)))]
        runner = CliRunner(env=environment)
        said = (await asyncio.to_thread(runner.invoke, main, arguments)).output.splitlines(keepends=True)
        return "".join(line for line in said if "[warning" not in line)  # of the worker in this process

    bundle = "PENSTOCK.loyalty::1.0.0"
    assert await penstock("list") == "No bundle is active; --all lists the rules that every account has.\n"
    assert await penstock("upload", str(file)) == f"{bundle} is INSTALLED: PENSTOCK.loyalty.Greet\n"
    assert await penstock("install", bundle) == f"{bundle} is ACTIVE: PENSTOCK.loyalty.Greet\n"
    assert await penstock("status", bundle) == f"{bundle} is ACTIVE: PENSTOCK.loyalty.Greet\n"
    assert await penstock("list") == "PENSTOCK.loyalty.Greet  Greet {times} times\n"
    everything = await penstock("list", "--all")
    assert "PENSTOCK.loyalty.Greet  " in everything
    assert "PENSTOCK.core.SetState  " in everything
    refused = "Error: Penstock refused it: Bundle PENSTOCK.loyalty::2 does not exist in this account.\n"
    assert await penstock("install", "PENSTOCK.loyalty::2") == refused

    given = read_connection(connection)
    environment = {
        "PENSTOCK_URL": given.url,
        "PENSTOCK_ACCOUNT": given.account_id,
        "PENSTOCK_USERNAME": given.username,
        "PENSTOCK_PASSWORD": given.password,
        "PENSTOCK_CLIENT_ID": given.client_id,
        "PENSTOCK_CLIENT_SECRET": given.client_secret,
    }
    assert "PENSTOCK.loyalty.Greet" in await penstock("list", **environment)
    environment.pop("PENSTOCK_PASSWORD")
    assert "but not PENSTOCK_PASSWORD" in await penstock("list", **environment)


COUNT = """
from penstock.rules import Attribute, AttributeType, Log, rule

@rule("loyalty.Count", "Count points", accepts=["LOCATION"], attributes=[Attribute("points", AttributeType.INTEGER)])
def count(context):
    return [Log("Counted", str(context.attribute("points")))]
"""


async def test_an_event_lacks_what_an_uploaded_rule_declares(shop: Stage) -> None:
    penstock = shop.penstock
    changed = ("PENSTOCK.core.SetState", {"status": "INACTIVE"})
    await stores(penstock, Count=[changed, ("PENSTOCK.loyalty.Count", {})])
    await deploy(penstock, wheel("loyalty", COUNT))

    lacking = await penstock.sync("Count", "LOCATION", "SYD-01")
    wrong = await penstock.sync("Count", "LOCATION", "SYD-01", {"points": "many"})
    status, body = await penstock.sync("Count", "LOCATION", "SYD-01", {"points": 3})

    needed = "rule PENSTOCK.loyalty.Count of ruleset Count needs it"
    assert (lacking[0], lacking[1]["message"]) == (400, f"event Count does not have points attributes; {needed}")
    assert wrong[1]["message"] == f"event Count has points 'many', which is no INTEGER; {needed}"
    assert (status, body["eventStatus"]) == (200, "COMPLETE"), body
    assert [e["category"] for e in await audit(penstock, lacking[1]["eventId"])] == ["exception"], "nothing ran"


async def test_a_bundle_is_refused_whose_rule_declares_an_attribute_without_a_name(shop: Stage) -> None:
    odd = COUNT.replace('Attribute("points", AttributeType.INTEGER)', '["points"]')
    status, body = await shop.penstock.client.upload(f"{PLUGIN}/upload", wheel("loyalty", odd))
    assert status == 400
    assert "is no name of an attribute" in body["message"]
