"""Which orders are served otherwise than in the baseline, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from penstock.simulation.outcome.shapes import Placed

Units = dict[str, int]


@dataclass(frozen=True)
class Sight:
    """What an order found when it came: which locations are open, in which networks, and what they showed.

    ``shown`` has the units of each product that could be sold at a location.
    """

    open: frozenset[str] = frozenset()
    networks: dict[str, frozenset[str]] = field(default_factory=dict)
    shown: dict[str, Units] = field(default_factory=dict)


class Changed(msgspec.Struct, rename="camel"):
    """An order that is served otherwise: who sends what before and after, and why."""

    ref: str
    before: str
    after: str
    why: str


def changed(
    before: Sequence[Placed], after: Sequence[Placed], seen: Sequence[Sight], sees: Sequence[Sight]
) -> list[Changed]:
    """Return the orders that are served otherwise, in the order in which they came."""
    rows = zip(before, after, seen, sees, strict=True)
    return [
        Changed(old.ref, old.route, new.route, why(old, new, was, is_))
        for old, new, was, is_ in rows
        if old.plan != new.plan or old.unfilled != new.unfilled
    ]


def why(old: Placed, new: Placed, was: Sight, is_: Sight) -> str:
    """Return what is different about the places that send less than before, or more; those that sent before first."""
    if new.problem and new.problem != old.problem:
        return new.problem
    places = sorted(old.plan.keys() | new.plan.keys(), key=lambda ref: (ref not in old.plan, ref))
    reasons = [reason for ref in places for reason in _of(ref, old.plan.get(ref, {}), new.plan.get(ref, {}), was, is_)]
    return "; ".join(reasons) or "decided otherwise"


def _of(ref: str, before: Units, after: Units, was: Sight, is_: Sight) -> Iterator[str]:
    """Yield why a place sends other units than before; nothing where it could have sent the same."""
    if before == after:
        return
    if (ref in was.open) != (ref in is_.open):
        yield f"{ref} is {'open' if ref in is_.open else 'closed'}"
        return
    left, joined = _both(was.networks.get(ref), is_.networks.get(ref))
    yield from (f"{ref} left {network}" for network in sorted(left))
    yield from (f"{ref} joined {network}" for network in sorted(joined))
    if not left and not joined:
        yield from _stock(ref, before, after, was.shown.get(ref, {}), is_.shown.get(ref, {}))


def _both(was: frozenset[str] | None, is_: frozenset[str] | None) -> tuple[frozenset[str], frozenset[str]]:
    before, after = was or frozenset(), is_ or frozenset()
    return before - after, after - before


def _stock(ref: str, before: Units, after: Units, was: Units, is_: Units) -> Iterator[str]:
    """Yield the first product of which a place shows too few to do as before, or once showed too few to do as now."""
    for product in sorted(before.keys() | after.keys()):
        sent, sends = before.get(product, 0), after.get(product, 0)
        showed, shows = was.get(product, 0), is_.get(product, 0)
        if sends < sent > shows or sent < sends > showed:
            yield f"{ref} shows {shows} of {product}, not {showed}"
            return
