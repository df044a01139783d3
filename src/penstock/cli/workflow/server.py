"""A running Penstock as the workflow commands see it: over its public REST API, as any other client."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import click

from penstock.cli.connecting import connected, connection_option, told, transport
from penstock.demo.client import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from penstock.demo.client import Connection
    from penstock.demo.client.transport import Transport

__all__ = ["Server", "ask", "connected", "connection_option", "retailer_option"]

_PATH = "/api/v4.1/workflow"
_RULES = "/orchestration/rest/v1/plugin"
_PAGE = 1_000
_T = TypeVar("_T")

Document = dict[str, Any]

retailer_option = click.option("--retailer", default=None, help="Id of the retailer, by default the connection's.")


class Server:
    """The workflows of one retailer on a running Penstock."""

    def __init__(self, connection: Connection, transport: Transport) -> None:
        self.connection = connection
        self._transport = transport

    async def newest(self, name: str, version: str | None = None) -> Document | None:
        """Return the newest version of a workflow, or a certain one; None when there is none."""
        path = f"{_PATH}/{self.connection.retailer_id}/{name}"
        try:
            found: Document = await self._transport.get(f"{path}/{version}" if version else path, {})
        except RefusedError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise told(error) from None
        return found

    async def stored(self, names: Iterable[str]) -> dict[str, Document | None]:
        """Return the newest version of each of these workflows."""
        return {name: await self.newest(name) for name in names}

    async def rules(self) -> dict[str, Document] | None:
        """Return what each rule that is installed there declares, by its full name; None to whoever may not see it."""
        try:
            found: dict[str, Document] = await self._transport.get(_RULES, {})
        except RefusedError as error:
            if error.status == HTTPStatus.FORBIDDEN:
                return None
            raise told(error) from None
        return found

    async def names(self) -> list[str]:
        """Return the names of all workflows."""
        query = {"retailerId": self.connection.retailer_id, "count": str(_PAGE)}
        try:
            page = await self._transport.get(_PATH, query)
        except RefusedError as error:
            raise told(error) from None
        return [outline["name"] for outline in page["results"]]

    async def newest_of(self, name: str, major: int) -> Document | None:
        """Return the newest version of a major one, in brief; None when there is none."""
        start = 0
        while True:
            query = {"start": str(start), "count": str(_PAGE)}
            try:
                page = await self._transport.get(f"{_PATH}/{self.connection.retailer_id}/{name}/versions", query)
            except RefusedError as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    return None
                raise told(error) from None
            for outline in page["results"]:  # newest first
                if int(outline["version"].partition(".")[0]) == major:
                    return dict(outline)
            start += _PAGE
            if start >= page["total"]:
                return None

    async def version(self, name: str) -> str | None:
        """Return the number of the newest version; None when there is none."""
        found = await self.newest(name)
        return str(found["version"]) if found else None

    async def save(self, document: Document, *, rules: bool = True) -> str:
        """Save a document as a new version, and return that; ``rules`` False: without a look at its rules."""
        try:
            saved = await (self._transport.put if rules else self._transport.post)(_PATH, document)
        except RefusedError as error:
            raise told(error) from None
        return str(saved["entityId"]).rpartition("::")[2]


def ask(connection: Connection, work: Callable[[Server], Awaitable[_T]]) -> _T:
    """Do some work with a running Penstock."""

    async def within() -> _T:
        async with transport(connection) as opened:
            return await work(Server(connection, opened))

    return asyncio.run(within())
