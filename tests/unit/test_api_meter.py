"""An API process tells when an account is asked often, so that loads leave it room."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from penstock.api import meter
from penstock.api.rest.resources import OPERATIONS

if TYPE_CHECKING:
    import pytest


def test_an_account_that_is_asked_often_is_told_of_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    moment = 7.2
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    requests = meter.Requests(told.append)

    def ask(account: str | None, times: int, operation: str = "POST /graphql") -> None:
        for _ in range(times):
            requests.answered(account, operation, 200, 0.001)

    ask("A", meter.OFTEN - 1)
    ask("B", meter.OFTEN - 1)
    ask(None, 2 * meter.OFTEN)
    for operation in meter.LATER:
        ask("A", meter.OFTEN, operation)
    assert told == []
    ask("A", meter.OFTEN)
    assert told == ["A"]
    moment = 8.0
    ask("A", meter.OFTEN - 1)
    assert told == ["A"]
    ask("A", 1)
    ask("B", 1)
    assert told == ["A", "A"]


def test_what_is_handed_in_are_operations_of_the_api() -> None:
    assert {f"{o.method} {o.path}" for o in OPERATIONS} > meter.LATER
