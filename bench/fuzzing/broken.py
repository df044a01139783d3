"""Requests that are broken on purpose: good documents with a part changed, and bodies that are hardly any."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from bench.fuzzing.hostile import ROOM
from bench.fuzzing.target import Request, operation

_GOOD = (
    '{ orders(ref: "HD%", status: ["A", "B"], first: 3) { edges { cursor node { items { edges { cursor } } } } } }',
    (
        "query Q($f: Int, $r: [String], $d: DateRange, $i: ID = 1) { orders(first: $f, ref: $r, createdOn: $d) "
        "{ pageInfo { hasNextPage } } orderById(id: $i) { ...F } } fragment F on Order { ref customer { ref } }"
    ),
    "mutation M($i: UpdateOrderInput!) { updateOrder(input: $i) { id attributes { name value } } }",
    '{ __type(name: "Order") { fields { name type { ofType { name } } } } __typename me { id @skip(if: false) } }',
    'mutation { createComment(input: {entityType: "ORDER", entityId: 1, text: """a\nb"""}) { id } }',
)
_PIECES = (
    *(
        "",
        " ",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "$",
        "@",
        "!",
        ":",
        "...",
        "#",
        '"',
        '"""',
        "\\",
        "\0",
        "\ufeff",
        "\u2028",
    ),
    *("null", "true", "-1", "1e999", "99999999999999999999", "0.1", "NaN", '"\\ud800"', '"\\u{1F600}"', '"\\u0000"'),
    *("first: -1", "first: 5001", "last: 2147483648", 'after: "AAAA"', "ref: []", "ref: [null]", "createdOn: {}"),
    *("@skip", "@include(if: $i)", "on Order", "fragment F on F", "...F", "__typename", "subscription", "{ edges }"),
    *("é" * 40, "x" * 300, "{" * 70, "a: " * 60, "\U0001f4a5"),
)
_SCREEN = 2000  # characters
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=12,
)
_VARIABLES = st.fixed_dictionaries({}, optional=dict.fromkeys(("f", "r", "d", "i", "x"), _JSON))


@st.composite
def documents(draw: Any) -> Request:
    """Draw a document with one to four parts cut out, doubled or put in."""
    text = draw(st.sampled_from(_GOOD))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 3, 20])))
        put = draw(st.one_of(st.sampled_from(_PIECES), st.just(text[start:end] * 2), st.text(max_size=3)))
        text = text[:start] + put + text[end:]
    return operation(text, draw(_VARIABLES))


def _deep(levels: int, form: str) -> bytes:
    before, after = form.split("*")
    return (before * levels + "1" + after * levels).encode()


def _with_json(value: bytes) -> list[bytes]:
    """Return bodies that carry a JSON value, where one of any form may stand."""
    attribute = b'{"name":"a","type":"JSON","value":' + value + b"}"
    return [
        b'{"query":"query($v:ID!){orderById(id:$v){id}}","variables":{"v":' + value + b"}}",
        b'{"query":"query($v:[String]){orders(ref:$v){edges{cursor}}}","variables":{"v":' + value + b"}}",
        b'{"query":"mutation($v:CreateSettingInput){createSetting(input:$v){id lobValue}}","variables":{"v":'
        b'{"name":"FUZZ","valueType":"LOB","context":"ACCOUNT","contextId":0,"lobValue":' + value + b"}}}",
        b'{"query":"mutation($v:UpdateOrderInput){updateOrder(input:$v){id}}","variables":{"v":{"id":1,"attributes":['
        + attribute
        + b"]}}}",
        b'{"query":"{me{id}}","variables":' + value + b"}",
    ]


_VALUES = (
    *(_deep(n, form) for n in (50, 400, 900, 990, 5000, 100_000) for form in ("[*]", '{"a":*}')),
    *(b"NaN", b"Infinity", b"-0", b"1e400", b"1e308", b"1" * 400, b"1" * 5000, b"0." + b"1" * 5000, b'"\\ud800"'),
    b'"' + b"x" * (ROOM - 500) + b'"',
    b"[" + b"1," * (ROOM // 2 - 500) + b"1]",
    b"[" + b'"a%",' * 200_000 + b'"a"]',
    b"[" + b"null," * 100_000 + b"1]",
    b"{" + b",".join(b'"k%d":1' % n for n in range(100_000)) + b"}",
    b"{" + b'"a":1,' * 100_000 + b'"a":2}',
)
BODIES = (
    *(body for value in _VALUES for body in _with_json(value)),
    *(b"", b"\0", b"\xff\xfe", b"null", b"[]", b'""', b"{}", b'{"query":1}', b'{"query":""}', b'{"query":"{me{id}}"'),
    *(b'{"query":"{me{id}}","operationName":"' + b"x" * n + b'"}' for n in (1, 1_000_000)),
    *(b"[" * n for n in (10, 2_000_000)),
    b"x" * (ROOM + 2048),
)


def bodies(path: str) -> list[Request]:
    """Return every such body for a path."""
    return [Request("POST", path, body) for body in BODIES]


def events() -> list[Request]:
    """Return events whose attributes hold every such value."""
    start = b'{"name":"X","retailerId":"1","entityType":"ORDER","entityId":"1","attributes":{"a":'
    return [Request("POST", "/api/v4.1/event/async", start + value + b"}}") for value in _VALUES]


def shown(request: Request) -> str:
    """Return a request as one line that can be sent again."""
    body = request.body.decode(errors="backslashreplace")
    text = body if len(body) < _SCREEN else f"{body[: _SCREEN // 2]} ... {len(body)} characters"
    return f"{request.method} {request.path} {json.dumps(text, ensure_ascii=False)}"
