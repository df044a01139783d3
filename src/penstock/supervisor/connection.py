"""``connection.json``: how a client reaches this Penstock as its first administrator."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from penstock.api.rest.webhook_keys import PUBLIC_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def keep_connection(file: Path, fresh: Mapping[str, str] | None, url: str) -> dict[str, str] | None:
    """Write what a first start made (``fresh``), or bring the URLs in the kept file up to date.

    Returns what the file holds, or None when the administrator was made by an installation that keeps its
    file elsewhere.
    """
    connection = dict(fresh) if fresh else read_connection(file)
    if connection is None:
        return None
    connection["url"] = url
    connection["webhookPublicKeyUrl"] = f"{url}{PUBLIC_KEY}?account={quote(connection['accountId'])}"
    if connection != read_connection(file):
        _write_private(file, json.dumps(connection, indent=2) + "\n")
    return connection


def read_connection(file: Path) -> dict[str, str] | None:
    """Return the kept connection; None when there is none."""
    with suppress(FileNotFoundError):
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return kept
    return None


def _write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(descriptor)
    fresh.replace(file)
