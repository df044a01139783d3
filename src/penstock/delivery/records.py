"""The tables of deliveries, and a webhook's or mail's row as rules make it.

A row of ``outbox`` is one webhook or mail from the write that wants it to the end of its life: it waits while ``due``
is set and stays in the log afterwards. What is on its way is held by a process (``holder``), so that no transaction is
open meanwhile. A row of ``delivery_attempt`` is one request, or one try to hand over a mail. The ``url`` of a mail is
``mailto:`` and its reader, its ``target`` the same for all (:mod:`penstock.delivery.mail.letters`).
"""

from __future__ import annotations

import uuid
from datetime import datetime

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)

from penstock.model.tables import metadata
from penstock.model.writes import register

PENDING, DELIVERED, FAILED = "PENDING", "DELIVERED", "FAILED"


class OutboxRow(msgspec.Struct, kw_only=True):
    """A webhook or mail that is to be delivered; ``event_id`` is the event whose ruleset sent it, an inline one too."""

    id: uuid.UUID
    event_id: uuid.UUID
    retailer_id: int
    name: str
    url: str
    target: str  # scheme, host and port, or "mail": what a circuit is kept for
    host: str
    body: str
    schedule: str
    root_type: str | None = None
    root_id: int | None = None
    root_ref: str | None = None
    created: datetime
    due: datetime  # not before this moment
    status: str = PENDING
    attempts: int = 0  # requests so far
    tries: int = 0  # those of the current run through the schedule
    trace: str | None = None  # the place in a trace, as a header traceparent


_WHEN = DateTime(timezone=True)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("retailer_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("root_type", Text),
    Column("root_id", BigInteger),
    Column("root_ref", Text),
    Column("created", _WHEN, nullable=False),
    Column("due", _WHEN),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("holder", Text, comment="the connection of the process that sends it"),
    Column("held_until", _WHEN),
    Column("settled", _WHEN),
    Column("trace", Text, comment="the place in a trace, as a header traceparent"),
    PrimaryKeyConstraint("id"),
)
_WAITS = outbox.c.due.is_not(None) & outbox.c.holder.is_(None)
Index("outbox_due_idx", outbox.c.target, outbox.c.due, postgresql_where=_WAITS)
Index("outbox_held_idx", outbox.c.holder, postgresql_where=outbox.c.holder.is_not(None))
Index("outbox_failed_idx", outbox.c.id, postgresql_where=outbox.c.status == FAILED)
Index("outbox_event_idx", outbox.c.event_id)
Index("outbox_root_id_idx", outbox.c.root_id, outbox.c.id)
Index("outbox_root_ref_idx", outbox.c.root_ref, outbox.c.id)
Index("outbox_host_idx", outbox.c.host, outbox.c.id)

attempt = Table(
    "delivery_attempt",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("delivery_id", Uuid, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("started", _WHEN, nullable=False),
    Column("stopped", _WHEN, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("code", Integer),
    Column("response", Text),
    Column("error", Text),
    PrimaryKeyConstraint("id"),
    ForeignKeyConstraint(["delivery_id"], ["outbox.id"], ondelete="CASCADE"),
)
Index("delivery_attempt_delivery_idx", attempt.c.delivery_id, attempt.c.attempt)
Index("delivery_attempt_event_idx", attempt.c.event_id)

circuit = Table(
    "webhook_circuit",
    metadata,
    Column("target", Text, nullable=False),
    Column("failures", Integer, nullable=False, comment="in a row"),
    Column("pauses", Integer, nullable=False, comment="in a row; 0: the circuit is closed"),
    Column("paused_until", _WHEN),
    Column("probe", Uuid, comment="the delivery that tries whether the target is back"),
    Column("error", Text),
    Column("changed", _WHEN, nullable=False),
    PrimaryKeyConstraint("target"),
)

key = Table(
    "webhook_key",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("bits", Integer, nullable=False),
    Column("rsa_public", Text, nullable=False),
    Column("ed25519_public", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created", _WHEN, nullable=False),
    Column("activated", _WHEN),
    Column("retired", _WHEN),
    PrimaryKeyConstraint("id"),
)
Index("webhook_key_active_idx", key.c.state, unique=True, postgresql_where=key.c.state == "ACTIVE")
Index("webhook_key_next_idx", key.c.state, unique=True, postgresql_where=key.c.state == "NEXT")

_TYPES = {
    "id": "uuid",
    "event_id": "uuid",
    "retailer_id": "bigint",
    "root_id": "bigint",
    "created": "timestamptz",
    "due": "timestamptz",
    "attempts": "integer",
    "tries": "integer",
}
register(OutboxRow, "outbox", {name: _TYPES.get(name, "text") for name in OutboxRow.__struct_fields__})
