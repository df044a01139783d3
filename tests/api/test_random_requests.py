"""Whatever comes in: no answer is a server error, shows the inside of Penstock, or takes long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from guesses import events, operations, searches
from house import EVENT
from hypothesis import HealthCheck, Phase, given, settings

if TYPE_CHECKING:
    from house import Browser, House

pytest_plugins = ["opened_house"]

SECONDS = 5.0  # on a busy machine; a statement of more than one second shows as several
EXAMPLES = 200
tried = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # making a failing request smaller takes minutes
    suppress_health_check=list(HealthCheck),
)


async def answered(browser: Browser, method: str, path: str, body: object) -> tuple[int, Any]:
    since = time.perf_counter()
    status, answer = await (browser.post(path, body) if method == "POST" else browser.send(method, path))
    assert status < 500, (status, answer)
    assert "Traceback" not in str(answer)
    assert time.perf_counter() - since < SECONDS
    return status, answer


def complete(answer: dict[str, Any]) -> None:
    """Check the form of a GraphQL response, and that no error is the server's."""
    assert "data" in answer
    assert answer.get("errors") != []
    for error in answer.get("errors", ()):
        assert error["message"]
        assert not error["extensions"].get("code", "").startswith("S"), answer


@tried
@given(body=operations("query"))
async def test_random_queries(house: House, body: dict[str, Any]) -> None:
    status, answer = await answered(house.admin, "POST", "/graphql", body)
    assert status == 200
    complete(answer)


@tried
@given(body=operations("mutation"))
async def test_random_mutations(house: House, body: dict[str, Any]) -> None:
    status, answer = await answered(house.admin, "POST", "/graphql", body)
    assert status == 200
    complete(answer)


@tried
@given(body=events)
async def test_random_events(house: House, body: object) -> None:
    await answered(house.admin, "POST", f"{EVENT}/async", body)


@tried
@given(query=searches)
async def test_random_searches(house: House, query: dict[str, str]) -> None:
    await answered(house.admin, "GET", f"{EVENT}?{urlencode(query)}", None)
