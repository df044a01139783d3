"""The worst documents of two megabytes that we know: each would take long to read if nothing stopped it."""

from __future__ import annotations

import json

ROOM = 2 * 1024 * 1024 - 1024


def _times(count: int, pattern: str) -> str:
    return " ".join(pattern.format(n=n, m=n + 1) for n in range(count))


def _filled(before: str, piece: str, after: str) -> str:
    return before + piece * ((ROOM - _size(before + after)) // _size(piece)) + after


def _size(text: str) -> int:
    """Return the bytes that a text takes in JSON."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


_ORDERS = "{edges{node{id}}}"
_TEXT = _filled('{orders(ref:"', "x", f'"){_ORDERS}}}')

# What the parser would have to look at, character by character.
_LONG = {
    "braces": "{" * ROOM,
    "nested lists": "{me(a:" + "[" * 5000,
    "quotes that nobody ends": _filled("{a(b:", '"\\', ""),
    "block quotes that nobody ends": _filled("{a(b:", '"""\\', ""),
    "comments": _filled("", "#\n", "{me{id}}"),
    "commas": _filled("", ",", "{me{id}}"),
    "lines": _filled("", "\n", "{me{id}}"),
    "a text": _TEXT,
    "a text of escapes": _filled('{orders(ref:"', "\\u0041", f'"){_ORDERS}}}'),
    "a text of escapes in braces": _filled('{orders(ref:"', "\\u{1F600}", f'"){_ORDERS}}}'),
    "a block text": _filled('{orders(ref:"""', "x\n", f'"""){_ORDERS}}}'),
    "a block text of ends": _filled('{orders(ref:"""', '\\"""', f'"""){_ORDERS}}}'),
    "a name": _filled("{", "x", "}"),
    "names that are nearly as long": "{" + _times(40, "n{n}" + "o" * 20_000) + "}",
    "a number": _filled("{orders(first:", "1", f"){_ORDERS}}}"),
    "letters": _filled("{", "é", "}"),
    "byte order marks": _filled("", "\ufeff", ""),
}
# What the checks would have to compare with each other.
_WIDE = {
    "aliases": "{" + _times(10_000, "a{n}:me{{id}}") + "}",
    "aliases that fit": "{" + _times(1999, "a{n}:__typename") + "}",
    "inline fragments": "{" + "...{me{id}}" * 900 + "}",
    "one field with arguments": "{" + ("a:orders(ref:[" + '"",' * 280 + "])" + _ORDERS) * 45 + "}",
    "fragments": "{" + _times(5000, "...f{n}") + "}" + _times(5000, "fragment f{n} on Query{{me{{id}}}}"),
    "fragments that fit": "{" + _times(490, "...f{n}") + "}" + _times(490, "fragment f{n} on Query{{me{{id}}}}"),
    "a chain": "{...f0}" + _times(490, "fragment f{n} on Query{{...f{m}}}") + "fragment f490 on Query{me{id}}",
    "a circle": "{...f0}" + _times(490, "fragment f{n} on Query{{...f{m}}}") + "fragment f490 on Query{...f0}",
    "circles": "{...f0}" + _times(90, "fragment f{n} on Query{{" + _times(90, "...f{n}") + "}}"),
    "fragments within fragments": "{orders{edges{node{...f0}}}}"
    + _times(
        15, "fragment f{n} on Order{{a:items{{edges{{node{{order{{...f{m}}}}}}}}} b:items{{edges{{node{{...g}}}}}}}}"
    )
    + "fragment f15 on Order{ref} fragment g on OrderItem{order{...f15}}",
    "a doubling": "{me{primaryRetailer{...f0}}}"
    + _times(
        6, "fragment f{n} on Retailer{{a:networks{{edges{{node{{...g{n}}}}}}} b:networks{{edges{{node{{...g{n}}}}}}}}}"
    )
    + _times(
        6, "fragment g{n} on Network{{a:retailers{{edges{{node{{...f{m}}}}}}} b:retailers{{edges{{node{{...f{m}}}}}}}}}"
    )
    + "fragment f6 on Retailer{id}",
    "what is skipped": "{"
    + _times(100, "a{n}:orders{{edges{{node{{a:items{{edges{{node{{...f}}}}}}}}}}}}")
    + "}fragment f on OrderItem{"
    + _times(900, "a{n}:ref @skip(if:true)")
    + "}",
    "operations": _times(240, "query q{n}{{...f0}}")
    + _times(240, "fragment f{n} on Query{{...f{m}}}")
    + "fragment f240 on Query{me{id}}",
    "variables": "query(" + _times(3000, "$v{n}:ID") + "){me{id}}",
    "variables in a list": "query(" + _times(1900, "$v{n}:String") + "){orders(ref:[" + _times(1900, "$v{n}") + "])",
    "directives": "{me{id " + "@include(if:true)" * 2000 + "}}",
    "values": "{orders(ref:[" + '"",' * 14_000 + f"]){_ORDERS}}}",
    "wrong values": "{orders(first:[" + "{a:1}," * 2000 + f"]){_ORDERS}}}",
    "long values": "{orders(ref:[" + ('"' + "x" * 95 + '",') * 14_000 + f"]){_ORDERS}}}",
    "fields that nobody knows": "{" + _times(900, "orderz{n}{{id}}") + "}",
    "directives that nobody knows": "{me{id " + _times(3000, "@d{n}") + "}}",
}
# What the answer would have to hold, or the database to compute.
_COSTLY = {
    "the schema, deep": "{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}",
    "the schema, often": "{" + _times(300, "a{n}:__schema{{types{{name fields{{name}}}}}}") + "}",
    "the schema, wide": "{__schema{types{" + _times(600, "a{n}:fields{{name}}") + "}}}",
    "one column": "{orders{edges{node{" + _times(1990, "a{n}:ref") + "}}}}",
    "links": "{orders(first:1){edges{node{" + _times(990, "a{n}:retailer{{id}}") + "}}}}",
    "lists": "{orders(first:1){edges{node{" + _times(650, "a{n}:items(first:1){{edges{{cursor}}}}") + "}}}}",
    "roots": "{" + _times(650, 'a{n}:orders(ref:"{n}%",first:1){{edges{{cursor}}}}') + "}",
}
DOCUMENTS = _LONG | _WIDE | _COSTLY
