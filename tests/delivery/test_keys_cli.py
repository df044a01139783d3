"""``penstock webhook``: keys listed, prepared, rotated and retired from the command line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization

from conftest import create_database, drop_database
from penstock.bootstrap import ACCOUNT
from penstock.cli import main
from penstock.database.urls import database_of
from penstock.delivery.keys.sealing import keep_secret

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from click.testing import Result

    from conftest import Stream


async def test_keys_are_kept_from_the_command_line(
    postgres: str, templates: dict[Stream, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    control, account = [await create_database(postgres, template=templates[s]) for s in ("control", "account")]
    connection = await asyncpg.connect(control)
    sql = "INSERT INTO account (name, database_name) VALUES ($1, $2)"
    await connection.execute(sql, ACCOUNT, database_of(account))
    await connection.close()
    monkeypatch.setenv("PENSTOCK_DATABASE_URL", control)
    monkeypatch.setenv("PENSTOCK_WEBHOOK_KEY_BITS", "1024")

    async def webhook(*arguments: str) -> Result:
        command = ["webhook", *arguments, "--data", str(tmp_path)]
        return await asyncio.to_thread(CliRunner().invoke, main, command)

    def states(result: Result) -> list[str]:
        assert result.exit_code == 0, result.output
        return sorted(line.split()[1] for line in result.output.splitlines())

    refused = await webhook("rotate")
    assert refused.exit_code == 1
    assert "PENSTOCK_SECRET is not set" in refused.output
    keep_secret(tmp_path / "secret.key")
    assert states(await webhook("keys")) == []
    assert states(await webhook("rotate")) == ["ACTIVE"]
    assert states(await webhook("rotate", "--prepare")) == ["ACTIVE", "NEXT"]
    prepared = await webhook("rotate")
    assert states(prepared) == ["ACTIVE", "PREVIOUS"]
    previous = next(line.split()[0] for line in prepared.output.splitlines() if "PREVIOUS" in line)
    assert states(await webhook("retire", previous)) == ["ACTIVE", "RETIRED"]
    printed = (await webhook("keys", "--pem")).output
    assert serialization.load_pem_public_key(printed.encode())
    assert (await webhook("retire", "00000000-0000-0000-0000-000000000001")).exit_code == 1
    await drop_database(postgres, control)
    await drop_database(postgres, account)
