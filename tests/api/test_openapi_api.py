"""``GET /openapi.json`` over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from house import House

pytest_plugins = ["opened_house"]

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


async def test_it_is_served_to_everybody_as_it_is_documented(house: House) -> None:
    async with house.admin.http.get("/openapi.json") as response:
        assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
        assert await response.text() == REFERENCE.read_text("utf-8").removesuffix("\n")
    async with house.admin.http.post("/openapi.json") as response:
        assert response.status == 405
