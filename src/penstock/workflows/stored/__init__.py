"""Versions of workflows in the database: saved once, never changed, never deleted (spec 11 §5, 13 §10)."""

from __future__ import annotations

from penstock.workflows.stored.saving import Saved, retailer_of
from penstock.workflows.stored.service import Workflows
from penstock.workflows.stored.versions import Outline, Version

__all__ = ["Outline", "Saved", "Version", "Workflows", "retailer_of"]
