"""Rules that a worker dies of. Python loads this file at its start where PYTHONPATH names this folder."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from penstock.rules import Action, Context, Update, rule


@rule("chaos.Die", "Kill the process", accepts=["ORDER"])
def die(_context: Context) -> list[Action]:
    """Take a moment, then die."""
    time.sleep(0.4)
    os.kill(os.getpid(), signal.SIGKILL)
    return []


@rule("chaos.Hang", "Compute for ever", accepts=["ORDER"])
def hang(_context: Context) -> list[Action]:
    """Never come back."""
    while True:
        pass


@rule("chaos.Mark", "Add the event's mark to the order's attribute ``marks``", accepts=["ORDER"], attributes=["mark"])
def mark(context: Context) -> list[Action]:
    """Remember in which order events ran."""
    before: list[Any] = next((a["value"] for a in context.entity.attributes or () if a["name"] == "marks"), [])
    value = [*before, context.attribute("mark")]
    return [Update(context.entity, {"attributes": [{"name": "marks", "type": "JSON", "value": value}]})]


@rule("chaos.Break", "Give the order what the database refuses", accepts=["ORDER"])
def break_(context: Context) -> list[Action]:
    """Write a text where a number belongs."""
    return [Update(context.entity, {"total_price": "much"})]
