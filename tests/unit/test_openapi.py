"""The OpenAPI document: well-formed, and of every operation that the router knows (spec 10, 11)."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import msgspec
import schemathesis
from schemathesis.core.result import Err

from penstock.api.asgi import PUBLIC, ROUTES
from penstock.api.pages import FILES
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.document import text
from penstock.api.rest.openapi import openapi
from penstock.api.rest.resources import OPERATIONS

DOCUMENT = json.loads(text())


def schemas(node: Any) -> list[dict[str, Any]]:
    """Return every schema that stands in a part of the document."""
    if isinstance(node, dict):
        own = [node["schema"]] if isinstance(node.get("schema"), dict) else []
        return own + [s for value in node.values() for s in schemas(value)]
    return [s for value in node for s in schemas(value)] if isinstance(node, list) else []


def test_every_route_is_described_and_the_other_way_round() -> None:
    described = {(path, method.upper()) for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == {(o.path, o.method) for o in OPERATIONS}
    assert {path for path, _ in described} == {r.path for r in ROUTES if not r.path.startswith(FILES)}
    assert len({o["operationId"] for item in DOCUMENT["paths"].values() for o in item.values()}) == len(described)


def test_every_schema_is_valid_and_every_reference_leads_somewhere() -> None:
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert {s["$ref"] for s in schemas(DOCUMENT["paths"]) if "$ref" in s} <= known
    for schema in (*DOCUMENT["components"]["schemas"].values(), *schemas(DOCUMENT["paths"])):
        jsonschema_rs.meta.validate(schema)
    operations = list(schemathesis.openapi.from_dict(DOCUMENT).get_all_operations())
    assert len(operations) == len(OPERATIONS)
    assert [o for o in operations if isinstance(o, Err)] == []


def test_only_public_operations_do_without_a_token() -> None:
    free = {path for path, item in DOCUMENT["paths"].items() for o in item.values() if o.get("security") == []}
    assert free == PUBLIC
    for path in set(DOCUMENT["paths"]) - free:
        assert all("401" in operation["responses"] for operation in DOCUMENT["paths"][path].values())


class Thing(msgspec.Struct):
    """A thing.

    Which has more to say.
    """

    name: str


async def make(request: Any) -> Any:
    """Make a thing from a request.

    And no more.
    """
    raise NotImplementedError(request)


def test_an_operation_is_declared_in_one_place() -> None:
    id_ = Parameter("thingId", "Which one.", place="path")
    declared = Operation("PUT", "/api/v4.1/thing/{thingId}", make, {200: Thing, **errors(404)}, (id_,), body=Thing)
    document = openapi([declared])
    described = document["paths"]["/api/v4.1/thing/{thingId}"]["put"]
    assert described["operationId"] == "put_api_v4_1_thing_thingId"
    assert described["summary"] == "Make a thing from a request."
    assert described["parameters"] == [
        {
            "name": "thingId",
            "in": "path",
            "required": True,
            "description": "Which one.",
            "schema": {"type": "string"},
        }
    ]
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    assert described["requestBody"] == {"required": True, "content": body}
    assert described["responses"]["200"] == {"description": "A thing.", "content": body}
    assert list(described["responses"]) == ["200", "401", "404", "413", "503"]
    assert document["components"]["schemas"]["Thing"]["properties"] == {"name": {"type": "string"}}
