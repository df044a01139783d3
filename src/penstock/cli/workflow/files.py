"""Workflow documents in files: read, and written so that versions can be compared."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from penstock.cli.workflow.writing import written
from penstock.errors import InvalidValueError
from penstock.workflows.documents import defaults

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from penstock.demo.client import Connection

Document = dict[str, Any]

_LISTS = ("rulesets", "statuses")
_NUMBER = re.compile(r'"version"\s*:\s*"([0-9]+\.[0-9]+)"')


def values_for(connection: Connection, given: Iterable[str]) -> dict[str, str]:
    """Return the values of place-holders: the connection's, and ``name=value`` as given."""
    found = defaults(connection.account_id, int(connection.retailer_id))
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator:
            raise InvalidValueError(f"--set {pair} is no name=value; give one such as max.split=3")
        found[name] = value
    return found


def name_of(document: Document, file: Path) -> str:
    """Return the name of the workflow in a file, ``<entityType>::<entitySubtype>`` when it has none."""
    name, parts = document.get("name"), (document.get("entityType"), document.get("entitySubtype"))
    if isinstance(name, str) and name:
        return name
    if not all(isinstance(part, str) and part for part in parts):
        raise InvalidValueError(f"{file} has neither a name nor entityType and entitySubtype, as a workflow has")
    return "::".join(map(str, parts))


def file_for(folder: Path, name: str) -> Path:
    """Return the file in a folder that a workflow is written to: ``order_hd.json`` for ORDER::HD."""
    return folder / f"{name.replace('::', '_').lower()}.json"


def write(file: Path, document: Document) -> None:
    """Write a document, in an order and a layout that only change where the document does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(written(document), encoding="utf-8")


def renumber(file: Path, version: str) -> None:
    """Let a file say which version it has become, and leave everything else in it as it is written.

    So its author may go on with it, and whoever else has it is told that it is old. A file that nobody may write, or
    whose number is a place-holder, stays as it is.
    """
    text = file.read_text("utf-8")
    wanted = {**json.loads(text), "version": version}
    for match in _NUMBER.finditer(text):
        changed = f"{text[: match.start(1)]}{version}{text[match.end(1) :]}"
        if json.loads(changed) == wanted:  # not the version of something within the document
            with suppress(OSError):
                file.write_text(changed, encoding="utf-8")
            return


def inside(path: Path) -> list[Path]:
    """Return a file, or all documents in a folder and those below."""
    if not path.is_dir():
        return [path]
    found = sorted(path.rglob("*.json"))
    if not found:
        raise InvalidValueError(f"{path} holds no .json files; give a folder of workflows, or a file")
    return found


def read(file: Path) -> Document:
    """Return the document in a file; ``InvalidValueError`` names one that holds none."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise InvalidValueError(f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidValueError(f"{file} must hold one workflow document, a JSON object")
    return document


def checked(document: Document, file: str, *, whole: bool = True) -> Document:
    """Return a document whose parts can be compared and merged; a fragment, which is not ``whole``, may lack lists.

    Raises:
        InvalidValueError: they have not the texts that they are known by.
    """
    for key in _LISTS:
        if whole or document.get(key) is not None:
            _check_list(document, key, file)
    return document


def _check_list(document: Document, key: str, file: str) -> None:
    known_by = ("name", "type") if key == "rulesets" else ("name", "entityType")
    value = document.get(key)
    if not isinstance(value, list) or not all(
        isinstance(part, dict) and all(isinstance(part.get(name), str) for name in known_by) for part in value
    ):
        wanted = " and ".join(known_by)
        raise InvalidValueError(f"{file}: {key} must be a list of objects with {wanted}; penstock workflow lint helps")
