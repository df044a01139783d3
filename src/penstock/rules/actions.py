"""What a rule returns: things to do, never done by the rule itself (spec 13 §7).

Updates, creations and joins take effect right after the rule; events, webhooks and mails wait for the end of
the ruleset. They are structs, since an order's way makes a hundred of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from penstock.model.rows import Row


class Update(msgspec.Struct, frozen=True):
    """Change fields of a row; ``attributes`` are upserted by name, everything else is replaced.

    ``tells``: the name of an event that tells the entity of it, where a field changes by it and the workflow has a
    ruleset of that name.
    """

    row: Row
    values: dict[str, Any]
    tells: str | None = None


class Create(msgspec.Struct, frozen=True):
    """Store a row made by ``Context.new``; orchestrated entities get their CREATE event."""

    row: Row


class Join(msgspec.Struct, frozen=True):
    """Connect two rows through a join table, named by the model: ``Join("wave_fulfilment", {"wave_id": 1, ...})``."""

    table: str
    columns: dict[str, int]


class SendEvent(msgspec.Struct, frozen=True):
    """Send an event to a row (None: the event's own entity).

    ``attributes`` None forwards those of the current event. ``at`` schedules it. ``root`` is the root of a row
    of another tree, where that tree is not the current one.
    """

    name: str
    to: Row | None = None
    attributes: dict[str, Any] | None = None
    at: datetime | None = None
    root: Row | None = None


class Promise(msgspec.Struct, frozen=True):
    """Reserve stock for a fulfilment, in the write that creates it (design, fixed point 7).

    ``amounts`` maps the id of an inventory position to the units promised; ``ref`` names each ledger row by the
    position's ref: ``"{position}:RESERVED:9001"``. Negative amounts give back: ``taken_over`` makes such a promise.
    """

    fulfilment_id: int
    amounts: dict[int, int]

    @classmethod
    def taken_over(cls, hold_id: int, amounts: dict[int, int]) -> Promise:
        """Return what ends a hold in this write: the units that it keeps are this context's to promise, at first."""
        return cls(hold_id, {position: -units for position, units in amounts.items()})

    @property
    def ends_hold(self) -> bool:
        """Return whether it gives back what the hold with this id keeps."""
        return any(units < 0 for units in self.amounts.values())


class Webhook(msgspec.Struct, frozen=True):
    """Post the current event to a URL, under another name."""

    url: str
    name: str
    attributes: dict[str, Any] | None = None


class Mail(msgspec.Struct, frozen=True):
    """Send a mail: ``to`` an address, with a subject of one line and a plain text.

    ``template`` names what it was made by, in logs; audits show all but the text.
    """

    template: str
    to: str
    subject: str
    text: str


class Log(msgspec.Struct, frozen=True):
    """Leave a CUSTOM audit event."""

    name: str
    message: str
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)


Action = Update | Create | Join | SendEvent | Promise | Webhook | Mail | Log
