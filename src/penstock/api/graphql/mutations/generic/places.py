"""Where a new row stands: under which root and retailer, taken from the links that its input names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from penstock.api.graphql.mutations.generic.work import Place, Wanted
from penstock.errors import MissingValueError
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.drafts import Draft
    from penstock.api.graphql.mutations.generic.lookups import Found
    from penstock.api.graphql.mutations.generic.work import Work
    from penstock.model.vocabulary import Entity


def place_of(work: Work, draft: Draft) -> Place:
    """Return where a draft that is nobody's child stands.

    Raises:
        ForbiddenError: in a retailer that the permission does not cover.
        NotFoundError: its root does not exist or may not be touched.
        MissingValueError: nothing in the input leads to the root that it needs.
    """
    plan = draft.plan
    retailer = next((work.settle(w) for link, w in draft.links if link.target == "Retailer"), None)
    if plan.home is None and plan.entity.scope == "refs":
        return _served(work, Place(), draft.row.retailer_refs)
    if plan.home is None:
        return _in_retailer(work, Place(), retailer) if "retailer_id" in plan.columns else Place()
    if plan.home[1] == "id":
        return _root(work, draft, retailer)
    anchor = _anchor(draft, plan.home[0])
    if anchor is None and plan.home_required:
        raise MissingValueError(f"{plan.entity.name} belongs to {plan.home[0].name}, but names nothing of one")
    if anchor is None:
        return replace(_root(work, draft, retailer), alone=True) if plan.entity.orchestrated else Place()
    within = Place(retailer_id=retailer.id, retailer_ref=retailer.ref) if retailer else Place()
    place = _under(work, plan.home[0], anchor.lookup.target, work.settle(anchor, within))
    return place if place.root_id is not None else _alone(work, draft, place)


def _in_retailer(work: Work, place: Place, retailer: Found | None) -> Place:
    """Return the place in a retailer, all of which must be covered: the row hangs on none of its locations."""
    if retailer is None:
        return place
    work.require_retailer(retailer.id)
    return Place(place.tree, place.root_id, place.root_ref, place.root_type, retailer.id, retailer.ref)


def _root(work: Work, draft: Draft, retailer: Found | None) -> Place:
    """Return the place of a row that is a root itself."""
    entity, row = draft.plan.entity, draft.row
    row.id = work.take_id(entity)
    here = Place(entity.tree, row.id, row.ref, row.type)
    if retailer is not None:
        return _in_retailer(work, here, retailer)
    return _served(work, here, getattr(row, "retailer_refs", None))


def _alone(work: Work, draft: Draft, place: Place) -> Place:
    """Return the place of a row whose neighbour is without a root, as a transaction of a payment without account."""
    row = draft.row
    row.id = work.take_id(draft.plan.entity)
    return replace(place, root_id=row.id, root_ref=row.ref, root_type=row.type, alone=True)


def _served(work: Work, place: Place, refs: list[str] | None) -> Place:
    """Return the place under a catalogue: the first of its retailers has the events, or the user's where it is for all.

    Raises :class:`ForbiddenError` when the permission covers none of the retailers that the catalogue serves.
    """
    known = work.require_served(refs)
    retailer_id = known[0] if known else work.principal.retailer_id
    return replace(place, retailer_id=retailer_id)


def _anchor(draft: Draft, root: Entity) -> Wanted | None:
    """Return the row through which a draft belongs to its root: the root itself, else a member of its tree."""
    named = list(draft.named())
    direct = (w for w in named if w.lookup.target == root.name)
    members = (w for w in named if (e := MODEL.by_name.get(w.lookup.target)) and root.tree and e.tree == root.tree)
    return next(direct, None) or next(members, None)


def _under(work: Work, root: Entity, target: str, found: Found) -> Place:
    """Return the place under a stored root, which ``found`` is or belongs to."""
    if target == root.name:
        place = Place(root.tree, found.id, found.ref, found.type)
    else:
        place = Place(root.tree, found.root_id, found.root_ref, found.root_type)
    if root.scope == "refs":
        return _served(work, place, found.retailer_refs)
    ref = work.principal.retailer_refs.get(found.retailer_id or 0)
    return replace(place, retailer_id=found.retailer_id, retailer_ref=ref)
