"""Texts as they stand in a document, and what they say."""

from __future__ import annotations

import json
import re
import sys

from graphql.language.block_string import dedent_block_string_lines

from penstock.api.graphql.failures import WrongValueError

_BLOCK = '"""'
_LINE_END = re.compile(r"\r\n|\n|\r")
_ESCAPE = re.compile(r"\\(?:u\{(?P<code>[0-9A-Fa-f]{1,6})\}|.)")


def unquoted(source: str) -> str:
    """Return what a text says that stands in a document as ``source``, quotes included.

    Raises:
        WrongValueError: an escape means nothing, or a character is no character.
    """
    if "\\" not in source and not source.startswith(_BLOCK):
        return source[1:-1]
    text = _block(source) if source.startswith(_BLOCK) else _unescaped(source)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise WrongValueError("a text holds half of a surrogate pair") from None
    return text


def _block(source: str) -> str:
    lines = _LINE_END.split(source[3:-3].replace('\\"""', _BLOCK))
    return "\n".join(dedent_block_string_lines(lines))


def _unescaped(source: str) -> str:
    """Read a text as JSON, which has the same escapes but for the one with braces."""
    if "\\u{" in source:
        source = _ESCAPE.sub(_plain_escape, source)
    try:
        return str(json.loads(source, strict=False))
    except ValueError as error:
        raise WrongValueError(f"a text holds an escape that means nothing: {error}") from None


def _plain_escape(escape: re.Match[str]) -> str:
    code = escape["code"]
    if code is None or int(code, 16) > sys.maxunicode:
        return escape[0]
    return json.dumps(chr(int(code, 16)))[1:-1]
