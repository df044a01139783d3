"""The fixture ``house``, for the modules that name this one as a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from house import opened

from conftest import create_database, drop_database
from running import first_start, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from house import House

    from conftest import Stream


@pytest.fixture(scope="session")
async def house(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[House]:
    """Return a Penstock that these tests share; they leave it as they find it."""
    control, account = [await create_database(postgres, template=templates[s]) for s in ("control", "account")]
    stored = await first_start(control, account)
    async with running(stored) as penstock, opened(penstock) as made:
        yield made
    await stored.drop()
    await drop_database(postgres, control)
