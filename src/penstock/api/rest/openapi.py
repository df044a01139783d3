"""The OpenAPI document, from what the resources declare."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.api.rest.declaration import Nothing, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.api.rest.declaration import Operation, Parameter

JSON, FORM, PARTS = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
_SCHEME = "token"
_ABOUT = "Log in at /oauth/token and send the token with every request. Everything else is asked of /graphql."


def openapi(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the document of these operations, in their order."""
    declared = list(operations)
    given = {t for o in declared for t in (o.body, *o.all_answers.values())}
    structs = (t for t in given if t is not None and t is not Nothing and not issubclass(t, Text))
    types = sorted(structs, key=lambda t: t.__name__)
    _, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for operation in declared:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Penstock", "version": version("penstock"), "description": _ABOUT},
        "security": [{_SCHEME: []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {_SCHEME: {"type": "http", "scheme": "bearer"}},
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {"operationId": _name(operation), "summary": _sentence(operation.run)}
    if operation.public:
        found["security"] = []
    if operation.parameters:
        found["parameters"] = [_parameter(p) for p in operation.parameters]
    if operation.body is not None:
        kinds = (FORM, JSON) if operation.form else (PARTS,) if operation.upload else (JSON,)
        found["requestBody"] = {"required": True, "content": {kind: _schema(operation.body) for kind in kinds}}
    found["responses"] = {str(status): _answer(type_) for status, type_ in operation.all_answers.items()}
    return found


def _answer(type_: type) -> dict[str, Any]:
    if issubclass(type_, Text):
        return {"description": _sentence(type_), "content": {type_.media: {"schema": {"type": "string"}}}}
    content = {} if type_ is Nothing else {"content": {JSON: _schema(type_)}}
    return {"description": _sentence(type_), **content}


def _sentence(thing: Any) -> str:
    """Return the first paragraph of a docstring."""
    return " ".join((thing.__doc__ or "").partition("\n\n")[0].split())


def _name(operation: Operation) -> str:
    """Return a name that no other operation has: ``get_api_v4_1_event_eventId``."""
    words = operation.path.replace("{", "").replace("}", "").replace(".", "_").split("/")
    return "_".join([operation.method.lower(), *(w for w in words if w)])


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.doc,
        "schema": dict(parameter.schema),
    }


def _schema(type_: type) -> dict[str, Any]:
    # msgspec inlines what is not a struct.
    found: dict[str, Any] = msgspec.json.schema_components((type_,), ref_template="#/components/schemas/{name}")[0][0]
    return {"schema": found}
