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
        DatabaseAwayError: it does not answer.
        SetupError: it lets nobody in, or is too old.
    """
    return await Placement.open(
        settings.database_url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
    )


async def awaited(settings: Settings) -> Placement:
    """Open the control database, as soon as it answers.

    Raises:
        SetupError: it lets nobody in, or is too old.
    """
    while True:
        try:
            return await placed(settings)
        except UNREACHABLE as error:
            log.warning("waits for the database", error=str(error))
        await asyncio.sleep(PAUSE)
