"""The engine's own tables, and their rows in memory.

``pending_event`` is the queue: small, hot, rows leave it when they are done. ``event`` is the log: rows are
appended once, with their trace, and never change; it is partitioned by the week in which events came in
(``orchestration/log/partitions.py``).
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import BIT, JSONB

from penstock.model.tables import metadata
from penstock.model.writes import register

# The last bits of an external event's id are zero. Inline children count in the upper part of them, the audit
# entries of each event in the lower.
AUDIT_BITS = 14
INLINE_BITS = 10 + AUDIT_BITS
INLINE_MASK = (1 << INLINE_BITS) - 1
MARKS = 512  # bits
UNSTORED = "the changes of event"  # how the failure of a context begins that was executed, but not written


def numbered(base: uuid.UUID, number: int) -> uuid.UUID:
    """Return the id of the n-th event of a context; the external one is number 0."""
    return uuid.UUID(int=(base.int & ~INLINE_MASK) | number << AUDIT_BITS)


class PendingEvent(msgspec.Struct):
    """An event that waits to be processed."""

    id: uuid.UUID
    lane: int
    name: str
    retailer_id: int
    entity_type: str
    attributes: dict[str, Any]
    created: datetime
    type: str = "NORMAL"
    entity_id: int | None = None
    entity_ref: str | None = None
    entity_subtype: str | None = None
    root_type: str | None = None
    root_id: int | None = None
    root_ref: str | None = None
    meta: dict[str, Any] | None = None
    source: str | None = None
    generated_by: str | None = None
    due: datetime | None = None  # not before this moment
    scheduled: bool = False
    parent: uuid.UUID | None = None
    attempts: int = 0
    sync: bool = False  # somebody waits for the end
    members: int | None = None  # how many events it stands for; see orchestration/sets


class EventRecord(msgspec.Struct):
    """An event that is done, with the trace of what happened."""

    id: uuid.UUID
    name: str
    type: str
    retailer_id: int
    entity_type: str
    entity_id: int | None
    entity_ref: str | None
    root_type: str | None
    root_id: int | None
    root_ref: str | None
    status: str
    source: str | None
    generated_by: str | None
    created: datetime
    done: datetime
    parent: uuid.UUID | None
    names: list[str]  # of the event and its inline children
    failure: str | None  # message of the failure, for whoever waits
    code: int | None  # its HTTP-like code
    trace: bytes
    # What a search has to know of the trace before it opens it (orchestration/log/marks.py). None in rows that
    # were written before these columns existed: whatever is asked for may be in them.
    ended: datetime | None = None  # the moment of its last entry
    lane: int | None = None  # where it is not that of the root
    marks: str | None = None
    failed: bool | None = None  # whether anything in it FAILED
    events: int | None = None  # it and its inline children
    entries: int | None = None  # of their audit
    members: int | None = None  # how many events were executed as one
    keys: list[int] | None = None  # what these are about; see orchestration/log/keys.py

    @classmethod
    def of(cls, event: PendingEvent, status: str, names: list[str], trace: bytes, done: datetime) -> EventRecord:
        """Return the record of an event that came to an end at ``done``."""
        return cls(
            event.id,
            event.name,
            event.type,
            event.retailer_id,
            event.entity_type,
            event.entity_id,
            event.entity_ref,
            event.root_type,
            event.root_id,
            event.root_ref,
            status,
            event.source,
            event.generated_by,
            event.created,
            done,
            event.parent,
            names,
            None,
            None,
            trace,
        )


class ActivePlugin(NamedTuple):
    """A bundle of rules that an account has uploaded and activated; its rules as the rule list gives them."""

    name: str  # "ACME.loyalty"
    version: str
    digest: str  # SHA-256 of its content, in hexadecimal
    modules: tuple[str, ...]  # that declare its rules
    rules: dict[str, dict[str, Any]]  # by "<namespace>.<Rule>"


_WHEN = DateTime(timezone=True)

pending_event = Table(
    "pending_event",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("seq", BigInteger, Identity(always=False), nullable=False),
    Column("lane", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("retailer_id", BigInteger, nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("entity_id", BigInteger),
    Column("entity_ref", Text),
    Column("entity_subtype", Text),
    Column("root_type", Text),
    Column("root_id", BigInteger),
    Column("root_ref", Text),
    Column("attributes", JSONB, nullable=False),
    Column("meta", JSONB),
    Column("source", Text),
    Column("generated_by", Text),
    Column("created", _WHEN, nullable=False),
    Column("due", _WHEN),
    Column("scheduled", Boolean, nullable=False),
    Column("parent", Uuid),
    Column("attempts", SmallInteger, nullable=False),
    Column("sync", Boolean, nullable=False),
    Column("members", Integer, comment="of a set"),
    PrimaryKeyConstraint("id"),
)
Index(
    "pending_event_lane_idx",
    pending_event.c.lane,
    pending_event.c.seq,
    postgresql_where=~pending_event.c.scheduled,
)
Index("pending_event_attended_idx", pending_event.c.lane, postgresql_where=pending_event.c.sync)
Index("pending_event_due_idx", pending_event.c.due, postgresql_where=pending_event.c.scheduled)
Index("pending_event_root_idx", pending_event.c.root_id)

event = Table(
    "event",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("retailer_id", BigInteger, nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("entity_id", BigInteger),
    Column("entity_ref", Text),
    Column("root_type", Text),
    Column("root_id", BigInteger),
    Column("root_ref", Text),
    Column("status", Text, nullable=False),
    Column("source", Text),
    Column("generated_by", Text),
    Column("created", _WHEN, nullable=False),
    Column("done", _WHEN, nullable=False),
    Column("parent", Uuid),
    Column("names", ARRAY(Text), nullable=False),
    Column("failure", Text),
    Column("code", Integer),
    Column("trace", LargeBinary, nullable=False),
    Column("ended", _WHEN),
    Column("lane", BigInteger),
    Column("marks", BIT(MARKS)),
    Column("failed", Boolean),
    Column("events", Integer),
    Column("entries", Integer),
    Column("members", Integer, comment="of a set"),
    Column("keys", ARRAY(Integer), comment="ids and refs of their entities, as numbers"),
    PrimaryKeyConstraint("id"),
    postgresql_partition_by="RANGE (id)",
)
ENDED = "coalesce(ended, done)"
LATE = f"{ENDED} - created > interval '00:01:00'"  # went on long after it came in, such as a timer
Index("event_root_idx", event.c.root_id, event.c.id)
Index("event_parent_idx", event.c.parent, postgresql_where=event.c.parent.is_not(None))
Index("event_lane_idx", event.c.lane, event.c.id, postgresql_where=event.c.lane.is_not(None))
Index("event_failed_idx", event.c.id, postgresql_where=event.c.failed.is_not(False))
Index("event_late_idx", func.coalesce(event.c.ended, event.c.done), postgresql_where=text(LATE))
Index("event_rootless_idx", event.c.id, postgresql_where=event.c.root_id.is_(None))
Index("event_sets_idx", event.c.id, postgresql_where=event.c.members.is_not(None))
Index("event_unmarked_idx", event.c.id, postgresql_where=event.c.marks.is_(None))

worker = Table(
    "worker",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("alive", Boolean, nullable=False),
    Column("heartbeat", _WHEN, nullable=False),
    Column("backend", Integer, nullable=False, comment="process id of its lease connection"),
    Column("backend_start", _WHEN, nullable=False),
    Column("events", ARRAY(Uuid), nullable=False, comment="what it works on"),
    Column("metrics", LargeBinary, comment="what it counted, for whoever serves /metrics"),
    PrimaryKeyConstraint("id"),
)

slot = Table(
    "slot",
    metadata,
    Column("slot", SmallInteger, nullable=False, autoincrement=False),
    Column("worker", Uuid),
    PrimaryKeyConstraint("slot"),
)

workflow = Table(
    "workflow",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("retailer_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("major", Integer, nullable=False),
    Column("minor", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("created_by", Text),
    Column("created_on", _WHEN, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("retailer_id", "name", "major", "minor"),
)

plugin = Table(
    "plugin",
    metadata,
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("modules", ARRAY(Text), nullable=False),
    Column("rules", JSONB, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_on", _WHEN, nullable=False),
    Column("activated_on", _WHEN),
    PrimaryKeyConstraint("name", "version"),
)
Index("plugin_active_idx", plugin.c.name, unique=True, postgresql_where=plugin.c.status == "ACTIVE")
Index("plugin_digest_idx", plugin.c.digest)

config_revision = Table(
    "config_revision",
    metadata,
    Column("id", SmallInteger, nullable=False, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("workflows", BigInteger, nullable=False, server_default=text("1"), comment="at the last change of these"),
    PrimaryKeyConstraint("id"),
)


def _types(table: Table, row: type[msgspec.Struct]) -> dict[str, str]:
    names = {"UUID": "uuid", "BIGINT": "bigint", "TEXT": "text", "JSONB": "jsonb", "BOOLEAN": "boolean"}
    names |= {"DATETIME": "timestamptz", "SMALLINT": "smallint", "INTEGER": "integer", "BLOB": "bytea"}
    known = {c.name: str(c.type) for c in table.columns}
    names |= {"CHAR(32)": "uuid", "ARRAY": "text[]", "BIT": f"bit({MARKS})"}
    return {f: names[known[f]] for f in row.__struct_fields__}


register(PendingEvent, "pending_event", _types(pending_event, PendingEvent))
register(EventRecord, "event", _types(event, EventRecord))
