"""Runs the retailer: loads it, lets everybody work, and shows how the orders fare."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.demo.board import Board
from penstock.demo.client import Api, Connection
from penstock.demo.load import Shelf, load
from penstock.demo.plan import make_plan
from penstock.demo.players import Carrier, Player, Service, Shop, Stores, Warehouse
from penstock.demo.screen import screen_for
from penstock.errors import PenstockError

if TYPE_CHECKING:
    from rich.console import Console

_QUIET = 3.0  # seconds between looks when the demo's own orders are done
_SUMMARY = """\
All {orders} orders of the demo are done after {elapsed:.0f} s: {complete} complete, {cancelled} cancelled,
{escalated} escalated.{routed}
What happened in detail:  {program} demo report --data {data}
A query to try at {url}/graphql:
  {{ orders(ref: "UK-%", first: 3) {{ edges {{ node {{ ref status fulfilments {{ edges {{ node {{
    status type fromLocation {{ ref }} }} }} }} }} }} }} }}
The players stay: an order that you place is picked, packed and collected too."""


def _program() -> str:
    """Return what to type for ``penstock`` here: the bare name if the shell finds it, else its path."""
    beside = Path(sys.executable).with_name("penstock")
    if shutil.which("penstock") == str(beside):
        return "penstock"
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


def play(connection: Connection, data: Path, *, pace: float, console: Console) -> None:
    """Play until SIGINT or SIGTERM; ``pace`` is orders a second.

    The first error that is more than a passing one (those are waited out) ends the play and is raised.
    """
    try:
        asyncio.run(_until_stopped(connection, data, pace=pace, console=console))
    except* PenstockError as errors:
        raise _first(errors) from None


def _first(errors: ExceptionGroup[PenstockError]) -> PenstockError:
    found: Exception = errors
    while isinstance(found, ExceptionGroup):
        found = found.exceptions[0]
    return found if isinstance(found, PenstockError) else PenstockError(str(found))


async def _until_stopped(connection: Connection, data: Path, *, pace: float, console: Console) -> None:
    acts = asyncio.ensure_future(_acts(connection, data, pace=pace, console=console))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, acts.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await acts


async def _acts(connection: Connection, data: Path, *, pace: float, console: Console) -> None:
    """Load and sell, say how it went, then go on quietly."""
    plan, shelf, screen = make_plan(), Shelf(), screen_for(console)
    async with Api(connection) as api, asyncio.TaskGroup() as everybody:
        board = Board(api, len(plan.orders), screen.show)
        players: list[Player] = [kind(api) for kind in (Warehouse, Stores, Carrier, Service)]
        for player in players:
            everybody.create_task(player.run())
        everybody.create_task(load(api, plan, shelf, board.loaded))
        everybody.create_task(Shop(api, plan.orders, shelf, pace=pace).run())
        try:
            await board.watch()
        finally:
            screen.close()
        console.print(_summary(board, connection, data), highlight=False, soft_wrap=True, markup=False)
        for player in players:
            player.pause = _QUIET


def _summary(board: Board, connection: Connection, data: Path) -> str:
    statuses, routed = board.score.statuses, board.score.routed_after
    return _SUMMARY.format(
        orders=board.score.placed,
        elapsed=board.elapsed,
        complete=statuses.get("COMPLETE", 0),
        cancelled=statuses.get("CANCELLED", 0),
        escalated=statuses.get("ESCALATED", 0),
        routed="" if routed is None else f" The first order was routed after {routed:.1f} s.",
        program=_program(),
        data=data,
        url=connection.url,
    )
