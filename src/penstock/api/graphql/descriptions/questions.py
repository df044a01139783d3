"""Descriptions of what finds entities: keys, and the filters of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.model.glossary import meaning
from penstock.model.lists import BY_DATE, order
from penstock.model.vocabulary import Column, Embedded, Many, One, Scalar

if TYPE_CHECKING:
    from penstock.model.notation import InputWord
    from penstock.model.vocabulary import Entity, Field

_OTHERWISE_NAMED = {"BaseLocationInput": "Address"}  # keys that are not called after what they name
_ENDINGS = ("LinkInput", "Key", "Id")


def first(entity: Entity, *, root: bool) -> str:
    """Return which of its rows a list begins with."""
    return "newest first" if order(entity, root=root) == BY_DATE else "oldest first"


def named(key_type: str) -> str:
    """Return the type that a key names: ``OrderLinkInput`` -> ``Order``."""
    ending = next((e for e in _ENDINGS if key_type.endswith(e)), "")
    return _OTHERWISE_NAMED.get(key_type) or key_type.removesuffix(ending)


def of_key(key_type: str, written: tuple[InputWord, ...]) -> str:
    """Return what a key is for."""
    alike = any(w.required for w in written) or not any(w.name == "id" for w in written)
    between = " and " if alike else " or "
    return f"Names one {named(key_type)}, by {between.join(w.name for w in written)}."


def of_part(target: str, word: InputWord, field: Field | None) -> str:
    """Return what one part of a key says."""
    if isinstance(field, Column) or (field is None and word.type is None):
        return f"Which {target}, by its {word.name}."
    return meaning(target, word.name, field.doc if field else "")


def of_filter(name: str, field: Field) -> str:
    """Return what an argument of a list asks."""
    match field:
        case Column(scalar=Scalar.DATETIME):
            return f"Only those whose {name} lies in this span, both ends included."
        case Column(many=True):
            return f"Only those whose {name} hold every member of one of these lists."
        case Column(scalar=Scalar.STRING):
            return f"Only those whose {name} is one of these; % stands for any text."
        case Column():
            return f"Only those whose {name} is one of these."
        case Embedded():
            return f"Only those whose {name} is given just so, whether it exists or not."
        case One() | Many():
            return f"Only those whose {name} is this one."


def of_index(entity: Entity, field: Field) -> str:
    """Return whether an index answers a filter of a root list of many rows, and on which condition (lists.md)."""
    sets = [words.split() for words in entity.listed_by]
    if entity.listed_by and field.name == "createdOn":
        return " An index answers it."
    if not (partners := [[w for w in words if w != field.name] for words in sets if field.name in words]):
        return ""
    beside = "" if [] in partners else f" beside {' or '.join(' and '.join(p) for p in partners)}"
    match field:
        case Column(scalar=Scalar.DATETIME):
            return f" An index answers it{beside}; the longer the span, the longer it takes."
        case Column(scalar=Scalar.STRING):
            return f" An index answers it{beside}, unless a % is in it."
        case _:
            return f" An index answers it{beside}."
