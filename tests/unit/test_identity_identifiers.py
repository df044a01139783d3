"""How ids look from outside (spec 12 §2)."""

from __future__ import annotations

import pytest

from penstock.model.identifiers import parse, shown
from penstock.model.registry import MODEL


@pytest.mark.parametrize("entity", ["Order", "InventoryPosition"])
def test_what_is_shown_can_be_read(entity: str) -> None:
    for id_ in (0, 1, 8841, 2**48 - 1):
        assert parse(shown(MODEL.entity(entity), id_)) == id_


def test_an_entity_addressed_by_ref_shows_a_uuid() -> None:
    assert shown(MODEL.entity("Order"), 8841) == "8841"
    assert shown(MODEL.entity("InventoryPosition"), 8841) == "00000000-0000-8000-8000-000000002289"


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "9" * 19, "6b2f1f70-7a43-11ee-9f5c-0f1d0c9b7a10", "٣"])
def test_what_is_no_id_of_ours_is_none(text: str) -> None:
    assert parse(text) is None
