"""The rules that Penstock ships, a folder an area; importing this fills the registry."""

from __future__ import annotations

from penstock.rules.builtin import core, fulfilment, inventory, order

__all__ = ["core", "fulfilment", "inventory", "order"]
