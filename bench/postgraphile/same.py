"""Checks that both applications say the same."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from bench.tools.client import Caller

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


async def rows_of_both(ours: Caller, theirs: Caller, our_request: bytes, their_request: bytes) -> int:
    """Return how many rows of lists both answers hold, having seen that the answers are equal."""
    mine, other = [
        _comparable(msgspec.json.decode(await caller.call(request))["data"])
        for caller, request in ((ours, our_request), (theirs, their_request))
    ]
    assert mine == other, f"the answers differ:\n{mine}\n{other}"
    return _rows(mine)


def _comparable(value: Any) -> Any:
    """Return a value with its moments cut to milliseconds: Penstock shows no more of them."""
    if isinstance(value, dict):
        return {key: _comparable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_comparable(inner) for inner in value]
    if isinstance(value, str) and _MOMENT.match(value):
        moment = datetime.fromisoformat(value)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return value


def _rows(value: Any) -> int:
    if isinstance(value, dict):
        return ("node" in value) + sum(map(_rows, value.values()))
    return sum(map(_rows, value)) if isinstance(value, list) else 0
