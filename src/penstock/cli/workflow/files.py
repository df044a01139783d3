"""Workflow documents in files: read, merged and filled in (spec 13 §13); written so that versions can be compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from penstock.cli.workflow.writing import written
from penstock.errors import InvalidValueError, MissingValueError
from penstock.workflows.documents import defaults, filled
from penstock.workflows.merging import merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from penstock.demo.client import Connection

Document = dict[str, Any]

FRAGMENTS = "workflow-fragments"  # the folder of a module in which each file is a fragment
_LISTS = ("rulesets", "statuses")


def documents(files: Iterable[Path], fragments: Iterable[Path], values: Mapping[str, str]) -> list[Document]:
    """Return the workflows in files and folders, each with the fragments of its name over it, place-holders filled in.

    Raises:
        InvalidValueError: a file cannot be used; the message names it.
        MissingValueError: a fragment has no workflow to lie over.
    """
    whole, partial = _sorted(files, fragments)
    found: dict[str, Document] = {}
    for file in whole:
        document = filled(_read(file), values)
        name = name_of(document, file)
        if name in found:
            raise InvalidValueError(f"{file} is {name}, too; give one file of each workflow, and fragments of it")
        found[name] = {**document, "name": name, **{key: _list(document, key, file) for key in _LISTS}}
    for file in partial:
        fragment = filled(_read(file), values)
        name = name_of(fragment, file)
        if name not in found:
            raise MissingValueError(f"{file} is a fragment of {name}; give the file of that workflow, too")
        found[name] = merged(found[name], fragment)
    return [{**document, "retailerId": values["retailer.id"]} for document in found.values()]


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


def _sorted(files: Iterable[Path], fragments: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    named = [inner for file in files for inner in _inside(file)]
    partial = [file for file in named if file.parent.name == FRAGMENTS]
    return [file for file in named if file not in partial], [*partial, *(f for p in fragments for f in _inside(p))]


def _inside(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(path.rglob("*.json"))
    if not found:
        raise InvalidValueError(f"{path} holds no .json files; give a folder of workflows, or a file")
    return found


def _read(file: Path) -> Document:
    try:
        document = json.loads(file.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise InvalidValueError(f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidValueError(f"{file} must hold one workflow, a JSON object")
    return document


def _list(document: Document, key: str, file: Path) -> list[Document]:
    """Return a list of objects in a document, each with the texts by which it is compared and merged."""
    known_by = ("name", "type") if key == "rulesets" else ("name", "entityType")
    value = document.get(key)
    if not isinstance(value, list) or not all(
        isinstance(part, dict) and all(isinstance(part.get(name), str) for name in known_by) for part in value
    ):
        wanted = " and ".join(known_by)
        raise InvalidValueError(f"{file}: {key} must be a list of objects with {wanted}; penstock workflow lint helps")
    return value
