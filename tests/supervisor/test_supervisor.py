"""What the supervisor keeps: its children alive, and the administrator's connection private."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
from typing import TYPE_CHECKING

import pytest
from bench.tools.waiting import until_true

from penstock.database.embedded.directory import DataDirectory
from penstock.errors import SetupError
from penstock.supervisor import health
from penstock.supervisor.children import Child, Job
from penstock.supervisor.connection import keep_connection, read_connection
from penstock.supervisor.health import until_ready
from penstock.supervisor.ports import listening_socket, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FRESH = {"url": "http://127.0.0.1:8080", "accountId": "ACME", "password": "once made, for ever kept"}


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[DataDirectory]:
    with DataDirectory(tmp_path) as opened:
        yield opened


async def _until(true: Callable[[], bool]) -> None:
    await until_true(true, seconds=60)


async def test_a_child_that_fails_is_started_again_and_tells_why(directory: DataDirectory) -> None:
    notes: list[str] = []
    child = Child(Job("broken", ("no-such-command",)), directory, notes.append)
    child.start()
    await _until(lambda: child.failures >= 2)
    await child.stop()
    assert notes[0] == "broken ended unexpectedly (exit code 2); it is started again"
    assert "no-such-command" in child.last_words()


async def test_a_child_may_end_when_its_work_is_done(directory: DataDirectory) -> None:
    child = Child(Job("version", ("--version",), may_end=True), directory, pytest.fail)
    child.start()
    await _until(lambda: "penstock" in child.last_words())
    await asyncio.sleep(0.3)
    await child.stop()
    assert child.failures == 0


async def test_a_killed_child_is_started_again_and_a_stopped_one_is_gone(directory: DataDirectory) -> None:
    notes: list[str] = []
    with listening_socket("127.0.0.1", 0) as busy:
        address = ("--host", "127.0.0.1", "--port", str(busy.getsockname()[1]))
        job = Job("api", ("serve", *address), environment={"PENSTOCK_DATABASE_URL": "postgresql://u@/x"})
        child = Child(job, directory, notes.append)
        child.start()
        await _until(lambda: child.pid != 0)
        first = child.pid
        child.send(signal.SIGKILL)
        await _until(lambda: child.pid not in {0, first})
        second = child.pid
        await child.stop()
    assert "SIGKILL" in notes[0]
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


async def test_an_api_that_never_starts_is_told(directory: DataDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FAILURES_UNTIL_GIVING_UP", 1)
    monkeypatch.setattr(health, "SECONDS_TO_ANSWER", 0.2)
    child = Child(Job("api", ("no-such-command",)), directory, lambda _: None)
    child.start()
    with listening_socket("127.0.0.1", 0) as listener, pytest.raises(SetupError, match="no-such-command"):
        await until_ready(listener, child)
    await child.stop()


def test_the_connection_is_private_and_outlives_a_start(tmp_path: Path) -> None:
    file = tmp_path / "connection.json"
    path = "/api/v4.1/webhook/public-key?account=ACME"
    kept = FRESH | {"webhookPublicKeyUrl": FRESH["url"] + path}
    assert keep_connection(file, FRESH, FRESH["url"]) == kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text(json.dumps(FRESH))  # as an older Penstock has left it
    moved = FRESH | {"url": "http://127.0.0.1:9090", "webhookPublicKeyUrl": f"http://127.0.0.1:9090{path}"}
    assert keep_connection(file, None, moved["url"]) == moved
    assert read_connection(file) == moved
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_installation_that_was_made_elsewhere_has_no_connection_here(tmp_path: Path) -> None:
    assert keep_connection(tmp_path / "connection.json", None, "http://x") is None
    assert list(tmp_path.iterdir()) == []


def test_the_url_is_one_that_this_machine_reaches() -> None:
    with listening_socket("0.0.0.0", 0) as listener:  # noqa: S104 - a listener at every address is what is under test
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
