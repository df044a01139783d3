"""The URLs of databases."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit, urlunsplit

from penstock.errors import SetupError

SCHEMES = ("postgresql", "postgres")


def database_of(url: str) -> str:
    """Return the name of the database that ``url`` points to; empty when it names none.

    Raises:
        SetupError: it is not a PostgreSQL URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise SetupError(
            f"{without_password(url)!r} is not the URL of a database; "
            "write it like postgresql://user:password@host:5432/penstock_control."
        )
    return unquote(parts.path.removeprefix("/"))


def with_database(url: str, name: str) -> str:
    """Return ``url`` pointing to the database ``name`` of the same server."""
    parts = urlsplit(url)
    # Not _replace and geturl: they drop the empty host of a URL that names a socket.
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{quote(name)}{query}"


def without_password(url: str) -> str:
    """Return ``url`` fit to be shown."""
    parts = urlsplit(url)
    credentials, at, host = parts.netloc.rpartition("@")
    user = credentials.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}{at}{host}"))
