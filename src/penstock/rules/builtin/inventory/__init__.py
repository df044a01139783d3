"""Rules of stock and of what can be sold (spec 20, 21; namespace ``globalinventory``)."""

from __future__ import annotations

from penstock.rules.builtin.inventory import (
    activation,
    deltas,
    loading,
    notification,
    on_hand,
    promises,
    virtual_catalogue,
    virtual_position,
)

__all__ = [
    "activation",
    "deltas",
    "loading",
    "notification",
    "on_hand",
    "promises",
    "virtual_catalogue",
    "virtual_position",
]
