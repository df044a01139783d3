"""Rules for any entity (spec 35 §1)."""

from __future__ import annotations

from penstock.rules.builtin.core import cancellation, events, gates, state, webhooks

__all__ = ["cancellation", "events", "gates", "state", "webhooks"]
