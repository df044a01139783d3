"""Literals are lifted out of a document's text, and nothing else is."""

from __future__ import annotations

import pytest
from graphql.language import FloatValueNode, IntValueNode, StringValueNode, Visitor, parse, visit
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.api.graphql.documents.literals import LONG, Lifted
from penstock.api.graphql.failures import WrongValueError


def test_texts_and_numbers_are_lifted() -> None:
    lifted = Lifted('{ a(x: "one", y: -5, z: [1.5, 2e3], first: 10, last:3) { street2 } } # "no" 7')
    assert lifted.text == '{ a(x: "", y: 0, z: [0.0, 0.0], first: 10, last:3) { street2 } } '
    assert lifted.values() == ["one", -5, 1.5, 2000.0]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('""', ""),
        ('"say \\"hi\\""', 'say "hi"'),
        ('"\\u00e9\\n"', "é\n"),
        ('"\\u{1F600}"', "😀"),
        ('"""a "quoted" \\""" block"""', 'a "quoted" """ block'),
        ('"""\n    indented\n      more\n    """', "indented\n  more"),
    ],
)
def test_texts_are_unescaped(source: str, value: str) -> None:
    lifted = Lifted(f"{{ a(x: {source}, y: 1) }}")
    assert lifted.values() == [value, 1]
    assert lifted.text == '{ a(x: "", y: 0) }'


def test_half_a_surrogate_pair_and_endless_numbers_are_refused() -> None:
    for source in ('"\\ud800"', "9" * 5000):
        with pytest.raises(WrongValueError):
            Lifted(f"{{ a(x: {source}) }}").values()


class _Literals(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, object]] = []

    def _enter(self, node: StringValueNode | IntValueNode | FloatValueNode, convert: type) -> None:
        assert node.loc
        self.found.append((node.loc.start, convert(node.value)))

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        self._enter(node, str)

    def enter_int_value(self, node: IntValueNode, *_: object) -> None:
        self._enter(node, int)

    def enter_float_value(self, node: FloatValueNode, *_: object) -> None:
        self._enter(node, float)


_texts = st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters='"\\\x7f')).map(lambda t: f'"{t}"')
_escaped = st.lists(st.sampled_from(['\\"', "\\\\", "\\n", "\\u00e9", "x", "#", "1"])).map(lambda t: f'"{"".join(t)}"')
_blocks = (
    st.lists(st.sampled_from(['"', "a", '\\"""', "\n", "\\", "#", " 1 "]))
    .map("".join)
    .filter(lambda text: '"""' not in text.replace('\\"""', ""))
    .map(lambda text: f'"""{text} """')
)
_long = st.integers(LONG - 3, 3 * LONG).map(lambda count: f'"{"x" * count}"')
_numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)).map(str)


@given(st.lists(st.one_of(_texts, _escaped, _blocks, _long, _numbers), min_size=1))
@example(['"' + '\\"' * LONG + '"', '""'])
def test_lifting_agrees_with_the_parser(sources: list[str]) -> None:
    query = "{ a1(b2: [" + " # c\n".join(sources) + "]) { c3 first: d } }"
    literals = _Literals()
    visit(parse(query), literals)
    lifted = Lifted(query)
    places = map(lifted.original, lifted.starts)
    assert list(zip(places, lifted.values(), strict=True)) == literals.found
    assert Lifted(lifted.text).text == lifted.text
