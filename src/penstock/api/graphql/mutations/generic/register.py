"""Registers the create and update of every entity that declares them, unless a file of its own has done so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.graphql.mutations.generic.creating import create
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.updating import update
from penstock.api.graphql.operations import MUTATIONS, Mutation, Written, register
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.plans import Plan
    from penstock.api.graphql.operations import Arguments, Call, Needs, Run

_DOCS = {
    "create": "Create: {doc} Its CREATE event follows where it takes part in workflows.",
    "update": "Update: only the fields given change; lists are added to. {doc}",
}


def register_declared() -> None:
    """Register what the model declares and no other file has registered."""
    for entity in MODEL.entities:
        for verb, text in (("create", entity.create), ("update", entity.update)):
            name = f"{verb}{entity.name}"
            if text and verb in entity.mutations and name not in MUTATIONS:
                plan = plan_of(entity.name, verb)
                doc = _DOCS[verb].format(doc=entity.doc)
                register(Mutation(name, entity.name, input_of(plan), needs(plan), _run(plan), doc))


def input_of(plan: Plan) -> dict[str, str]:
    """Return the argument of a create or update: ``{"input": "CreateOrderInput"}``."""
    return {"input": f"{plan.verb.title()}{plan.entity.name}Input"}


def needs(plan: Plan) -> Needs:
    """Return the permissions that an input asks for, nested rows included."""

    def wanted(arguments: Arguments) -> set[str]:
        return plan.needs(arguments.get("input"))

    return wanted


def _run(plan: Plan) -> Run:
    write = create if plan.verb == "create" else update

    async def run(call: Call, arguments: dict[str, Any]) -> Written:
        return await write(call, plan, arguments.get("input"))

    return run
