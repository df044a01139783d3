"""REST requests that schemathesis draws from the OpenAPI document that the API serves, right and wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure as Found
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Err

from bench.fuzzing.target import PATIENCE, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis import strategies as st

    from bench.fuzzing.tally import Tally
    from bench.fuzzing.target import Target

# Left out is what asks for more than the API promises: it accepts numbers for texts and ignores what it does not know.
CHECKED = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"),
    *("response_headers_conformance", "ignored_auth", "unsupported_method"),
)
DOCUMENT = "/openapi.json"


def drawn(target: Target) -> Iterator[st.SearchStrategy[Any]]:
    """Yield a strategy of cases for each operation, of right and of wrong ones where there can be any."""
    document = target.send(Request("GET", DOCUMENT)).body.decode()
    load_all_checks()
    for result in schemathesis.openapi.from_file(document).get_all_operations():
        if isinstance(result, Err):
            raise result.err()
        operation = result.ok()
        takes = bool(operation.body or operation.query or operation.path_parameters)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)[: 1 + takes]:
            yield operation.as_strategy(generation_mode=mode)


def send(tally: Tally, kind: str, case: Any) -> None:
    """Send a case, and note what schemathesis finds wrong with its answer."""
    tally.current = f"{kind}: {case.method} {case.formatted_path} {str(case.body)[:150]}"
    token = {} if case.operation.path == "/oauth/token" else {"Authorization": f"Bearer {tally.target.token}"}
    response = case.call(base_url=tally.target.url, headers=token, timeout=PATIENCE)
    body = response.content
    headers = {name.lower(): values[0] for name, values in response.headers.items()}
    request = _request(response)
    tally.judge(kind, request, Reply(response.status_code, headers, body, response.elapsed))
    try:
        case.validate_response(response, checks=CHECKS.get_by_names(list(CHECKED)), headers=token)
    except FailureGroup as group:
        for found in group.exceptions:
            if isinstance(found, Found):
                tally.fail(kind, f"{case.operation.label}: {found.title}", request, found.message[:300])


def _request(response: Any) -> Request:
    sent = response.request
    body = sent.body.encode() if isinstance(sent.body, str) else bytes(sent.body or b"")
    return Request(sent.method, sent.path_url, body, {"Content-Type": sent.headers.get("Content-Type", "")})
