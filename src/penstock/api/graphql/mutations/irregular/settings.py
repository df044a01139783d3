"""Settings: named values, each in one context that must lie within the writer's own (spec 10 §6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.api.graphql.mutations.generic import creating, updating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.mutations.irregular.contexts import SYNONYMS, Context, context, require
from penstock.api.graphql.operations import Call, Written, mutation
from penstock.errors import InvalidValueError, UniqueConstraintError, shown
from penstock.model.identifiers import parse

if TYPE_CHECKING:
    from collections.abc import Callable

CREATE = plan_of("Setting", "create")
UPDATE = plan_of("Setting", "update")
_TWIN = """
SELECT true FROM setting WHERE context = $2 AND context_id = $3 AND id IS DISTINCT FROM $4::bigint
  AND name = coalesce($1, (SELECT name FROM setting WHERE id = $4::bigint))"""
_CONTEXTS = frozenset({"ACCOUNT", "GLOBAL", "RETAILER", "LOCATION", "AGENT", "CUSTOMER"})
_VALUE = "SELECT value FROM setting WHERE id = $1"


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return not text  # whose value is the lobValue may give an empty text beside it
    return True


# Each type, with whether a text can be its value, and what such a text is.
_TYPES: dict[str, tuple[Callable[[str], object], str]] = {
    "STRING": (lambda _: True, "any text"),
    "INTEGER": (re.compile(r"[+-]?[0-9]+").fullmatch, "a whole number such as 5"),
    "BOOLEAN": (lambda text: text.upper() in {"TRUE", "FALSE"}, "TRUE or FALSE"),
    "LOB": (lambda _: True, "any text"),
    "JSON": (_is_json, "JSON"),
}


def _require_type(type_: str, value: str | None) -> None:
    """Raise :class:`InvalidValueError` when there is no such type, or the value is not of it."""
    if type_ not in _TYPES:
        raise InvalidValueError(f"Setting.valueType {shown(type_)} is no type; use one of {', '.join(_TYPES)}")
    fits, what = _TYPES[type_]
    if value is not None and not fits(value):
        raise InvalidValueError(f"Setting.value {shown(value)} does not fit the valueType {type_}; give {what}")


def _context(work: Work, given: dict[str, Any]) -> Context:
    return context(work, given["context"], given["contextId"], _CONTEXTS, "Setting.context")


async def _refuse_twin(work: Work, given: dict[str, Any], own: int | None = None) -> None:
    """Raise :class:`UniqueConstraintError` when the same stands already under the other word for the context."""
    twin = SYNONYMS.get(given["context"])
    if twin and await work.database.fetchval(_TWIN, given.get("name"), twin, given["contextId"], own):
        named = f"{given['context']} {given['contextId']}"
        raise UniqueConstraintError(f"Setting of {named} exists already with the context {twin}; update that one")


@mutation("createSetting", output="Setting", arguments=input_of(CREATE), needs=needs(CREATE))
async def create_setting(call: Call, arguments: dict[str, Any]) -> Written:
    """Create a setting; name, context and contextId together must be new."""
    work = Work(call, CREATE.permission)
    given = creating.required(arguments.get("input"))
    _require_type(given["valueType"], given.get("value"))
    draft, where = drafted(work, CREATE, given), _context(work, given)
    await work.resolve()
    await _refuse_twin(work, given)
    require(work, [where])
    creating.settle(work, draft)
    await work.write()
    return Written("Setting", draft.row.id)


@mutation("updateSetting", output="Setting", arguments=input_of(UPDATE), needs=needs(UPDATE))
async def update_setting(call: Call, arguments: dict[str, Any]) -> Written:
    """Change a setting's value, name or context."""
    work = Work(call, UPDATE.permission)
    given = creating.required(arguments.get("input"))
    revision, where = updating.revised(work, UPDATE, given), _context(work, given)
    await work.resolve()
    own = parse(given["id"])
    await _refuse_twin(work, given, own)
    require(work, [where])
    found = updating.apply(work, revision)
    value = given["value"] if "value" in given else await work.database.fetchval(_VALUE, own)
    _require_type(given["valueType"], value)
    await work.write()
    return Written("Setting", found.id)
