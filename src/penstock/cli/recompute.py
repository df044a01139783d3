"""``penstock recompute``: virtual catalogues computed anew, or compared with what they should be (spec 21 §12.4)."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from penstock.cli.options import data_option, running_database_url
from penstock.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.model.rows import Row
    from penstock.orchestration.engine import Engine
    from penstock.recomputing.checking import Difference

SHOWN = 50  # differences in the table
_LOOK = 0.2  # seconds between looks at what workers have left


@click.command()
@click.argument("catalogue", nargs=-1)
@click.option("--check", "only_check", is_flag=True, help="Change nothing: print what differs; exit with 1 if it does.")
@click.option("--account", default="", help="The account, where there are several.")
@data_option
def recompute(
    *,
    catalogue: tuple[str, ...],
    only_check: bool,
    account: str,
    data: Path,
) -> None:
    """Compute the virtual CATALOGUEs (refs) anew from stock, networks and controls; all that are active without any.

    The workers do it, by the catalogues' workflows; this command waits for them. With --check it computes by itself,
    compares and writes nothing. While stock moves, sums may be a moment behind.
    """
    url = running_database_url(Settings.from_environment(), data)
    sys.exit(0 if asyncio.run(_run(url, account, list(catalogue), only_check=only_check)) else 1)


async def _run(url: str, account: str, refs: list[str], *, only_check: bool) -> bool:
    from penstock.app import at_work
    from penstock.recomputing import checking

    console = Console(soft_wrap=True, highlight=False)
    async with at_work(url, account) as engine:
        chosen = await checking.catalogues(engine.database, refs)
        if only_check:
            return all([await _checked(engine, row, console) for row in chosen])
        await checking.ask(engine.database, chosen)
        with console.status("the workers compute ...") as status:
            while left := await checking.left(engine.database, chosen):
                status.update(f"the workers compute ... {left} of {len(chosen)} catalogues left")
                await asyncio.sleep(_LOOK)
    console.print(f"The workers compute {len(chosen)} catalogues anew: {', '.join(row.ref for row in chosen)}.")
    return True


async def _checked(engine: Engine, catalogue: Row, console: Console) -> bool:
    from penstock.recomputing import checking

    checked = left = 0
    differences: list[Difference] = []
    with console.status(f"{catalogue.ref} ...") as status:
        async for portion in checking.check(engine, catalogue):
            checked, left = checked + portion.checked, left + portion.left
            differences += portion.differences
            status.update(f"{catalogue.ref} ... {checked:,} positions, {len(differences):,} differ")
    console.print(f"{catalogue.ref}: {checked:,} positions of stock, {len(differences):,} virtual positions differ.")
    if left:
        console.print(f"{left:,} of them could not be checked: their workflow computes them one by one.")
    if differences:
        console.print(_table(differences))
    return not differences


def _table(differences: list[Difference]) -> Table:
    table = Table("virtual position", "stored", "computed")
    for one in differences[:SHOWN]:
        table.add_row(one.ref, "nothing" if one.stored is None else _told(one.stored), _told(one.computed))
    if len(differences) > SHOWN:
        table.add_row(f"and {len(differences) - SHOWN:,} more", "", "")
    return table


def _told(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
