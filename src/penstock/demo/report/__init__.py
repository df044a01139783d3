"""What happened to the orders, and whether the stock adds up: read over the API, printed as tables."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from penstock.demo.board import FINAL
from penstock.demo.client import Api, Connection
from penstock.demo.report.ledger import faults
from penstock.demo.report.read import read
from penstock.demo.report.tables import tables

if TYPE_CHECKING:
    from rich.console import Console

    from penstock.demo.report.shapes import Facts

_PATIENCE = 10.0  # seconds to wait for the server
_SETTLING = 5  # times to read again: sales are booked a moment after an order is done
_PAUSE = 1.0
_SHOWN = 20  # faults printed in full


async def report(connection: Connection, console: Console) -> bool:
    """Print the report and return whether all orders are at their end and everything adds up."""
    async with Api(connection, patience=_PATIENCE) as api:
        facts, wrong = await _settled(api)
    for table in tables(facts):
        console.print(table)
        console.print()
    complaints = [*_open(facts), *wrong]
    for complaint in complaints[:_SHOWN]:
        console.print(f"NOT RIGHT: {complaint}", style="red", highlight=False, soft_wrap=True, markup=False)
    if len(complaints) > _SHOWN:
        console.print(f"... and {len(complaints) - _SHOWN:,} more", style="red")
    if not complaints:
        orders, positions = f"{len(facts.orders):,} orders", f"{len(facts.positions):,} stock positions"
        verdict = f"All {orders} are at their end, all {positions} add up, nothing was promised twice."
        console.print(verdict, style="green", highlight=False, soft_wrap=True)
    return not complaints


async def _settled(api: Api) -> tuple[Facts, list[str]]:
    """Return the facts and what is wrong with them, read again while bookings may be on their way."""
    facts = await read(api)
    wrong = faults(facts)
    for _ in range(_SETTLING):
        if not wrong:
            break
        await asyncio.sleep(_PAUSE)
        facts = await read(api)
        wrong = faults(facts)
    return facts, wrong


def _open(facts: Facts) -> list[str]:
    waiting = sorted(order.ref for order in facts.orders.values() if order.status not in FINAL)
    if not facts.orders:
        return ["there are no orders: is the demo loaded? Run `penstock up` without --no-demo"]
    if not waiting:
        return []
    return [f"{len(waiting):,} orders are still open ({', '.join(waiting[:5])} ...): wait and ask again"]
