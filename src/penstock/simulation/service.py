"""A simulation from its beginning to its end: fork, change, place, compare."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from penstock.app.apart import only_account
from penstock.database.placement import Placement
from penstock.simulation.fork.branching import Fork, prepared
from penstock.simulation.fork.copying import copy, size
from penstock.simulation.fork.server import throwaway
from penstock.simulation.report import BASELINE, Report
from penstock.simulation.variants import Variants

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.settings import Settings
    from penstock.simulation.asked import Question, Teller
    from penstock.simulation.fork.copying import Progress


async def simulate(url: str, data: Path, settings: Settings, question: Question, tell: Teller) -> Report:
    """Run the orders in forks of the account as it is at this moment, unchanged and under each scenario.

    ``url`` is that of the control database; ``data`` the directory where the throw-away server lies.

    Raises:
        SetupError: a server does not answer, or cannot be started; or there is no room for the copies.
        InvalidValueError: something asked for is not there, or a scenario is refused; nothing is left of the fork.
    """
    began = time.monotonic()
    question.check()
    account, source = await _source(url, question.account)
    copies = 1 + len((BASELINE, *question.scenarios))
    needed = copies * await size(source)
    tell("starting a server for the fork ...")
    with throwaway(data, settings, needed) as server:
        target, last = await prepared(server), [0]

        def copied(progress: Progress) -> None:
            last[0] = progress.rows
            tell(f"copying {account}: {progress.rows:,} rows, {progress.done / (progress.total or 1):.0%}")

        fork = Fork(target, await copy(source, target, copied))
        variants = Variants(account, fork, settings, question, tell)
        beginning = await variants.begin()
        found, recorded = await variants.all(beginning)
        return Report(
            account=account,
            retailer=str(beginning.retailer),
            moment=fork.moment.isoformat(timespec="milliseconds"),
            orders=str(question.orders),
            rows=last[0],
            took=round(time.monotonic() - began, 1),
            places=beginning.places,
            variants=found,
            recorded=recorded,
        )


async def _source(url: str, account: str) -> tuple[str, str]:
    """Return the account's name and the URL of its database."""
    placement = await Placement.open(url)
    try:
        name = account or await only_account(placement)
        return name, (await placement.database(name)).dsn
    finally:
        await placement.close()
