"""Loading the reference workflows and filling in a retailer's own refs (spec 34 §0)."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\[\[([\w.-]+)\]\]")


def defaults(account: str, retailer_id: int) -> dict[str, str]:
    """Return every template variable with the value it has unless a retailer wants another."""
    return {
        "account.id": account,
        "retailer.id": str(retailer_id),
        "network.hd.ref": f"HD_{retailer_id}",
        "network.cc.ref": f"CC_{retailer_id}",
        "virtual.catalogue.ref": f"BASE:{retailer_id}",
        "aggregate.catalogue.ref": f"ATS_ALL:{retailer_id}",
        "inventory.catalogue.ref": f"DEFAULT:{retailer_id}",
        "system.rejected.location.ref": f"RJT_{retailer_id}",
        "default.carrier.ref": f"DEFAULT_CARRIER:{retailer_id}",
        "label.url": "https://carrier.example/labels/demo.pdf",
        "max.split": "5",
    }


def reference(account: str, retailer_id: int, variables: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the reference workflow documents of a retailer, sorted by name.

    ``variables`` replaces defaults; ``InvalidValueError`` names one that no template has.
    """
    values = defaults(account, retailer_id)
    for name, value in (variables or {}).items():
        if name not in values:
            raise InvalidValueError(f"template variable {name} does not exist; there are {', '.join(values)}")
        values[name] = value
    documents = [filled(json.loads(text), values) for text in _templates()]
    return sorted(documents, key=lambda document: str(document["name"]))


def _templates() -> list[str]:
    folder = resources.files("penstock.workflows") / "documents"
    return [file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".json")]


def filled(value: Any, values: Mapping[str, str], *, whole: bool = True) -> Any:
    """Return the JSON value with its place-holders replaced, also inside longer texts.

    ``InvalidValueError`` names a place-holder that has no value; not ``whole`` leaves such a one as it is.
    """
    if isinstance(value, str):
        return _PLACEHOLDER.sub(
            lambda match: _value(match[1], values) if whole else values.get(match[1], match[0]), value
        )
    if isinstance(value, list):
        return [filled(item, values, whole=whole) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, values, whole=whole) for key, item in value.items()}
    return value


def _value(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        raise InvalidValueError(f"the place-holder [[{name}]] has no value; there are {', '.join(values)}")
    return values[name]
