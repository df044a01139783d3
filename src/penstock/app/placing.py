"""Find the accounts of an installation, whose database may be starting as well."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from penstock.database.placement import Placement
from penstock.database.pools import UNREACHABLE

if TYPE_CHECKING:
    from penstock.settings import Settings

log = structlog.get_logger()

PAUSE = 1.0  # seconds between two tries


async def placed(settings: Settings) -> Placement:
    """Open the control database.

    Raises:
        UnreachableError: it does not answer.
        SetupError: it lets nobody in, or is too old.
    """
    return await Placement.open(
        settings.database_url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
    )


async def placed_or_not_yet(settings: Settings) -> Placement | None:
    """Open the control database; None, after a pause and a warning, while it does not answer.

    Raises:
        SetupError: it lets nobody in, or is too old.
    """
    try:
        return await placed(settings)
    except UNREACHABLE as error:
        log.warning("waits for the database", error=str(error))
    await asyncio.sleep(PAUSE)
    return None
