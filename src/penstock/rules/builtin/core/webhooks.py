"""Telling outside systems (spec 14, 35 §1)."""

from __future__ import annotations

from penstock.rules import Context, Log, Prop, RuleError, Webhook, rule
from penstock.rules.builtin.hooks import posted
from penstock.rules.questions import Setting


@rule(
    "core.SendWebhook",
    "Post the event to the address that the setting {setting} names",
    Prop("setting", "name of a JSON setting with url and name", default=None),
    Prop("url", "address, where no setting is used", default=None),
    asks=Setting,
    webhooks=True,
    fails={400: "neither setting nor url is given"},
)
async def send_webhook(context: Context) -> list[Webhook | Log]:
    """Post the event, under the setting's name for it; a missing setting is only logged."""
    name, url = context.prop("setting"), context.prop("url")
    if name is None:
        if url is None:
            raise RuleError("SendWebhook needs the property setting or the property url")
        return [Webhook(url, context.event.name)]
    return [await posted(context, "SendWebhook", name)]
