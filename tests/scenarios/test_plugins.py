"""Uploaded plugins: from the wheel to the effect, and back to an older version (spec 11 §7, 13 §14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundles import PLUGIN, audit, deploy, stores, wheel

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

GREET = '''
from penstock.rules import Context, Prop, PropType, Update, Log, rule
from penstock.rules.questions import Setting
import json

@rule("loyalty.Greet", "Greet {times} times", Prop("times", "how often", PropType.INTEGER, default=1), accepts=["LOCATION"])
async def greet(context: Context):
    """Write a greeting from a setting into the location's attribute."""
    word = await context.ask(Setting("greeting"))
    value = json.dumps({"said": " ".join([word or "hello"] * context.prop("times")), "version": VERSION})
    return [
        Update(context.entity, {"attributes": [{"name": "greeting", "type": "STRING", "value": value}]}),
        Log("Greeted", value),
    ]
'''
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
