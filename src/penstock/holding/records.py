"""The table of holds, and a hold in memory.

What a hold keeps stands in the stock ledger as a fulfilment's promise does: a RESERVED row a position, named by the
hold's id. ``quantities`` are the ids of these rows; they go when the hold ends, and the hold itself tells what it was.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Index, Integer, Table, Text, UniqueConstraint, text
from sqlalchemy import PrimaryKeyConstraint as PrimaryKey
from sqlalchemy.dialects.postgresql import JSONB

from penstock.model.tables import metadata
from penstock.model.writes import register

Status = Literal["ACTIVE", "ORDERED", "RELEASED", "EXPIRED"]
ACTIVE: Status = "ACTIVE"
ORDERED: Status = "ORDERED"  # an order has taken it over
RELEASED: Status = "RELEASED"
EXPIRED: Status = "EXPIRED"


class HeldAt(msgspec.Struct, frozen=True, rename="camel"):
    """Units that are held at one location."""

    location_ref: str | None
    quantity: int


class HeldItem(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One item of a hold, as it was asked for, and where its units are held."""

    product_ref: str
    quantity: int
    held: list[HeldAt]
    location_ref: str | None = None


class Hold(msgspec.Struct, kw_only=True):
    """A hold; ``revision`` is raised when it ends, so that an order knows that it has not ended meanwhile."""

    id: int
    retailer_id: int
    ref: str
    status: Status = ACTIVE
    virtual_catalogue_ref: str
    items: list[HeldItem]
    quantities: list[int]  # rows of the ledger
    attributes: list[dict[str, Any]]
    order_ref: str | None = None
    created_by: str
    created_on: datetime
    updated_on: datetime
    expires_on: datetime
    revision: int = 0


REF_KEY = "hold_retailer_id_ref_key"  # a ref is one hold's

_WHEN = DateTime(timezone=True)

hold = Table(
    "hold",
    metadata,
    Column("id", BigInteger, autoincrement=False, nullable=False),
    Column("retailer_id", BigInteger, nullable=False),
    Column("ref", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("virtual_catalogue_ref", Text, nullable=False),
    Column("items", JSONB, nullable=False),
    Column("quantities", ARRAY(BigInteger), nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("order_ref", Text),
    Column("created_by", Text, nullable=False),
    Column("created_on", _WHEN, nullable=False),
    Column("updated_on", _WHEN, nullable=False),
    Column("expires_on", _WHEN, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    PrimaryKey("id"),
    UniqueConstraint("retailer_id", "ref", name=REF_KEY),
)
Index("hold_retailer_id_id_idx", hold.c.retailer_id, hold.c.id)
Index("hold_expires_on_idx", hold.c.expires_on, postgresql_where=hold.c.status == "ACTIVE")
Index("hold_updated_on_idx", hold.c.updated_on, postgresql_where=hold.c.status != "ACTIVE")

register(
    Hold,
    "hold",
    {
        "id": "bigint",
        "retailer_id": "bigint",
        "ref": "text",
        "status": "text",
        "virtual_catalogue_ref": "text",
        "items": "jsonb",
        "quantities": "bigint[]",
        "attributes": "jsonb",
        "order_ref": "text",
        "created_by": "text",
        "created_on": "timestamptz",
        "updated_on": "timestamptz",
        "expires_on": "timestamptz",
        "revision": "integer",
    },
)

COLUMNS = ", ".join(Hold.__struct_fields__)
_items = msgspec.json.Decoder(list[HeldItem])


def as_hold(record: Any) -> Hold:
    """Return a row that was read by ``COLUMNS``."""
    values = dict(record)
    values["items"] = _items.decode(values["items"])
    values["attributes"] = msgspec.json.decode(values["attributes"])
    return Hold(**values)
