"""What criteria look at beside stock: what does not depend on each other is asked at once (spec 22 §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from penstock.rules import AskAll
from penstock.rules.builtin.profiles.details import Details, details
from penstock.rules.questions import FulfilmentsOpen, FulfilmentsSince, Matching
from penstock.testing import NOW, FakeContext, row

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from penstock.rules.questions import Question

MEMBERS = [{"id": "1", "ref": "S1", "addressId": "12"}, {"id": "2", "ref": "S2", "addressId": "11"}]
MIDNIGHT = int(NOW.replace(hour=0).timestamp())
ATTRIBUTES, ZONES = Matching("Location", (("id", (1, 2)),)), Matching("StoreAddress", (("id", (11, 12)),))
OPEN, SINCE = FulfilmentsOpen((11, 12)), FulfilmentsSince(((11, MIDNIGHT), (12, MIDNIGHT)))
ANSWERS: dict[Any, Any] = {
    ATTRIBUTES: [row("Location", id=1, attributes=[{"name": "dailyCapacity", "value": 5}]), row("Location", id=2)],
    ZONES: [row("StoreAddress", id=11), row("StoreAddress", id=12)],
    OPEN: [3, 4],
    SINCE: [1, 2],
}


def stepped(task: Coroutine[Any, Any, Details]) -> tuple[list[list[Question]], Details]:
    """Run a task to its end; return what it asked, step by step, and what it returned."""
    steps: list[list[Question]] = []
    answer: Any = None
    while True:
        try:
            asked = task.send(answer)
        except StopIteration as end:
            return steps, end.value
        several = isinstance(asked, AskAll)
        steps.append([ask.question for ask in asked.asks] if several else [asked.question])
        answers = [ANSWERS[question] for question in steps[-1]]
        answer = answers if several else answers[0]


@pytest.mark.parametrize(
    ("wanted", "steps"),
    [
        ({"attributes", "daily", "waiting"}, [[ATTRIBUTES, ZONES, OPEN], [SINCE]]),
        ({"attributes"}, [[ATTRIBUTES]]),
        ({"daily"}, [[ZONES], [SINCE]]),
        ({"waiting"}, [[OPEN]]),
    ],
)
def test_nothing_is_asked_in_vain_nor_one_after_the_other(wanted: set[str], steps: list[list[Question]]) -> None:
    context = FakeContext("Order", row("Order", id=9))
    looks = {name: name in wanted for name in ("attributes", "daily", "waiting")}
    asked, found = stepped(details(context, MEMBERS, **looks))
    assert asked == steps
    assert found == Details(
        {"S1": {"dailyCapacity": 5}, "S2": {}} if "attributes" in wanted else {},
        {"S1": 2, "S2": 1} if "daily" in wanted else {},
        {"S1": 4, "S2": 3} if "waiting" in wanted else {},
    )
