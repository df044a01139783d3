"""Counts the SQL statements of every query that any test sends in this process: one for each eight root fields."""

from __future__ import annotations

import functools
import json
from contextvars import ContextVar
from math import ceil
from typing import TYPE_CHECKING, Any

from penstock.api.graphql import service
from penstock.api.graphql.statements.plan import MOST_MERGED
from penstock.database.pools import CountingConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

_METHODS = ("execute", "executemany", "fetch", "fetchrow", "fetchval")
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK")  # around several statements on one snapshot

_sent: ContextVar[list[str] | None] = ContextVar("sent", default=None)


class Corpus:
    """The queries seen so far, and those of them that took more statements than they may."""

    def __init__(self) -> None:
        self.queries = 0
        self.statements = 0
        self.wrong: list[str] = []

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Look at every query from now on."""
        for name in _METHODS:
            patch.setattr(CountingConnection, name, _noted(getattr(CountingConnection, name)))
        patch.setattr(service, "read", self._counted(service.read))

    def _counted(self, read: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(read)
        async def counted(*args: Any) -> bytes:
            sent: list[str] = []
            token = _sent.set(sent)
            try:
                answer: bytes = await read(*args)
            finally:
                _sent.reset(token)
            self.judge(answer, [s for s in sent if not s.startswith(_FRAME)])
            return answer

        return counted

    def judge(self, answer: bytes, sent: list[str]) -> None:
        """Note a query that took more than one statement for eight root fields."""
        self.queries += 1
        self.statements += len(sent)
        keys = json.loads(answer)["data"]
        if len(sent) > ceil(len(keys) / MOST_MERGED):
            self.wrong.append(f"{len(sent)} statements for {len(keys)} root fields {', '.join(keys)}: {sent}")


def _noted(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def noted(self: CountingConnection, query: str, *args: Any, **options: Any) -> Any:
        sent = _sent.get()
        if sent is not None:
            sent.append(query)
        return method(self, query, *args, **options)

    return noted
