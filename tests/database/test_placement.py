"""Accounts and their databases, and the migrations that bring both up to date."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conftest import create_database, drop_database, unique_name
from penstock.database import migrate as module
from penstock.database.migrate import migrate, newest_version
from penstock.database.placement import Placement
from penstock.database.pools import Database
from penstock.database.urls import with_database
from penstock.errors import InvalidValueError, NotFoundError, SetupError, UniqueConstraintError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def placement(postgres: str) -> AsyncIterator[Placement]:
    opened = await Placement.open(with_database(postgres, unique_name("control")))
    yield opened
    databases = [await opened.database(name) for name in await opened.accounts()]
    await opened.close()
    for each in (*databases, opened.control):
        await drop_database(postgres, each.dsn)


async def test_an_account_is_a_database_of_its_own(placement: Placement) -> None:
    first, second = (unique_name(what).upper() for what in ("first", "second"))
    databases = [await placement.create_account(name) for name in (first, second)]
    assert await placement.accounts() == sorted([first, second])
    names = [await each.fetchval("SELECT current_database()") for each in databases]
    assert names == [f"penstock_{first.lower()}", f"penstock_{second.lower()}"]
    assert await placement.database(first) is databases[0]


async def test_text_sorts_by_bytes_in_every_account(placement: Placement) -> None:
    made = await placement.create_account(unique_name("sorted").upper())
    rows = await made.fetch("SELECT x FROM unnest(ARRAY['b', 'A', 'a', 'B']) AS x ORDER BY x")
    assert [row["x"] for row in rows] == ["A", "B", "a", "b"]


async def test_an_account_cannot_be_made_twice(placement: Placement) -> None:
    name = unique_name("twice").upper()
    await placement.create_account(name)
    with pytest.raises(UniqueConstraintError, match=name):
        await placement.create_account(name)


@pytest.mark.parametrize("name", ["acme", "A B", "", "_A", 'A"', "CONTROL", "A" * 51])
async def test_a_name_that_cannot_be_used_is_refused(placement: Placement, name: str) -> None:
    with pytest.raises(InvalidValueError, match="account is"):
        await placement.create_account(name)


async def test_an_unknown_account_is_not_found(placement: Placement) -> None:
    with pytest.raises(NotFoundError, match="NOBODY"):
        await placement.database("NOBODY")


async def test_many_processes_may_start_at_once(postgres: str) -> None:
    url = with_database(postgres, unique_name("control"))
    opened = await asyncio.gather(*(Placement.open(url) for _ in range(5)))
    assert await opened[0].control.fetchval("SELECT version_num FROM migration_control") == newest_version("control")
    await asyncio.gather(*(each.close() for each in opened))
    await drop_database(postgres, url)


async def test_a_migration_that_fails_leaves_nothing(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_migration(tmp_path, "0001", None, "CREATE TABLE kept (a text DEFAULT '50% :x')")
    _write_migration(tmp_path, "0002", "0001", "CREATE TABLE lost (a int); SELECT 1 / 0")
    monkeypatch.setattr(module, "MIGRATIONS", tmp_path)
    url = await create_database(postgres)
    with pytest.raises(Exception, match="division by zero"):
        await migrate(url, "account")
    _write_migration(tmp_path, "0002", "0001", "INSERT INTO kept DEFAULT VALUES")
    assert await migrate(url, "account")
    assert not await migrate(url, "account")
    database = await Database.open(url)
    assert await database.fetchval("SELECT a FROM kept") == "50% :x"
    assert await database.fetchval("SELECT to_regclass('lost')") is None
    await database.close()
    await drop_database(postgres, url)


async def test_a_database_of_a_newer_penstock_is_left_alone(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MIGRATIONS", tmp_path)
    url = await create_database(postgres)
    _write_migration(tmp_path, "0001", None, "SELECT 1")
    _write_migration(tmp_path, "0002", "0001", "SELECT 2")
    await migrate(url, "account")
    (tmp_path / "account" / "versions" / "0002_step.py").unlink()
    with pytest.raises(SetupError, match="newer Penstock"):
        await migrate(url, "account")
    await drop_database(postgres, url)


def _write_migration(folder: Path, revision: str, previous: str | None, sql: str) -> None:
    versions = folder / "account" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    (versions / f"{revision}_step.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = {revision!r}, {previous!r}\n"
        f"def upgrade():\n    op.execute({sql!r})\n",
        encoding="utf-8",
    )
