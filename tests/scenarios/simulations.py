"""Simulations over a stage, as the command runs them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from click.testing import CliRunner

from penstock.cli import main
from penstock.errors import InvalidValueError
from penstock.settings import Settings
from penstock.simulation.fork.branching import Fork, prepared
from penstock.simulation.fork.copying import copy
from penstock.simulation.fork.server import throwaway
from penstock.simulation.house import opened
from penstock.simulation.scenario.applying import apply
from penstock.simulation.scenario.reading import read_scenario
from penstock.simulation.scenario.site import Site

if TYPE_CHECKING:
    from stage import Stage

Json = dict[str, Any]


async def command(stage: Stage, folder: Path, *arguments: str) -> tuple[int, str]:
    """Run ``penstock simulate`` on the stage's databases; return exit code and output."""
    environment = {"PENSTOCK_DATABASE_URL": stage.penstock.stored.control, "COLUMNS": "200"}
    given = ["simulate", "--data", str(folder), *arguments]
    done = await asyncio.to_thread(CliRunner().invoke, main, given, env=environment)
    return done.exit_code, done.output


async def execute(stage: Stage, sql: str, *arguments: object) -> None:
    """Change the account's rows behind everybody's back."""
    connection = await asyncpg.connect(stage.penstock.stored.account)
    try:
        await connection.execute(sql, *arguments)
    finally:
        await connection.close()


def scenario(folder: Path, file_name: str, **parts: Any) -> str:
    """Write a scenario into a folder; return its path."""
    file = folder / f"{file_name}.json"
    file.write_text(json.dumps(parts), encoding="utf-8")
    return str(file)


async def simulated(stage: Stage, folder: Path, *arguments: str) -> Json:
    """Run a simulation that has to succeed; return its report."""
    code, output = await command(stage, folder, *arguments, "--json")
    assert code == 0, output
    # The stage works in this process, too: what its log says meanwhile stands around the report.
    found: Json
    found, _ = json.JSONDecoder().raw_decode(output, output.index("{\n"))
    return found


async def refusals(stage: Stage, folder: Path, *files: str) -> list[str]:
    """Return what is said to each of these scenarios, in branches of one fork; empty for one that is taken."""
    said = []
    with throwaway(folder, Settings()) as server:
        fork = Fork(url := await prepared(server), await copy(stage.penstock.stored.account, url, lambda _: None))
        for number, file in enumerate(files):
            branch = await fork.branch(f"branch_{number}")
            async with opened("PENSTOCK", branch, fork.moment, Settings()) as house:
                try:
                    await apply(Site(house, int(stage.retailer), "MAIN"), read_scenario(Path(file)))
                except InvalidValueError as error:
                    said.append(error.message)
                else:
                    said.append("")
    return said


def routes(variant: Json) -> dict[str, list[str]]:
    """Return who sends what of each order, as spec 23 writes it: ``{"O1": ["S1[A2,B1]"]}``."""
    return {order["ref"]: [bracketed(sent) for sent in order.get("sent", ())] for order in variant["placed"]}


def bracketed(sent: Json) -> str:
    """Return place and units of a fulfilment."""
    return f"{sent['location']}[{','.join(f'{p}{n}' for p, n in sorted(sent['units'].items()))}]"
