"""An event that is tried in a process of its own: what is told about how that ended."""

from __future__ import annotations

import sys
import uuid

import pytest

from penstock import alone
from penstock.app.parts import event_alone

_BEGUN = "import os, signal, sys, time; print('ACME.core.First'); print('ACME.chaos.Bad', flush=True); "


@pytest.mark.parametrize(
    ("program", "ending"),
    [
        (f"{_BEGUN}time.sleep(1000)", "it was not done after 0 s, in rule ACME.chaos.Bad"),
        (f"{_BEGUN}os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL, in rule ACME.chaos.Bad"),
        (f"{_BEGUN}sys.exit(3)", "its process ended with 3, in rule ACME.chaos.Bad"),
        ("raise SystemExit(1)", "its process ended with 1"),
    ],
)
async def test_the_rule_that_was_begun_last_is_named(
    monkeypatch: pytest.MonkeyPatch, program: str, ending: str
) -> None:
    monkeypatch.setattr(alone, "launched", lambda _command, **_: [sys.executable, "-c", program])
    told = await event_alone("ACME", 0.2, uuid.uuid4(), uuid.uuid4())
    assert told.endswith(ending)
