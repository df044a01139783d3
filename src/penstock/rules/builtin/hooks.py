"""Posting to the address that a setting names (spec 14, 35 §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules import Log, Webhook
from penstock.rules.questions import Setting

if TYPE_CHECKING:
    from penstock.rules import Context


async def posted(
    context: Context, rule: str, setting: str, attributes: dict[str, Any] | None = None, name: str | None = None
) -> Webhook | Log:
    """Return the post of the event, with its own or other attributes, or a Log where the setting is missing.

    The setting is a JSON object with ``url`` and ``name``; without the latter the post is called ``name``, by default
    as the event is.
    """
    value = await context.ask(Setting(setting))
    found = value if isinstance(value, dict) else {}
    address, title = found.get("url"), found.get("name")
    if not isinstance(address, str) or not address:
        return Log(rule, f"setting {setting} is missing or has no url: nothing was sent")
    usual = name or context.event.name
    return Webhook(address, title if isinstance(title, str) and title else usual, attributes)
