"""Comments are signed by who writes them, and belong where what they are about belongs (spec 30 §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.graphql.mutations.generic.creating import required, settle
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import input_of, needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call, Written, mutation
from penstock.errors import MissingValueError
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.work import Wanted

COMMENT = plan_of("Comment", "create")


@mutation("createComment", output="Comment", arguments=input_of(COMMENT), needs=needs(COMMENT))
async def create_comment(call: Call, arguments: dict[str, Any]) -> Written:
    """Write a note about some entity, in the name of the user who asks."""
    work = Work(call, COMMENT.permission)
    given = required(arguments.get("input"))
    draft = drafted(work, COMMENT, given)
    about = _about(work, given)
    await work.resolve()
    draft.row.user_id = call.principal.user_id
    draft.row.retailer_id = work.settle(about).retailer_id if about else call.principal.retailer_id
    if about is None and draft.row.retailer_id is not None:
        work.require_retailer(draft.row.retailer_id)
    settle(work, draft)
    await work.write()
    return Written("Comment", draft.row.id, draft.row)


def _about(work: Work, given: dict[str, Any]) -> Wanted | None:
    """Return what a comment is about, to be looked up; None for types of others, which we know nothing of.

    Raises :class:`MissingValueError` when nothing says which one it is.
    """
    type_: str = given["entityType"]
    found = MODEL.of_event(type_.upper()) or tuple(e for e in MODEL.entities if e.name.upper() == type_.upper())
    key = {name: given[part] for name, part in (("id", "entityId"), ("ref", "entityRef")) if given.get(part)}
    if not key:
        raise MissingValueError("Comment.entityId or Comment.entityRef is required: nothing says what it is about")
    if not found or not key.keys() <= found[0].by_name.keys():
        return None
    return work.want(found[0].name, key, f"Comment.{'entityId' if 'id' in key else 'entityRef'}")
