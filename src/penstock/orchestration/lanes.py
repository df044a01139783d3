"""Which lane an event runs in, and which slot the lane belongs to (design, fixed point 5 and §4.1).

A lane is a 64-bit number; its first byte is the slot, so a slot is a contiguous range of lanes and a worker
finds the work of its slots by range.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.model.vocabulary import Entity, Lane, One

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection

    from penstock.model.rows import Row

SLOTS = 256
_SLOT_BITS = 56
_BY_REF = {e.lane_member for e in MODEL.entities if e.lane_member}


def numbered(text: str) -> int:
    """Return the lane with this name: a signed 64-bit number."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def slot_of(lane: int) -> int:
    """Return the slot of a lane, 0 to 255."""
    return (lane >> _SLOT_BITS) & (SLOTS - 1)


def range_of(slot: int) -> tuple[int, int]:
    """Return the first and last lane of a slot."""
    signed = slot - SLOTS if slot >= SLOTS // 2 else slot
    return signed << _SLOT_BITS, ((signed + 1) << _SLOT_BITS) - 1


def ranges(slots: set[int], after: int | None = None, without: Collection[int] = ()) -> list[tuple[int, int]]:
    """Return the lanes of these slots as few ranges, beginning behind ``after`` and coming back to it.

    The lanes ``without`` are left out.
    """
    merged: list[tuple[int, int]] = []
    for low, high in sorted(range_of(s) for s in slots):
        if merged and merged[-1][1] + 1 == low:
            merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    for lane in without:
        merged = [part for whole in merged for part in _split(whole, lane)]
    if after is None:
        return merged
    behind = [(max(low, after + 1), high) for low, high in merged if high > after]
    before = [(low, min(high, after)) for low, high in merged if low <= after]
    return behind + before


def _split(whole: tuple[int, int], lane: int) -> list[tuple[int, int]]:
    low, high = whole
    if not low <= lane <= high:
        return [whole]
    return [(first, last) for first, last in ((low, lane - 1), (lane + 1, high)) if first <= last]


def own_lane(entity: Entity, id_: int, ref: str | None, catalogue: int | None) -> int:
    """Return the lane of an entity that has one of its own."""
    if entity.name in _BY_REF:
        return numbered(f"{entity.event}:{catalogue}:{ref}")
    return numbered(f"{entity.event}:{id_}")


def lane_root(entity: Entity) -> tuple[Entity, str] | None:
    """Return the entity whose row is locked for the lane, and the column that leads to it; None without."""
    return _ROOTS[entity.name]


def _lane_root(entity: Entity) -> tuple[Entity, str] | None:
    if entity.lane is Lane.SELF:
        return entity, "id"
    if entity.lane is Lane.OWNER:
        link = entity.field(entity.lane_link or "")
        assert isinstance(link, One)
        return MODEL.entity(link.target), link.match[0][1]
    if entity.lane is Lane.ROOT:
        return MODEL.entity(entity.tree or entity.name), MODEL.root_column(entity)
    return None


_ROOTS = {e.name: _lane_root(e) for e in MODEL.entities}


def lane_of(entity: Entity, row: Row, attributes: dict[str, Any], event_id: uuid.UUID, owner: Row | None = None) -> int:
    """Return the lane of an event to this row.

    ``owner`` is the row that the lane belongs to, for entities in another's lane (a quantity's position).
    """
    if entity.lane is Lane.NONE:
        return _member_lane(entity, row, attributes) or numbered(event_id.hex)
    if entity.lane is Lane.OWNER and owner is not None:
        found = lane_root(entity)
        assert found is not None
        return own_lane(found[0], owner.id, owner.ref, owner.catalogue_id)
    if entity.lane is Lane.SELF:
        return own_lane(entity, row.id, getattr(row, "ref", None), getattr(row, "catalogue_id", None))
    root = MODEL.entity(entity.tree or entity.name)
    id_ = getattr(row, MODEL.root_column(entity))
    if id_ is None:  # what may be without a root, such as a payment without an account, is its own
        return own_lane(entity, row.id, getattr(row, "ref", None), None)
    return numbered(f"{root.event}:{id_}")


def _member_lane(entity: Entity, row: Row, attributes: dict[str, Any]) -> int | None:
    """Return the lane of the member that an event to a whole catalogue names, None if it names none."""
    template = entity.lane_templates.get(getattr(row, "type", None) or "", entity.lane_template)
    if template is None:
        return None
    try:
        ref = template.format(**{**attributes, "catalogue": {"ref": row.ref}})
    except (KeyError, TypeError, IndexError, AttributeError):
        return None
    return own_lane(MODEL.entity(entity.lane_member or ""), 0, ref, row.id)
