"""Which retailers a catalogue serves: those whose refs it lists, or all (spec 30 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EVERY_RETAILER = "MASTER"  # among the refs of retailers


def serves_all(refs: Sequence[str] | None) -> bool:
    """Return whether a catalogue that lists these retailers is for all: it names none, or says so."""
    return not refs or EVERY_RETAILER in refs


def serves(refs: Sequence[str] | None, retailer: str | None) -> bool:
    """Return whether a catalogue that lists these retailers is for the one with this ref."""
    return serves_all(refs) or retailer in (refs or ())


def served(refs: Sequence[str] | None, retailers: Mapping[int, str]) -> list[int]:
    """Return the ids of those retailers, whose refs are given by id, that a catalogue which lists these is for.

    They come in the order of its list; where it is for all, in their own.
    """
    if serves_all(refs):
        return list(retailers)
    listed = list(refs or ())
    return sorted(
        (id_ for id_, ref in retailers.items() if ref in listed), key=lambda id_: listed.index(retailers[id_])
    )


def serving(refs: str, retailer: str) -> str:
    """Return the same as SQL, of a column with such a list and of a retailer's ref, such as ``$1`` or ``r.ref``."""
    return f"(coalesce(cardinality({refs}), 0) = 0 OR {refs} && ARRAY[{retailer}, '{EVERY_RETAILER}'])"
