"""One run: every kind of operation in its share, against one target."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from bench.fuzzing import broken, guesses, hostile, rest
from bench.fuzzing.known import known
from bench.fuzzing.target import operation
from bench.fuzzing.valid import served_schema, valid

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis import strategies as st

    from bench.fuzzing.tally import Tally
    from bench.fuzzing.target import Request

# Of a hundred operations; what is left are REST requests.
SHARES = {
    "queries from the schema": 8,
    "mutations from the schema": 8,
    "queries with odd values": 26,
    "mutations with odd values": 22,
    "broken documents": 14,
    "events": 8,
    "event searches": 5,
}
REST = "REST from OpenAPI"
LEAST = 3  # requests of each REST operation


def fuzz(tally: Tally, first: int) -> None:
    """Send what the tally wants; ``first`` is the seed, from which everything follows."""
    strategies = _strategies(tally)
    for kind, share in SHARES.items():
        drawn(strategies[kind], tally.wanted * share // 100, first, partial(tally.send, kind))
    for kind, requests in _listed(tally.wanted).items():
        for request in requests:
            tally.send(kind, request)
    _rest(tally, first)


def drawn(strategy: st.SearchStrategy[Any], count: int, first: int, do: Callable[[Any], object]) -> None:
    """Do something with values that are drawn; what fails is made smaller elsewhere, since that takes minutes here."""

    @seed(first)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def each(value: Any) -> None:
        do(value)

    if count:
        each()


def _strategies(tally: Tally) -> dict[str, st.SearchStrategy[Request]]:
    schema, existing = served_schema(tally.target), known(tally.target)
    return {
        "queries from the schema": valid(schema, "query"),
        "mutations from the schema": valid(schema, "mutation"),
        "queries with odd values": guesses.operations("query", existing),
        "mutations with odd values": guesses.operations("mutation", existing),
        "broken documents": broken.documents(),
        "events": guesses.events(existing),
        "event searches": guesses.searches,
    }


def _listed(wanted: int) -> dict[str, list[Request]]:
    """Return what is sent once; of small runs only a part."""
    every = max(1, 2000 // wanted)
    return {
        "hostile documents": [operation(text) for text in hostile.DOCUMENTS.values()][::every],
        "broken bodies": broken.bodies("/graphql")[::every],
        "events with odd values": broken.events()[::every],
    }


def _rest(tally: Tally, first: int) -> None:
    """Fill up with REST requests; operations of which there is only one request get what they can."""
    strategies = list(rest.drawn(tally.target))
    while not tally.kinds[REST] or tally.done < tally.wanted:
        each = max(LEAST, (tally.wanted - tally.done) // len(strategies))
        for strategy in strategies:
            drawn(strategy, each, first, partial(rest.send, tally, REST))
        first += 1
