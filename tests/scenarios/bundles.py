"""Wheels of rules, made of their sources, and the workflow that calls them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stage import Stage

    from running import Node, Running

PLUGIN = "/orchestration/rest/v1/plugin"
_ENTRY_POINTS = "[penstock.rules]\n{namespace} = {namespace}_rules\n"

GREET = '''
from penstock.rules import Context, Prop, PropType, Update, Log, rule
from penstock.rules.questions import Setting
import json

TIMES = Prop("times", "how often", PropType.INTEGER, default=1)

@rule("loyalty.Greet", "Greet {times} times", TIMES, accepts=["LOCATION"])
async def greet(context: Context):
    """Write a greeting from a setting into the location's attribute."""
    word = await context.ask(Setting("greeting"))
    value = json.dumps({"said": " ".join([word or "hello"] * context.prop("times")), "version": VERSION})
    return [
        Update(context.entity, {"attributes": [{"name": "greeting", "type": "STRING", "value": value}]}),
        Log("Greeted", value),
    ]
'''

TREE = """
from penstock.rules import Context, Create, Join, Log, Prop, PropType, SendEvent, Update, rule

@rule("tree.Pack", "Add a parcel", Prop("gift", "wrap it", PropType.BOOLEAN), accepts=["ORDER"])
def pack(context: Context):
    order = context.entity
    (fulfilment,) = context.rows("Fulfilment")
    items = context.many(fulfilment, "items")
    line = context.one(items[0], "orderItem")
    size = {"height": 1.0, "length": 1.0, "width": 1.0, "weight": 1.0}
    parcel = context.new("Article", ref="EXTRA", name="EXTRA", type="BOX", quantity=1, **size)
    told = {"lines": len(context.many(order, "items")), "product": line.product_ref, "gift": context.prop("gift")}
    return [
        Create(parcel),
        Join("article_fulfilment", {"article_id": parcel.id, "fulfilment_id": fulfilment.id}),
        Update(fulfilment, {"attributes": [{"name": "parcel", "type": "STRING", "value": str(parcel.id)}]}),
        SendEvent("Packed", to=fulfilment, attributes=told),
        SendEvent("Packed", to=parcel, attributes={}),
    ]
"""


def wheel(namespace: str, source: str, version: str = "1.0.0", **files: str) -> bytes:
    """Return a wheel whose module declares rules of a namespace; ``files`` replace or add some by name."""
    about = f"{namespace}_rules-{version}.dist-info"
    content = {
        f"{namespace}_rules/__init__.py": source,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {namespace}-rules\nVersion: {version}\n",
        f"{about}/entry_points.txt": _ENTRY_POINTS.format(namespace=namespace),
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    content |= {name.replace("ABOUT", about): text for name, text in files.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)  # the same bytes at any time
    return packed.getvalue()


async def deploy(penstock: Running, content: bytes) -> Node:
    """Upload a wheel and make it active; return what the API says about it."""
    status, uploaded = await penstock.client.upload(f"{PLUGIN}/upload", content)
    assert status == 200, uploaded
    name = f"{uploaded['bundleName']}::{uploaded['bundleVersion']}"
    status, installed = await penstock.client.call("POST", f"{PLUGIN}/install", {"bundleName": name})
    assert status == 200, installed
    return dict(installed)


async def stores(penstock: Running, **rulesets: Any) -> Node:
    """Let stores handle one more event each for these rulesets: name -> a rule's name and properties, or several.

    Return the workflow.
    """
    document = penstock.workflow("LOCATION::STORE")
    document["version"] = "1.1"
    for name, rules in rulesets.items():
        document["rulesets"].append(
            {
                "name": name,
                "type": "LOCATION",
                "eventType": "NORMAL",
                "triggers": [],
                "rules": [{"name": rule, "props": props} for rule, props in rules],
                "userActions": [],
            }
        )
    await penstock.install(document)
    return document


async def ready_to_pack(shop: Stage) -> None:
    """Deploy ``TREE``, whose rule adds a parcel to an order at the event Pack, and buy WEB-1."""
    await shop.fill(SYD_01={"TSHIRT": 5})
    document = shop.penstock.workflow("ORDER::HD")
    document["version"] = "1.1"
    rules = [{"name": "PENSTOCK.tree.Pack", "props": {"gift": "true"}}]
    for name, type_, called in (("Pack", "ORDER", rules), ("Packed", "FULFILMENT", []), ("Packed", "ARTICLE", [])):
        more = {"eventType": "NORMAL", "triggers": [], "rules": called, "userActions": []}
        document["rulesets"].append({"name": name, "type": type_, **more})
    await shop.penstock.install(document)
    await deploy(shop.penstock, wheel("tree", TREE))
    await shop.buy("WEB-1", ("TSHIRT", 2))


async def audit(penstock: Running, id_: str) -> list[Node]:
    """Return the audit entries of an event, oldest first."""
    return [e for e in reversed(await penstock.events(context__sourceEvents=id_)) if e["type"] != "ORCHESTRATION"]
