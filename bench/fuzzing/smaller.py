"""Makes a failing request smaller while it goes on failing, for as long as there is time."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.fuzzing.target import Request

SECONDS = 10.0


def smaller(request: Request, fails: Callable[[Request], bool]) -> Request:
    """Return the smallest request found that still fails."""
    until = time.monotonic() + SECONDS
    found = True
    while found:
        found = False
        for candidate in _cuts(request):
            if time.monotonic() > until:
                return request
            if fails(candidate):
                request, found = candidate, True
                break
    return request


def _cuts(request: Request) -> Iterator[Request]:
    """Yield the request without a part of it, large parts first."""
    try:
        body = msgspec.json.decode(request.body)
    except ValueError:
        yield from (replace(request, body=part) for part in _shorter(request.body))
        return
    if request.path == "/graphql" and isinstance(body, dict) and isinstance(body.get("query"), str):
        yield from (_with(request, body | {"query": part}) for part in _shorter(body["query"]))
    yield from (_with(request, part) for part in _without(body))


def _with(request: Request, body: Any) -> Request:
    return replace(request, body=msgspec.json.encode(body))


def _shorter(text: Any) -> Iterator[Any]:
    """Yield a text without one of its halves, quarters, eighths and so on."""
    size = (len(text) + 1) // 2
    while size:
        for start in range(0, len(text), size):
            yield text[:start] + text[start + size :]
        size //= 2


def _without(value: Any) -> Iterator[Any]:
    """Yield a JSON value without one of its members, at any depth."""
    if isinstance(value, dict):
        for name in value:
            yield {n: v for n, v in value.items() if n != name}
        for name, inner in value.items():
            yield from (value | {name: part} for part in _without(inner))
    elif isinstance(value, list):
        for place in range(len(value)):
            yield value[:place] + value[place + 1 :]
        for place, inner in enumerate(value):
            yield from ([*value[:place], part, *value[place + 1 :]] for part in _without(inner))
