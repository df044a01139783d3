"""What is wrong with an answer: a server error, a form that nobody documented, or a look at Penstock's inside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.api.rest.declaration import Text
from penstock.api.rest.resources import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.fuzzing.target import Reply, Request

VALID = {"queries from the schema", "mutations from the schema"}
SECONDS = 5.0  # for one answer, on a busy machine
SERVER_ERROR, OK, NO_CONTENT, BAD, TOO_LARGE = 500, 200, 204, 400, 413
# Spec 12 §8; those that begin with S are the server's fault.
CODES = frozenset(
    f"C{number:04}E" for number in (1, 3, 11, 20, 100, 101, 102, 103, 120, 121, 122, 123, 128, 140, 141, 160)
)
CLASSES = {"DataFetchingException", "ValidationError", "InvalidSyntax"}
_INSIDE = re.compile(
    r"Traceback|\.py\b|site-packages|/home/|/usr/|/tmp/|asyncpg|msgspec\.|graphql\.|"
    r"SELECT .* FROM |INSERT INTO|UPDATE \w+ SET|DELETE FROM|\bWHERE\b|relation \"|\bpg_|SQLSTATE|"
    r"\b(?!ValidationError\b)[A-Z]\w*(?:Error|Exception)\b"
)
_TEXTS = {o.path for o in OPERATIONS if issubclass(o.answers.get(OK, object), Text)}
_TIMED_OUT = "longer for this than a statement may take", "longer to write this than a statement may take"


def problems(kind: str, request: Request, reply: Reply) -> Iterator[str]:
    """Yield what is wrong with an answer, in words that do not depend on the request."""
    if reply.status >= SERVER_ERROR and not _failed_in_its_rules(reply):
        yield f"status {reply.status}"
    if reply.seconds > SECONDS:
        yield f"an answer after more than {SECONDS:.0f} s"
    if reply.status == NO_CONTENT and not reply.body:
        return
    if reply.status == OK and request.path.partition("?")[0].rstrip("/") in _TEXTS:
        return
    if not reply.headers.get("content-type", "").startswith("application/json"):
        yield f"content type {reply.headers.get('content-type')}"
        return
    try:
        answer = msgspec.json.decode(reply.body)
    except ValueError:
        yield "an answer that is not JSON"
        return
    if kind in VALID and set(codes(reply)) & {"ValidationError", "InvalidSyntax"}:
        yield "a valid document that is called invalid"
    is_graphql = request.path == "/graphql" and reply.status == OK
    yield from _graphql(answer) if is_graphql else _rest(reply.status, answer)


def codes(reply: Reply) -> list[str]:
    """Return the codes of a GraphQL answer's errors, or their classes."""
    if b'"errors":' not in reply.body or reply.status != OK:
        return []
    found = [error.get("extensions", {}) for error in msgspec.json.decode(reply.body).get("errors") or ()]
    return [e.get("code") or e.get("classification", "none") for e in found]


def _failed_in_its_rules(reply: Reply) -> bool:
    """Return whether a rule of the workflow threw: what a synchronous event then answers (spec 11 §1.4)."""
    if reply.status != SERVER_ERROR or b"eventStatus" not in reply.body:
        return False
    return bool(msgspec.json.decode(reply.body)["eventStatus"] == "FAILED")


def _graphql(answer: Any) -> Iterator[str]:
    if not isinstance(answer, dict) or "data" not in answer or not set(answer) <= {"data", "errors", "extensions"}:
        yield "an answer that is not GraphQL's"
        return
    if "errors" in answer and not answer["errors"]:
        yield "an empty list of errors"
    for error in answer.get("errors", ()):
        yield from _error(error)


def _error(error: dict[str, Any]) -> Iterator[str]:
    message, extensions = error.get("message"), error.get("extensions", {})
    if not isinstance(message, str) or not message:
        yield "an error without a message"
        return
    if extensions.get("classification") not in CLASSES:
        yield f"an error of the class {extensions.get('classification')}"
    code = extensions.get("code")
    if code is not None and (code not in CODES or not message.startswith(code)):
        yield f"the code {code}"
    yield from _told(message)


def _rest(status: int, answer: Any) -> Iterator[str]:
    if status < BAD:
        return
    refused = isinstance(answer, dict) and {"error", "error_description"} <= set(answer)
    enveloped = isinstance(answer, dict) and answer.get("code") == str(status) and bool(answer.get("errors"))
    if not refused and not enveloped:
        yield f"status {status} in a form that is not documented"
        return
    yield from _told(str(answer.get("message") or answer.get("error_description")))


def _told(message: str) -> Iterator[str]:
    if found := _INSIDE.search(message):
        yield f"a message that shows {found[0]!r}"
    if any(said in message for said in _TIMED_OUT):
        yield "a statement that ran into its time limit"
