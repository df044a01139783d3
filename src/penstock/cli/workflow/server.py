"""A running Penstock as the workflow commands see it: over its public REST API, as any other client."""

from __future__ import annotations

import asyncio
import os
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from penstock.demo.client import Connection, RefusedError, read_connection
from penstock.demo.client.transport import Transport
from penstock.errors import InvalidValueError, SetupError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

_PATH = "/api/v4.1/workflow"
_RULES = "/orchestration/rest/v1/plugin"
_PATIENCE = 5.0  # seconds for a server that does not answer
_PAGE = 1_000
_FILE = Path(".penstock/connection.json")
# Credentials come from a file or from here, never from arguments, which others on the machine can read.
_VARIABLES = {
    "url": "PENSTOCK_URL",
    "account_id": "PENSTOCK_ACCOUNT",
    "retailer_id": "PENSTOCK_RETAILER",
    "username": "PENSTOCK_USERNAME",
    "password": "PENSTOCK_PASSWORD",
    "client_id": "PENSTOCK_CLIENT_ID",
    "client_secret": "PENSTOCK_CLIENT_SECRET",
}
_T = TypeVar("_T")

Document = dict[str, Any]

connection_option = click.option(
    "--connection",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help=f"File connection.json of a running Penstock. By default PENSTOCK_URL and its kin, else {_FILE}.",
)
retailer_option = click.option("--retailer", default=None, help="Id of the retailer, by default the connection's.")


def connected(file: Path | None, retailer: str | None) -> Connection:
    """Return where Penstock is and who we are.

    Raises:
        SetupError: there is no such file, or variables are missing; the message says which.
    """
    if file is None and os.environ.get(_VARIABLES["url"]):
        found = _from_environment(retailer)
    else:
        found = read_connection(file or _FILE)
    return msgspec.structs.replace(found, retailer_id=retailer) if retailer else found


def _from_environment(retailer: str | None) -> Connection:
    given = {name: os.environ.get(variable, "") for name, variable in _VARIABLES.items()}
    given["retailer_id"] = retailer or given["retailer_id"]
    if missing := [_VARIABLES[name] for name, value in given.items() if not value]:
        raise SetupError(f"PENSTOCK_URL is set, but not {', '.join(missing)}; set them, too, or give --connection")
    return Connection(**given)


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
            raise _told(error) from None
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
            raise _told(error) from None
        return found

    async def names(self) -> list[str]:
        """Return the names of all workflows."""
        query = {"retailerId": self.connection.retailer_id, "count": str(_PAGE)}
        try:
            page = await self._transport.get(_PATH, query)
        except RefusedError as error:
            raise _told(error) from None
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
                raise _told(error) from None
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
            raise _told(error) from None
        return str(saved["entityId"]).rpartition("::")[2]


def ask(connection: Connection, work: Callable[[Server], Awaitable[_T]]) -> _T:
    """Do some work with a running Penstock."""

    async def within() -> _T:
        async with Transport(connection, patience=_PATIENCE) as transport:
            return await work(Server(connection, transport))

    return asyncio.run(within())


def _told(error: RefusedError) -> InvalidValueError:
    """Return a refusal as the server's own sentences, one a line."""
    try:
        body = msgspec.json.decode(error.answer)
        messages = [str(each["message"]) for each in body["errors"]]
    except (msgspec.DecodeError, KeyError, TypeError):
        return InvalidValueError(error.message, status=error.status)
    said = messages[0] if len(messages) == 1 else "".join(f"\n  {message}" for message in messages)
    return InvalidValueError(f"Penstock refused it: {said}", status=error.status)
