"""Files that are older than what is stored: pushed, they would take back what somebody else has saved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard

from penstock.errors import UniqueConstraintError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.cli.workflow.given import Given
    from penstock.cli.workflow.server import Server

Document = dict[str, Any]

_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})")


def is_version(value: Any) -> TypeGuard[str]:
    """Return whether a value is the number of a version: ``3.1``."""
    return isinstance(value, str) and _VERSION.fullmatch(value) is not None


async def refuse_stale(server: Server, given: Given, names: Iterable[str]) -> None:
    """Raise :class:`UniqueConstraintError` for the first file that is not of the newest version of its major.

    A fragment alone lies over the newest version, and a file without a version is the server's to refuse.
    """
    for name in names:
        version = given.whole.get(name, {}).get("version")
        if not is_version(version):
            continue
        newest = await server.newest_of(name, _parts(version)[0])
        if newest is not None and _parts(newest["version"]) != _parts(version):
            raise UniqueConstraintError(_told(f"{given.files[name]} is {name} {version}", name, newest))


def _told(file: str, name: str, newest: Document) -> str:
    number = newest["version"]
    by = f" by {newest['createdBy']}" if newest.get("createdBy") else ""
    why = f" ({newest['versionComment']})" if newest.get("versionComment") else ""
    return (
        f"{file}, but the newest version of major {_parts(number)[0]} is {number}, saved{by} at {newest['createdOn']}"
        f"{why}. Fetch that by penstock workflow pull {name} --version {number} --into OTHER-FOLDER and merge the two "
        f"into a file of version {number}, or give --over to save yours over it all the same."
    )


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
