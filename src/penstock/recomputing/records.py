"""The table of what is to be computed anew: triggers write it, and whoever asks for all of a catalogue."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Identity, PrimaryKeyConstraint, Table, Text, func, text

from penstock.model.tables import metadata

recomputation = Table(
    "recomputation",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("catalogue_id", BigInteger, nullable=False, comment="a virtual catalogue"),
    Column("location_ref", Text, comment="of positions there only"),
    Column("product_ref", Text, comment="of positions of this only"),
    Column("after_id", BigInteger, nullable=False, server_default=text("0"), comment="those up to this are done"),
    Column("requested_on", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("id"),
)
