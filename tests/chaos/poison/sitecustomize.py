"""Rules and records that a worker dies of. Python loads this file at its start where PYTHONPATH names this folder."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from penstock.rules import Action, Context, SendEvent, Update, rule


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


@rule("chaos.Sleep", "Do nothing for ever", accepts=["ORDER"])
def sleep(_context: Context) -> list[Action]:
    """Block the worker."""
    time.sleep(1_000)
    return []


@rule("chaos.Allocate", "Take ten gigabytes", accepts=["ORDER"])
def allocate(context: Context) -> list[Action]:
    """Fill them, so that they are really taken."""
    return [Update(context.entity, {"ref": str(len(b"x" * (10 << 30)))})]


@rule("chaos.Grow", "Take more and more", accepts=["ORDER"])
def grow(_context: Context) -> list[Action]:
    """Keep it all."""
    kept: list[bytes] = []
    while True:
        kept.append(b"x" * (1 << 20))


@rule("chaos.Raise", "Raise", accepts=["ORDER"])
def raise_(_context: Context) -> list[Action]:
    """Miss a key."""
    raise KeyError("colour")


@rule("chaos.Nonsense", "Return nonsense", accepts=["ORDER"])
def nonsense(_context: Context) -> Any:
    """Return a number."""
    return 42


@rule("chaos.Flood", "Send 100,000 events", accepts=["ORDER"])
def flood(_context: Context) -> list[Action]:
    """Send them to the order itself."""
    return [SendEvent("Mark") for _ in range(100_000)]


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


if "worker" in sys.orig_argv:
    import deadly_records

    deadly_records.spread()
