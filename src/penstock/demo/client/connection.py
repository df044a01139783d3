"""Where Penstock is and who we are: the file ``connection.json`` that ``penstock up`` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from penstock.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path


class Connection(msgspec.Struct, frozen=True, rename="camel"):
    """Address and credentials of the first administrator."""

    url: str
    account_id: str
    retailer_id: str
    username: str
    password: str
    client_id: str
    client_secret: str


def read_connection(path: Path) -> Connection:
    """Read the file; ``SetupError`` says what is missing or wrong."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Connection)
    except FileNotFoundError:
        raise SetupError(f"{path} does not exist: start Penstock with `penstock up`, it writes it") from None
    except PermissionError:
        raise SetupError(f"{path} is not readable for you: use the account that started Penstock") from None
    except msgspec.DecodeError as error:
        raise SetupError(f"{path} is no connection file ({error}): give the one of `penstock up`") from None
