"""Tables that several types share."""

from __future__ import annotations

from penstock.model.registry import MODEL


def of_kind(target: str, alias: str) -> list[str]:
    """Return the condition on a table that several types share."""
    variant = MODEL.entity(target).variant if target in MODEL.by_name else None
    return [f"{alias}.kind = '{variant}'"] if variant else []
