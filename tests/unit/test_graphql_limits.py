"""Documents of up to two megabytes, made to keep the API busy: each is answered or refused at once (spec 12 §7)."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, Self, cast

import pytest
from bench.fuzzing.hostile import DOCUMENTS
from graphql import get_introspection_query

from penstock.api.graphql.documents import size
from penstock.api.graphql.service import GraphQL
from penstock.identity.permissions import PERMISSIONS
from penstock.identity.principal import Principal, Scope

if TYPE_CHECKING:
    from penstock.database.pools import Database

SECONDS = 3.0  # of CPU, under a tool that measures; without limits the worst take minutes
WHO = Principal("TEST", 1, "tester", 1, dict.fromkeys(PERMISSIONS, Scope(everything=True)))


class Nothing:
    """A database that finds nothing."""

    async def fetchval(self, _sql: str, *_binds: Any, **_options: Any) -> bytes:
        """Return a member of a response."""
        return b'"read":null'

    def connection(self) -> Nothing:
        """Return itself as a connection."""
        return self

    def transaction(self, **_options: str) -> Nothing:
        """Return itself as a connection in a transaction."""
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """End."""


async def sent(query: str, **variables: Any) -> Any:
    return json.loads(await GraphQL().execute(cast("Database", Nothing()), WHO, query, variables, None, None))


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_it_is_answered_soon(name: str) -> None:
    assert len(DOCUMENTS[name].encode()) <= 2 * 1024 * 1024
    since = time.process_time()
    answer = await sent(DOCUMENTS[name])
    assert time.process_time() - since < SECONDS
    assert "data" in answer
    assert len(json.dumps(answer)) < 5_000_000
    for error in answer.get("errors", ()):
        assert error["message"]
        assert error["extensions"].get("code", "C0001E")[0] == "C"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("comments", f"allowed are {size.MOST_CHARACTERS}"),
        ("names that are nearly as long", f"more than {size.LONGEST_WORD} characters"),
        ("aliases", f"more than {size.MOST_TOKENS}"),
        ("nested lists", f"more than {size.MOST_NESTED} brackets"),
        ("a chain", f"493 levels deep, allowed are {size.MOST_DEPTH}"),
        ("inline fragments", "repeats too many fields"),
        ("what is skipped", "selects more than 10000 fields"),
        ("the schema, wide", "more than 100000 fields of the schema"),
    ],
)
async def test_what_is_too_much_is_said(name: str, said: str) -> None:
    (error,) = (await sent(DOCUMENTS[name]))["errors"]
    assert error["extensions"]["code"] == "C0001E"
    assert said in error["message"]


FILTERED = "query ($r: [String], $s: [[String]]) { orders(ref: $r) { edges { cursor } } %s }"
SETS = FILTERED % "productCatalogues(retailerRefs: $s) { edges { cursor } }"


@pytest.mark.parametrize(
    ("query", "variables", "said"),
    [
        (SETS, {"r": ["a%"] * 101}, "ref is given 101 texts when one of them holds a wildcard, allowed are 100"),
        (SETS, {"s": [["a"]] * 101}, "retailerRefs is given 101 lists, allowed are 100"),
        (
            "{ orders(first: 5000) { edges { node { " + " ".join(f"a{n}: ref" for n in range(401)) + " } } } }",
            {},
            "may hold 2005000 values, allowed are 2000000",
        ),
    ],
)
async def test_what_the_database_would_take_long_for_is_refused(
    query: str, variables: dict[str, Any], said: str
) -> None:
    (error,) = (await sent(query, **variables))["errors"]
    assert error["extensions"]["code"] == "C0001E"
    assert said in error["message"]


async def test_what_is_just_allowed_passes() -> None:
    answer = await sent(SETS, r=["a%"] * 100, s=[["a"]] * 100)
    assert "errors" not in answer
    assert "errors" not in await sent(SETS, r=["a"] * 10_000)
    assert "errors" not in await sent(
        "{ orders(first: 5000) { edges { node { id items { edges { node { id quantity price } } } } } } }"
    )


@pytest.mark.parametrize("name", ["values", "lists", "the schema, wide"])
async def test_others_are_served_meanwhile(name: str) -> None:
    waiting = asyncio.create_task(sent(DOCUMENTS[name]))
    turns = 0
    while not waiting.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10
    assert "data" in waiting.result()


async def test_too_many_definitions_are_refused() -> None:
    document = "{...f0}" + " ".join(f"fragment f{n} on Query {{ me {{ id }} }}" for n in range(500))
    (error,) = (await sent(document))["errors"]
    assert "defines 501 operations and fragments, allowed are 500" in error["message"]


async def test_fragments_in_a_circle_are_named() -> None:
    document = "{ me { ...a } } fragment a on User { ...b } fragment b on User { ...a }"
    assert "Cannot spread fragment 'a' within itself" in (await sent(document))["errors"][0]["message"]


async def test_tools_may_ask_for_the_whole_schema() -> None:
    everything = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    assert "errors" not in await sent(everything)


async def test_errors_keep_their_place_behind_a_long_text() -> None:
    document = '{ orders(ref: """' + "long\n" * 100 + '""") { edges { node { colour } } } }'
    (error,) = (await sent(document))["errors"]
    line = document.splitlines()[100]
    assert error["locations"] == [{"line": 101, "column": line.index("colour") + 1}]


@pytest.mark.parametrize("text", ["\\x", "\\ud800", "\\u12", "\\u{110000}", "\\u{d800}", "x" * 200 + "\\q"])
async def test_an_escape_that_means_nothing_is_refused(text: str) -> None:
    graphql = GraphQL()
    for given in ("good", text):  # the second one finds the document read already
        query = f'{{ orders(ref: "{given}") {{ edges {{ cursor }} }} }}'
        answer = json.loads(await graphql.execute(cast("Database", Nothing()), WHO, query, None, None, None))
    assert "escape" in answer["errors"][0]["message"] or "surrogate" in answer["errors"][0]["message"]
