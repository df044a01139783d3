"""Rules of waves: picking several fulfilments of a location together (spec 35 §7)."""

from __future__ import annotations

from penstock.rules.builtin.fulfilment import picking, waves

__all__ = ["picking", "waves"]
