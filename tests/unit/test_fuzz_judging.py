"""The fuzzer finds what is wrong with an answer, and makes a failing request small."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.fuzzing.judging import problems
from bench.fuzzing.smaller import smaller
from bench.fuzzing.target import Reply, Request, operation

from penstock.api.graphql.failures import FETCHING

JSON = {"content-type": "application/json"}
GOOD = {"message": "C0160E - no", "extensions": {"code": "C0160E", "classification": "DataFetchingException"}}


def found(answer: object, status: int = 200, path: str = "/graphql", kind: str = "queries", **more: Any) -> list[str]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    reply = Reply(status, more.get("headers", JSON), body, more.get("seconds", 0.1))
    return list(problems(kind, Request("POST", path), reply))


def error(**changes: Any) -> dict[str, Any]:
    return {"data": None, "errors": [GOOD | changes]}


def test_good_answers_pass() -> None:
    assert found({"data": {"me": None}}) == []
    assert found(error()) == []
    envelope = {"code": "400", "message": "x", "errors": [{"code": "400", "message": "x"}]}
    assert found(envelope, 400) == []
    assert found({"error": "invalid_token", "error_description": "Invalid access token"}, 401, "/api") == []
    assert found(envelope | {"code": "500", "eventStatus": "FAILED"}, 500, "/api/v4.1/event/sync") == []


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ({"errors": [GOOD]}, "an answer that is not GraphQL's"),
        ({"data": None, "errors": []}, "an empty list of errors"),
        (b"<html>", "an answer that is not JSON"),
        (error(message=""), "an error without a message"),
        (error(extensions={"classification": "Odd"}), "an error of the class Odd"),
        (error(message="no"), "the code C0160E"),
        (error(message="S0002E - x", extensions={"code": "S0002E", "classification": FETCHING}), "the code S0002E"),
        (error(message="C0160E - Traceback (most recent call last)"), "a message that shows 'Traceback'"),
        (error(message="C0160E - SELECT id FROM orders"), "a message that shows 'SELECT id FROM '"),
        (error(message="C0160E - KeyError: 'x'"), "a message that shows 'KeyError'"),
        (error(message='C0160E - relation "orders"'), "a message that shows 'relation \"'"),
        (error(message="C0160E - in service.py"), "a message that shows '.py'"),
        (
            error(message="C0160E - The database needed longer for this than a statement may take"),
            "a statement that ran into its time limit",
        ),
    ],
)
def test_what_is_wrong_is_named(answer: object, what: str) -> None:
    assert found(answer) == [what]


def test_other_faults_are_named() -> None:
    assert found({"code": "500", "message": "x", "errors": [1]}, 500) == ["status 500"]
    assert found({"message": "x"}, 400, "/api") == ["status 400 in a form that is not documented"]
    assert found({"data": None}, headers={"content-type": "text/html"}) == ["content type text/html"]
    assert found({"data": None}, seconds=6) == ["an answer after more than 5 s"]
    invalid = error(message="x", extensions={"classification": "ValidationError"})
    assert found(invalid, kind="queries from the schema") == ["a valid document that is called invalid"]


def test_a_failing_request_becomes_small() -> None:
    request = operation("query { a b c bad d e f }", {"x": [1, {"y": "bad"}], "z": 2})
    made = smaller(request, lambda r: b"bad" in r.body and b'"y"' in r.body and b'"query"' in r.body)
    assert json.loads(made.body) == {"query": "", "variables": {"x": [{"y": "bad"}]}}
