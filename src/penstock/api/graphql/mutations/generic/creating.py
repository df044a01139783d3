"""Create, for every entity alike (spec 12 §6.2): place the draft's rows, link them, write them with their event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.places import place_of
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Written
from penstock.errors import MissingValueError
from penstock.model.rows import row_type
from penstock.orchestration.lanes import lane_root
from penstock.orchestration.queue import enqueue_create

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.drafts import Draft
    from penstock.api.graphql.mutations.generic.plans import Children, Nested, Plan
    from penstock.api.graphql.mutations.generic.work import Place
    from penstock.api.graphql.operations import Call
    from penstock.model.rows import Row


async def create(call: Call, plan: Plan, given: dict[str, Any] | None) -> Written:
    """Create one entity with all that its input nests."""
    work = Work(call, plan.permission)
    draft = drafted(work, plan, required(given))
    return await finish(work, draft)


def required(given: dict[str, Any] | None) -> dict[str, Any]:
    """Return the input; :class:`MissingValueError` when it is missing (spec 12 §6.1)."""
    if given is None:
        raise MissingValueError("input is missing; give the fields of the mutation's input type")
    return given


async def finish(work: Work, draft: Draft) -> Written:
    """Look up, place and write a draft; return what was written."""
    await work.resolve()
    settle(work, draft)
    await work.write()
    return Written(draft.plan.entity.name, draft.row.id, draft.row)


def settle(work: Work, draft: Draft) -> None:
    """Place a draft and all below it, and add its rows and its CREATE event to the changes."""
    store(work, draft, place_of(work, draft))
    announce(work, draft)
    _raise(work, draft)


def store(work: Work, draft: Draft, place: Place) -> None:
    """Give a draft's rows their ids, links and places, and add them to the changes."""
    plan, row = draft.plan, draft.row
    draft.place = place
    if row.id is None:
        row.id = work.take_id(plan.entity)
    for link, wanted in draft.links:
        setattr(row, link.column, work.settle(wanted, place).id)
    _complete(work, plan, row, place)
    work.changes.insert(row)
    for join, all_wanted in draft.joins:
        for wanted in all_wanted:
            through = join.through
            work.changes.join(through.table, {through.here: row.id, through.there: work.settle(wanted, place).id})
    for adopt, all_wanted in draft.adopted:
        for wanted in all_wanted:
            values = {adopt.column: row.id, "updated_on": work.now}
            work.changes.update(adopt.target, work.settle(wanted, place).id, values)
    _below(work, draft, place)


def _complete(work: Work, plan: Plan, row: Row, place: Place) -> None:
    """Fill what no input gives: status, type (the root's), counters, kind, and where the row stands."""
    columns = plan.columns
    if "status" in columns and row.status is None:
        row.status = plan.initial_status
    if "type" in columns and row.type is None:
        row.type = place.root_type
    for counter in plan.counters:
        if getattr(row, counter) is None:
            setattr(row, counter, 0)
    if plan.entity.variant:
        row.kind = plan.entity.variant
    if plan.entity.tracked:
        row.revision = 0
    _put(work, plan, row, place)


def _put(work: Work, plan: Plan, row: Row, place: Place) -> None:
    """Fill where a row stands in time and place: dates, retailer, root, workflow."""
    columns = plan.columns
    if "created_on" in columns:
        row.created_on = row.updated_on = work.now
    if "retailer_id" in columns and row.retailer_id is None:
        row.retailer_id = place.retailer_id
    if plan.home and plan.home[1] != "id" and getattr(row, plan.home[1]) is None and not place.alone:
        setattr(row, plan.home[1], place.root_id)
    if "workflow_ref" in columns and plan.home:
        event, type_ = (plan.entity.event, row.type) if place.alone else (plan.home[0].event, place.root_type)
        row.workflow_ref, row.workflow_version = work.workflow_of(place.retailer_id, str(event), type_)


def _below(work: Work, draft: Draft, place: Place) -> None:
    for nested, below in draft.nested:
        store(work, below, place)
        tie(draft.row, nested, below.row)
    for children, drafts in draft.children:
        for below in drafts:
            adopt(work, draft.row, children, below, place)


def tie(row: Row, nested: Nested, below: Row) -> None:
    """Point from a row to its nested one, or from the nested one back."""
    for theirs, own in nested.field.match:
        if theirs == "id":
            setattr(row, own, below.id)
        else:
            setattr(below, theirs, getattr(row, own))


def adopt(work: Work, row: Row, children: Children, below: Draft, place: Place) -> None:
    """Store a child under a row."""
    for theirs, own in children.field.match:
        setattr(below.row, theirs, getattr(row, own))
    store(work, below, place)
    if through := children.field.through:
        work.changes.join(through.table, {through.here: row.id, through.there: below.row.id})


def announce(work: Work, draft: Draft) -> None:
    """Add the CREATE event of a draft that takes part in workflows (spec 13 §3)."""
    entity, row, place = draft.plan.entity, draft.row, draft.place
    if not entity.orchestrated:
        return
    root = None
    if draft.plan.home and draft.plan.home[1] != "id" and not place.alone:
        root = row_type(draft.plan.home[0].name)(id=place.root_id, ref=place.root_ref)
    event = enqueue_create(
        work.changes, row, root, now=work.now, user=work.principal.username, owner=_owner(work, draft)
    )
    event.retailer_id = place.retailer_id or 0
    event.sync = work.attended
    work.announced.append(event.id)


def _owner(work: Work, draft: Draft) -> Row | None:
    """Return the row in whose lane the entity's events run, where that is another's."""
    for link, wanted in draft.links:
        if link.wire == draft.plan.entity.lane_link:
            found = work.settle(wanted, draft.place)
            return row_type(link.target)(id=found.id, ref=found.ref, catalogue_id=found.root_id)
    return None


def _raise(work: Work, draft: Draft) -> None:
    """Tell the engine that the tree or lane that a row joined has changed."""
    lane, column = lane_root(draft.plan.entity) or (None, "")
    if lane is not None and lane.tracked and column != "id":
        id_ = getattr(draft.row, column)
        if id_ is not None:
            work.changes.raise_revision(lane, id_)
