"""Mails from the rule to the mail server, and what the API and the history tell about them (spec 35 §10)."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from histories import histories
from stage import Stage

from mailserver import taking
from penstock.mailing.server import mail_server
from running import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mailserver import Server
    from running import Node, Stored

pytest_plugins = ["worlds"]

SYDNEY = (-33.868, 151.209)
PATH = "/api/v4.1/webhook/delivery"
SETTING = "notification.template.shipped"
OWN = {"subject": "{{order.ref}} is coming", "text": "Dear {{customer.firstName}}, your PIN is 4711."}


@asynccontextmanager
async def opened(stored: Stored, server: Server) -> AsyncIterator[Stage]:
    """Yield a stage whose workers give mails to this server."""
    chosen = mail_server(f"smtp+plain://127.0.0.1:{server.port}", "North <orders@north.example>")
    async with running(stored, secret="a secret of the tests, of 32 and more", mail=chosen) as penstock:
        yield Stage(penstock, SYDNEY)


async def tell(shop: Stage, ref: str, **props: str) -> str:
    """Send an event whose own workflow sends a mail; return its id."""
    rules = [{"name": "PENSTOCK.core.SendEmail", "props": {"template": "shipped", "eventName": "Told", **props}}]
    heard = [{"name": "PENSTOCK.core.SetState", "props": {"status": "TOLD"}}]
    about: Node = {"type": "ORDER", "eventType": "NORMAL", "triggers": []}
    rulesets = [{**about, "name": "Tell", "rules": rules}, {**about, "name": "Told", "rules": heard}]
    workflow = {"version": "1.0", "entityType": "ORDER", "settings": {}, "rulesets": rulesets}
    id_ = await shop.penstock.post("Tell", "ORDER", ref, meta={"workflow": workflow})
    await shop.penstock.settle()
    return id_


async def settled(shop: Stage, event: str) -> Node:
    """Return the delivery of an event, with its details, once it has come to its end."""
    async with asyncio.timeout(60):
        while True:
            _, page = await shop.penstock.client.call("GET", PATH, None, eventId=event)
            if page["results"] and page["results"][0]["settledOn"]:
                _, details = await shop.penstock.client.call("GET", f"{PATH}/{page['results'][0]['id']}")
                return dict(details)
            await asyncio.sleep(0.02)


async def test_a_mail_goes_out_and_its_text_stands_nowhere_else(order_world: Stored) -> None:
    stored = await order_world.copy()
    async with taking() as server, opened(stored, server) as shop:
        await shop.buy("M-1", ("TSHIRT", 1))
        await shop.set(SETTING, OWN)
        id_ = await tell(shop, "M-1", to="customer")
        await server.until(1)
        delivery = await settled(shop, id_)
        (mail,) = server.mails
        assert (mail.message["To"], mail.message["Subject"]) == ("ana@example.com", "M-1 is coming")
        assert mail.message.get_content().strip() == "Dear Ana, your PIN is 4711."
        assert (delivery["status"], delivery["name"], delivery["target"]) == ("DELIVERED", "shipped", "mail")
        assert delivery["retrySchedule"] == "exponential"
        assert json.loads(delivery["body"]).keys() == {"template", "to", "subject", "entity", "created"}
        assert (await shop.statuses("M-1"))[0] == "TOLD"
        audit = await shop.penstock.events(context__sourceEvents=id_)
        (sent,) = [shop.values(e) for e in audit if e["name"] == "Send Mail" and e["category"] == "ACTION"]
        assert (sent["url"], sent["responseCode"], sent["attempt"]) == ("mailto:ana@example.com", 250, 1)
        assert json.loads(sent["request"]) == json.loads(delivery["body"])
        assert [e["name"] for e in await shop.penstock.events(name="Send Mail")] == ["Send Mail"]
        (queued,) = [shop.values(e) for e in audit if e["name"] == "Queue Mail" and e["category"] == "CUSTOM"]
        assert (queued["template"], queued["to"], queued["subject"]) == ("shipped", "ana@example.com", "M-1 is coming")
        told = [e for e in audit if e["category"] in {"ACTION", "CUSTOM"}]
        assert "4711" not in json.dumps(told)
    await stored.drop()


async def test_a_replay_sends_nothing(order_world: Stored) -> None:
    stored = await order_world.copy()
    async with taking() as server:
        async with opened(stored, server) as shop:
            await shop.buy("M-2", ("TSHIRT", 1))
            await settled(shop, await tell(shop, "M-2", to="customer"))
        assert len(server.mails) == 1
        async with histories(stored) as house:
            done = await house.replay(await house.subject("ORDER", "M-2"))
        assert [s.difference for s in done.steps if s.difference] == []
        assert done.ending is not None
        assert done.ending.verdict == "EQUAL"
        async with opened(stored, server) as shop:
            await shop.penstock.settle()
            _, page = await shop.penstock.client.call("GET", PATH, None, rootEntityRef="M-2")
        assert (len(page["results"]), len(server.mails)) == (1, 1)
    await stored.drop()


async def test_a_mail_that_cannot_be_written_fails_its_event(order_world: Stored) -> None:
    stored = await order_world.copy()
    async with taking() as server, opened(stored, server) as shop:
        await shop.buy("M-3", ("TSHIRT", 1))
        id_ = await tell(shop, "M-3", to="{{event.attributes.email}}")
        event = await shop.penstock.event_by_id(id_)
        assert event["eventStatus"] == "FAILED"
        (failed,) = [e for e in await shop.penstock.events(context__sourceEvents=id_) if e["category"] == "exception"]
        assert "{{event.attributes.email}} leads nowhere" in shop.values(failed)["message"]
        assert (await shop.statuses("M-3"))[0] != "TOLD"
        assert (await shop.penstock.client.call("GET", PATH, None, eventId=id_))[1]["results"] == []
    await stored.drop()
