"""A running Penstock to commands that are clients of its public API: where it is, who asks, what it refuses."""

from __future__ import annotations

import os
from pathlib import Path

import click
import msgspec

from penstock.demo.client import Connection, RefusedError, read_connection
from penstock.demo.client.transport import Transport
from penstock.errors import InvalidValueError, SetupError

_PATIENCE = 5.0  # seconds for a server that does not answer
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
NO_RETAILER = "0"  # of what concerns the whole account

connection_option = click.option(
    "--connection",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help=f"File connection.json of a running Penstock. By default PENSTOCK_URL and its kin, else {_FILE}.",
)


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


def transport(connection: Connection) -> Transport:
    """Return a client for one command, which does not wait long for a server that is not there."""
    return Transport(connection, patience=_PATIENCE)


def told(error: RefusedError) -> InvalidValueError:
    """Return a refusal as the server's own sentences, one a line."""
    try:
        body = msgspec.json.decode(error.answer)
        messages = [str(each["message"]) for each in body["errors"]]
    except (msgspec.DecodeError, KeyError, TypeError):
        return InvalidValueError(error.message, status=error.status)
    said = messages[0] if len(messages) == 1 else "".join(f"\n  {message}" for message in messages)
    return InvalidValueError(f"Penstock refused it: {said}", status=error.status)
