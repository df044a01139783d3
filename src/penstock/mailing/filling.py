"""Texts with placeholders, ``{{customer.firstName}}``: paths to values, and nothing that computes.

What a placeholder stands for is put in once and not looked at again, so braces in a value stay braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from penstock.errors import InvalidValueError

_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
_CENTS = 2  # decimals of amounts
_BEFORE, _BEHIND = 20, 40  # characters around a mistake that a message shows

Values = Mapping[str, Any]


def paths(text: str) -> list[str]:
    """Return the paths in a text, in order: ``["customer.firstName"]``.

    Raises:
        InvalidValueError: two braces open or close no placeholder.
    """
    rest = _PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        raise InvalidValueError(f"two braces without a placeholder, in {_shortened(text, rest)!r}; write {{{{x.y}}}}")
    return [found.strip() for found in _PLACEHOLDER.findall(text)]


def scopes(text: str) -> set[str]:
    """Return the first words of a text's paths: ``{"customer"}``; ``InvalidValueError`` as :func:`paths`."""
    return {path.partition(".")[0] for path in paths(text)}


def filled(text: str, values: Values) -> str:
    """Return the text with the values that its paths lead to in ``values``; nothing for null.

    Raises:
        InvalidValueError: a path leads nowhere, or to more than one value; the message names it.
    """
    paths(text)
    # Half a surrogate pair is no text that could be stored or sent.
    whole = _PLACEHOLDER.sub(lambda found: _text(found[1].strip(), values), text)
    return whole.encode(errors="replace").decode()


def _text(path: str, values: Values) -> str:
    value = _found(path, values)
    if isinstance(value, Mapping | list):
        raise InvalidValueError(f"{{{{{path}}}}} is no single value; name a part of it")
    return written(value)


def _found(path: str, values: Values) -> Any:
    """Return what a path leads to; the rest of a path may be one name, since attributes' names may have dots."""
    found: Any = values
    rest, before = path, "a mail"
    while True:
        if not isinstance(found, Mapping):
            raise InvalidValueError(f"{{{{{path}}}}}: {before} has no {rest}")
        if rest in found:
            return found[rest]
        name, _, rest = rest.partition(".")
        if name not in found:
            known = ", ".join(sorted(map(str, found))) or "nothing"
            raise InvalidValueError(
                f"{{{{{path}}}}} leads nowhere: {before} has no {name or 'empty name'}, but {known}"
            )
        found, before = found[name], name


def written(value: Any) -> str:
    """Return a value as mails show it: amounts with two decimals, moments in UTC, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.2f}" if round(value, _CENTS) == value else str(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return str(value)


def _shortened(text: str, rest: str) -> str:
    """Return the surroundings of the braces that are too many."""
    at = next(n for n in range(len(rest)) if rest[n : n + 2] in {"{{", "}}"})
    return text if len(text) <= _BEFORE + _BEHIND else rest[max(0, at - _BEFORE) : at + _BEHIND]
