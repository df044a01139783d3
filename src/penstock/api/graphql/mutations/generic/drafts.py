"""A create input becomes a draft: rows with their values, and the keys of what they are to be linked to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.api.graphql.mutations.generic.values import forbid_null
from penstock.api.graphql.mutations.generic.work import NOWHERE, Place, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from penstock.api.graphql.mutations.generic.lookups import Path
    from penstock.api.graphql.mutations.generic.plans import Adopt, Children, Join, Link, Nested, Plan
    from penstock.api.graphql.mutations.generic.work import Work
    from penstock.model.rows import Row


@dataclass(slots=True)
class Draft:
    """A new row on its way: ``links`` and ``joins`` are keys to be found, ``nested`` and ``children`` new rows."""

    plan: Plan
    row: Row
    links: list[tuple[Link, Wanted]] = field(default_factory=list)
    joins: list[tuple[Join, list[Wanted]]] = field(default_factory=list)
    adopted: list[tuple[Adopt, list[Wanted]]] = field(default_factory=list)
    nested: list[tuple[Nested, Draft]] = field(default_factory=list)
    children: list[tuple[Children, list[Draft]]] = field(default_factory=list)
    place: Place = NOWHERE

    def below(self) -> Iterator[Draft]:
        """Yield the drafts directly under this one."""
        yield from (draft for _, draft in self.nested)
        for _, drafts in self.children:
            yield from drafts

    def named(self) -> Iterator[Wanted]:
        """Yield every row that the draft's keys name, its children's too."""
        yield from (wanted for _, wanted in self.links)
        for _, wanted in self.joins:
            yield from wanted
        for draft in self.below():
            yield from draft.named()


def drafted(work: Work, plan: Plan, given: Mapping[str, Any]) -> Draft:
    """Return the draft of an input, its keys handed to ``work`` to be looked up.

    Raises the errors of the values that do not fit.
    """
    draft = Draft(plan, plan.row(**stored(plan, given)))
    work.announce_row(plan.entity)
    for link in plan.links:
        if (link.parts or link.wire in given) and (wanted := linked(work, plan, link, given)):
            draft.links.append((link, wanted))
    for join in plan.joins:
        if join.wire in given:
            draft.joins.append((join, listed(work, plan, join.wire, join.target, given)))
    for adopt in plan.adopted:
        if adopt.wire in given:
            draft.adopted.append((adopt, listed(work, plan, adopt.wire, adopt.target.name, given)))
    _below(work, draft, given)
    return draft


def _below(work: Work, draft: Draft, given: Mapping[str, Any]) -> None:
    for nested in draft.plan.nested:
        if (value := given.get(nested.wire)) is not None:
            draft.nested.append((nested, drafted(work, draft.plan.below(nested), value)))
    for children in draft.plan.children:
        values = [v for v in given.get(children.wire) or () if v is not None]
        if values:
            below = draft.plan.below(children)
            draft.children.append((children, [drafted(work, below, v) for v in values]))


def stored(plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an input by column, checked; what is absent stays absent."""
    values: dict[str, Any] = {}
    known = plan.by_wire
    for wire, value in given.items():
        scalar = known.get(wire)
        if scalar is None:
            continue
        if value is None and not scalar.null and plan.verb == "update":
            raise forbid_null(plan.entity, wire)
        values[scalar.column] = scalar.check(value) if scalar.check and value is not None else value
    return values


def linked(work: Work, plan: Plan, link: Link, given: Mapping[str, Any]) -> Wanted | None:
    """Return the row that a link's key names; None when the input gives no key."""
    key = given.get(link.wire) if not link.parts else _pieced(link.parts, given)
    return work.want(link.target, key, f"{plan.entity.name}.{link.wire}") if key else None


def _pieced(parts: tuple[tuple[str, Path], ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Put a key together whose parts stand in fields of their own."""
    key: dict[str, Any] = {}
    for wire, path in parts:
        if given.get(wire) is not None:
            inner = key
            for step in path[:-1]:
                inner = inner.setdefault(step, {})
            inner[path[-1]] = given[wire]
    return key


def listed(work: Work, plan: Plan, wire: str, target: str, given: Mapping[str, Any]) -> list[Wanted]:
    """Return the rows that a list of keys names."""
    keys = (key for key in given[wire] or () if key is not None)
    return [work.want(target, key, f"{plan.entity.name}.{wire}") for key in keys]
