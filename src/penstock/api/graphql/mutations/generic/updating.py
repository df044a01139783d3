"""Update, for every entity alike (spec 12 §6.3): only what the input holds changes, lists are upserted, no event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.api.graphql.mutations.generic.creating import adopt as store_child
from penstock.api.graphql.mutations.generic.creating import required
from penstock.api.graphql.mutations.generic.drafts import drafted, linked, listed, stored
from penstock.api.graphql.mutations.generic.lookups import UP
from penstock.api.graphql.mutations.generic.values import forbid_null
from penstock.api.graphql.mutations.generic.work import Place, Wanted, Work
from penstock.api.graphql.operations import Written
from penstock.model.vocabulary import Embedded, One
from penstock.orchestration.lanes import lane_root

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.api.graphql.mutations.generic.drafts import Draft
    from penstock.api.graphql.mutations.generic.lookups import Found
    from penstock.api.graphql.mutations.generic.plans import Adopt, Children, Join, Link, Nested, Plan
    from penstock.api.graphql.operations import Call
    from penstock.model.vocabulary import Entity


@dataclass(slots=True)
class Upsert:
    """A child that is changed where it exists, and stored where it does not."""

    children: Children
    existing: Wanted
    draft: Draft


@dataclass(slots=True)
class Revision:
    """A change of a stored row on its way."""

    plan: Plan
    target: Wanted
    values: dict[str, Any]
    links: list[tuple[Link, Wanted]] = field(default_factory=list)
    joins: list[tuple[Join, list[Wanted]]] = field(default_factory=list)
    adopted: list[tuple[Adopt, list[Wanted]]] = field(default_factory=list)
    below: list[Revision] = field(default_factory=list)
    upserts: list[Upsert] = field(default_factory=list)


async def update(call: Call, plan: Plan, given: dict[str, Any] | None) -> Written:
    """Change one stored entity and what its input nests."""
    work = Work(call, plan.permission)
    return await finish(work, revised(work, plan, required(given)))


async def finish(work: Work, revision: Revision) -> Written:
    """Look up what a revision names, write it, and return what was written."""
    await work.resolve()
    found = apply(work, revision)
    await work.write()
    return Written(revision.plan.entity.name, found.id)


def revised(work: Work, plan: Plan, given: Mapping[str, Any]) -> Revision:
    """Return the revision of an input, its keys handed to ``work`` to be looked up."""
    name = plan.entity.name
    key = {part: given[part] for part in plan.key}
    return revision_of(work, plan, given, key, work.want(name, key, name))


def revision_of(work: Work, plan: Plan, given: Mapping[str, Any], key: Mapping[str, Any], target: Wanted) -> Revision:
    """Return the revision of the row that ``target`` names, by an input without that ``key``."""
    revision = Revision(plan, target, stored(plan, given))
    for link in plan.links:
        if wanted := linked(work, plan, link, given):
            revision.links.append((link, wanted))
        elif link.wire in given:
            if not link.null:
                raise forbid_null(plan.entity, link.wire)
            revision.values[link.column] = None
    for join in plan.joins:
        if join.wire in given:
            revision.joins.append((join, listed(work, plan, join.wire, join.target, given)))
    for adopt in plan.adopted:
        if adopt.wire in given:
            revision.adopted.append((adopt, listed(work, plan, adopt.wire, adopt.target.name, given)))
    _below(work, revision, given, key)
    return revision


def _below(work: Work, revision: Revision, given: Mapping[str, Any], key: Mapping[str, Any]) -> None:
    plan = revision.plan
    for nested in plan.nested:
        value = given.get(nested.wire)
        if value is not None:
            revision.below.append(_within(work, plan, nested, value, key))
        elif nested.wire in given and nested.field.stored:
            revision.values[nested.field.stored] = None
    for children in plan.children:
        for value in given.get(children.wire) or ():
            if value is not None and children.unique:
                revision.upserts.append(_upsert(work, plan, children, value, key))
            elif value is not None:
                revision.below.append(_within(work, plan, children, value, key))


def up_from(plan: Plan, part: Nested | Children) -> One:
    """Return the link from a nested row back to the row that it belongs to."""
    pairs = tuple((own, theirs) for theirs, own in part.field.match)
    return One(name=UP, target=plan.entity.name, match=pairs)


def _within(
    work: Work, plan: Plan, part: Nested | Children, given: Mapping[str, Any], key: Mapping[str, Any]
) -> Revision:
    """Return the revision of a nested row, which must belong to the row that is updated."""
    below = plan.below(part)
    own = {name: given.get(name) for name in below.key}
    label = f"{plan.entity.name}.{part.wire}"
    target = work.want(below.entity.name, {**own, UP: dict(key)}, label, up_from(plan, part))
    return revision_of(work, below, given, own, target)


def _upsert(work: Work, plan: Plan, children: Children, given: Mapping[str, Any], key: Mapping[str, Any]) -> Upsert:
    """Return a child that is told apart by columns of its own, such as a price by type and currency."""
    below = plan.below(children)
    draft = drafted(work, below, given)
    parent = {theirs for theirs, _ in children.field.match}
    columns = children.unique.columns if children.unique else ()
    own = {c: getattr(draft.row, c) for c in columns if c not in parent}
    label = f"{plan.entity.name}.{children.wire}"
    existing = work.want(below.entity.name, {**own, UP: dict(key)}, label, up_from(plan, children))
    return Upsert(children, existing, draft)


def apply(work: Work, revision: Revision, within: Place | None = None) -> Found:
    """Add a revision to the changes; return the row that it changes."""
    plan, entity = revision.plan, revision.plan.entity
    found = work.settle(revision.target)
    place = within or _place(work, revision, found)
    for link, wanted in revision.links:
        revision.values[link.column] = work.settle(wanted, place).id
    _append(work, entity, found.id, revision.values)
    if "updated_on" in plan.columns:
        revision.values["updated_on"] = work.now
    if revision.values:
        work.changes.update(entity, found.id, revision.values)
    for join, all_wanted in revision.joins:
        for wanted in all_wanted:
            through = join.through
            there = work.settle(wanted, place).id
            work.changes.join(through.table, {through.here: found.id, through.there: there})
    for adopt, all_wanted in revision.adopted:
        for wanted in all_wanted:
            values = {adopt.column: found.id, "updated_on": work.now}
            work.changes.update(adopt.target, work.settle(wanted, place).id, values)
    for below in revision.below:
        apply(work, below, place)
    for upsert in revision.upserts:
        _apply_upsert(work, upsert, found, place)
    raise_lane(work, plan, found)
    return found


def _append(work: Work, entity: Entity, id_: int, values: dict[str, Any]) -> None:
    """Let what is given for lists that updates add to follow the write, where the row is locked."""
    for kept in entity.columns:
        if not (isinstance(kept, Embedded) and kept.appended and kept.column in values):
            continue
        column, given = kept.column, values.pop(kept.column)
        if given:
            sql = f"UPDATE {entity.table} SET {column} = coalesce({column}, '[]') || $2::jsonb WHERE id = $1"
            work.further.append((sql, (id_, msgspec.json.encode(given).decode())))


def _apply_upsert(work: Work, upsert: Upsert, parent: Found, place: Place) -> None:
    plan, row = upsert.draft.plan, upsert.draft.row
    if upsert.existing.found:
        values = {s.column: getattr(row, s.column) for s in plan.scalars}
        work.changes.update(plan.entity, work.settle(upsert.existing).id, values)
    else:
        store_child(work, parent, upsert.children, upsert.draft, place)


def _place(work: Work, revision: Revision, found: Found) -> Place:
    """Return where a stored row stands.

    Raises :class:`ForbiddenError` for a row that hangs on no location, unless the permission covers all of its
    retailer; and for a catalogue that would serve none of the user's retailers any more.
    """
    plan = revision.plan
    if "retailer_refs" in revision.values:
        work.require_served(revision.values["retailer_refs"])
    if found.retailer_id is not None and not plan.entity.location_scope:
        work.require_retailer(found.retailer_id)
    ref = work.principal.retailer_refs.get(found.retailer_id or 0)
    own = plan.home is not None and plan.home[1] == "id"
    root = found.id if own else found.root_id
    tree = plan.entity.tree
    return Place(tree, root, found.root_ref, found.root_type, found.retailer_id, ref)


def raise_lane(work: Work, plan: Plan, found: Found) -> None:
    """Tell the engine that the tree or lane of a row has changed."""
    lane = lane_root(plan.entity)
    if lane and lane[0].tracked and found.lane_id is not None:
        work.changes.raise_revision(lane[0], found.lane_id)
    elif lane and plan.entity.tracked:
        work.changes.raise_revision(plan.entity, found.id)  # it is without the root that it might have
