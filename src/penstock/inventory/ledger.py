"""The stock ledger: which rows count, and the statements about it (spec 20 §2.1, design, fixed point 7).

``inventory_position.on_hand`` and ``.reserved`` are counters that a trigger on ``inventory_quantity`` keeps,
whoever writes there. ``also_counted`` is the part of ``on_hand`` that comes from further types, which only a workflow
knows and writes. No statement sums the ledger under a lock that it takes itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.inventory.refs import NAMED, quantity_ref
from penstock.inventory.selling import LARGEST, SELLING_STATUSES
from penstock.model.rows import row_type

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from penstock.model.rows import Row

ACTIVE, RESERVED = "ACTIVE", "RESERVED"
COUNTING_TYPES = ("LAST_ON_HAND", RESERVED, "SALE", "CORRECTION", "DELTA")
COUNTING_STATUSES = ("CREATED", "ACTIVE")

# What can be sold of some products in some BASE catalogues; zero is left out, save at the positions $3, of which the
# one who asks has units of its own to give back. Where more is shown than there is, by a buffer or because somebody
# wrote it, it is what is on hand: no more can be promised, and nothing of what no stock stands behind.
SELLABLE = """
SELECT c.ref AS catalogue, v.product_ref, v.ref, v.group_ref, least(v.quantity, p.on_hand) AS quantity, v.status,
       v.position_id
FROM virtual_position v JOIN virtual_catalogue c ON c.id = v.catalogue_id
JOIN inventory_position p ON p.id = v.position_id
WHERE c.ref = ANY($1::text[]) AND v.product_ref = ANY($2::text[]) AND v.status <> 'INACTIVE'
  AND (v.quantity > 0 AND p.on_hand > 0 OR p.id = ANY($3::bigint[]))"""

LOCK = "SELECT id FROM inventory_position WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"

# The same positions locked first, for a plan that lost its race before.
LOCK_SELLABLE = """
SELECT id FROM inventory_position WHERE id IN (
  SELECT v.position_id FROM virtual_position v JOIN virtual_catalogue c ON c.id = v.catalogue_id
  WHERE c.ref = ANY($1::text[]) AND v.product_ref = ANY($2::text[])
) ORDER BY id FOR NO KEY UPDATE"""

# The counters of positions that are locked already, what a ledger row of theirs needs, and what which virtual
# catalogue shows of them.
POSITIONS = """
SELECT p.id, p.ref, p.type, p.catalogue_id, p.on_hand, p.workflow_ref, p.workflow_version, x.catalogues, x.quantities,
       (SELECT i.ref FROM inventory_catalogue i WHERE i.id = p.catalogue_id) AS catalogue_ref
FROM inventory_position p, LATERAL (
  SELECT array_agg(c.ref) AS catalogues,
         array_agg(CASE v.status WHEN 'INACTIVE' THEN 0 ELSE v.quantity END) AS quantities
  FROM virtual_position v JOIN virtual_catalogue c ON c.id = v.catalogue_id WHERE v.position_id = p.id
) x WHERE p.id = ANY($1::bigint[])"""

# Says that the transaction writes the counters itself, of positions that it has locked.
COUNTED = "SET LOCAL penstock.ledger = 'counted'"
ON_HAND = "SELECT id, on_hand FROM inventory_position WHERE id = ANY($1::bigint[])"

# What the database counts by itself.
COUNTERS = """
SELECT id, on_hand - coalesce(also_counted, 0) AS on_hand FROM inventory_position WHERE id = ANY($1::bigint[])"""

SUMS = """
SELECT position_id AS id, sum(quantity)::int AS total FROM inventory_quantity
WHERE position_id = ANY($1::bigint[]) AND type = ANY($2::text[]) AND status = ANY($3::text[]) GROUP BY position_id"""

# Base virtual positions follow their inventory position: what ``penstock.inventory.selling.sellable`` says.
# Written only where it differs; with a subquery, to say it once, each row would be looked up a second time.
_SELLABLE = f"""CASE WHEN p.status = ANY(coalesce(t.statuses, ARRAY{list(SELLING_STATUSES)})) THEN
  least({LARGEST}, greatest(0,
    floor(coalesce(p.on_hand, 0) * (coalesce(t.share, 100) / 100.0)) + coalesce(t.buffer, 0)))::int ELSE 0 END"""


def refresh(ids: str) -> str:
    """Return the statement that lets base virtual positions follow the inventory positions with these ids."""
    return f"""
UPDATE virtual_position t SET quantity = {_SELLABLE}, updated_on = $2 FROM inventory_position p
WHERE p.id = ANY({ids}) AND t.position_id = p.id AND t.quantity IS DISTINCT FROM {_SELLABLE}"""


REFRESH = refresh("$1::bigint[]")

# The promises of positions on which less is there than is promised, of a thousand of them at most. No index helps: one
# that knew which positions are short would have to be written with every promise.
SHORT = f"""
WITH short AS (
  SELECT id, ref, catalogue_id, on_hand FROM inventory_position WHERE on_hand < 0 AND reserved > 0 LIMIT 1000
), promise AS (
  SELECT s.id AS position, s.ref, s.catalogue_id, s.on_hand, -q.quantity AS units,
         substring(q.ref FROM '{NAMED}')::bigint AS fulfilment
  FROM short s JOIN inventory_quantity q ON q.position_id = s.id
  WHERE q.type = '{RESERVED}' AND q.status = ANY($1::text[])
)
SELECT p.position, p.ref, c.ref AS catalogue, p.on_hand, p.units, f.id AS fulfilment, f.ref AS fulfilment_ref, f.status,
       o.id AS order_id, o.ref AS order_ref, o.retailer_id, o.created_on
FROM promise p JOIN inventory_catalogue c ON c.id = p.catalogue_id
JOIN fulfilment f ON f.id = p.fulfilment JOIN orders o ON o.id = f.order_id"""


def counts(type_: str, status: str, types: tuple[str, ...], statuses: tuple[str, ...]) -> bool:
    """Return whether a quantity of this type and status is part of a sum over these."""
    return type_ in types and status in statuses


def promisable(position: Mapping[str, Any], catalogues: Collection[str]) -> int:
    """Return what can be promised of a position, read by ``POSITIONS``, to who looked at these catalogues.

    It is what is on hand, or less where they show less. Who looked at none that shows the position is held to the most
    that any shows; a position that nobody shows is promised as it is.
    """
    on_hand: int = position["on_hand"] or 0
    shown = list(zip(position["catalogues"] or (), position["quantities"] or (), strict=True))
    own = [quantity for catalogue, quantity in shown if catalogue in catalogues]
    return min(on_hand, max(own or [quantity for _, quantity in shown], default=on_hand))


def reservation_ref(position: str, holder: int) -> str:
    """Return the ref of the row that keeps a promise to a fulfilment or hold: ``"{position}:RESERVED:9001"``."""
    return quantity_ref(position, RESERVED, holder)


def reservation(position: Mapping[str, Any], holder: int, units: int, *, id_: int, now: datetime) -> Row:
    """Return the row that keeps a promise to a fulfilment or hold.

    Of the position it takes id, ref, catalogue and workflow.
    """
    return row_type("InventoryQuantity")(
        id=id_,
        created_on=now,
        updated_on=now,
        ref=reservation_ref(position["ref"], holder),
        type=RESERVED,
        status=ACTIVE,
        quantity=-units,
        workflow_ref=position["workflow_ref"],
        workflow_version=position["workflow_version"],
        catalogue_id=position["catalogue_id"],
        position_id=position["id"],
    )
