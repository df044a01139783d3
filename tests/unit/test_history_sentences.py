"""How replays and dry runs say what a rule does otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.history.compare import Difference

SENT = ["SendEvent", "Select", None, {"stock": [1], "network": "HD"}, None, None]
SET = ["Update", "OrderRow", 7, {"status": "BOOKED", "type": "HD"}]


@pytest.mark.parametrize(
    ("recorded", "again", "said"),
    [
        (None, ["SendEvent", "Reject", None, None, None, None], "→ Reject, the record has nothing"),
        (SENT, None, "nothing, the record has → Select"),
        (SENT, [*SENT[:3], {"stock": [], "network": "HD"}, None, None], "→ Select with other stock"),
        (SENT, [*SENT[:4], "2026-02-02", None], "→ Select at 2026-02-02, the record has → Select"),
        (SET, [*SET[:3], {"status": "LATE", "type": "HD"}], 'status is "LATE", the record has "BOOKED"'),
        (
            SET,
            ["Update", "OrderRow", 8, {"status": "LATE"}],
            "status = LATE, the record has status = BOOKED, type = HD",
        ),
        (
            ["Create", "FulfilmentRow", {"ref": "A-1"}],
            ["Create", "FulfilmentRow", {"ref": "A-2"}],
            "new Fulfilment A-2, the record has new Fulfilment A-1",
        ),
        (["Promise", 5, {"9": 2}], ["Promise", 5, {"9": 1}], 'Promise [5,{"9":1}], the record has Promise [5,{"9":2}]'),
    ],
)
def test_an_action_that_is_another_is_said_in_words(recorded: Any, again: Any, said: str) -> None:
    difference = Difference("ProcessOrder", "ProcessOrder", "ACME.order.Rule", "action", recorded, again)
    assert difference.sentence() == f"ACME.order.Rule at ProcessOrder: {said}"


def test_anything_else_is_said_with_both_values() -> None:
    difference = Difference("Cancel", None, None, "ruleset", "Cancel", None)
    assert difference.sentence() == 'event Cancel at Cancel: ruleset is nothing, the record has "Cancel"'
