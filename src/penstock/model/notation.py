"""The notation of inputs, keys and get operations in a declaration.

``"ref! type! retailer! productRef!=product.ref items!"`` lists the fields of an input type in the order of
the contract. A word is

* ``name`` - optional, ``name!`` - required, ``name!!`` - a required list of required elements, ``name?!`` -
  an optional list of required elements;
* ``name:Type`` - of this type, where it is not the one that the field has elsewhere;
* ``name=field`` - the input calls it ``name``, it fills ``field``;
* ``name=link.key`` - it fills a part of the key by which ``link`` is found (``productRef=product.ref``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"(?P<name>\w+)(?::(?P<type>\w+))?(?P<mark>!!|\?!|!)?(?:=(?P<path>[\w.]+))?")
_GET = re.compile(r"(?P<name>\w+)\((?P<arguments>[^)]*)\)")


@dataclass(frozen=True)
class InputWord:
    """One field of an input type."""

    name: str
    required: bool
    required_elements: bool
    path: tuple[str, ...]
    type: str | None = None

    @property
    def field(self) -> str:
        """Return the entity's field that this input fills, or whose key it is a part of."""
        return self.path[0]


def words(text: str) -> tuple[InputWord, ...]:
    """Parse an input list; ``ValueError`` names the word that is not one."""
    parsed = []
    for word in text.split():
        match = _WORD.fullmatch(word)
        if match is None:
            raise ValueError(f"not a word of the input notation: {word!r}")
        mark = match["mark"] or ""
        path = tuple((match["path"] or match["name"]).split("."))
        word_ = InputWord(match["name"], mark in {"!", "!!"}, mark in {"!!", "?!"}, path, match["type"])
        parsed.append(word_)
    return tuple(parsed)


def key(written: tuple[InputWord, ...]) -> tuple[str, ...]:
    """Return the fields of an update that name its row: the id, or else what is required, or else the ref."""
    if any(w.name == "id" for w in written):
        return ("id",)
    return tuple(w.name for w in written if w.required) or tuple(w.name for w in written if w.name == "ref")


def get(text: str) -> tuple[str, tuple[InputWord, ...]]:
    """Parse a get operation, ``"order(id ref)"``, into its name and arguments."""
    match = _GET.fullmatch(text)
    if match is None:
        raise ValueError(f"not a get operation: {text!r}")
    return match["name"], words(match["arguments"])
