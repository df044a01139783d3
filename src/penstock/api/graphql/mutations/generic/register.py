"""Registers the create and update of every entity that declares them, unless a file of its own has done so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.graphql.descriptions.fields import article, sentence
from penstock.api.graphql.mutations.generic.creating import create
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.updating import update
from penstock.api.graphql.operations import MUTATIONS, Mutation, Written, register
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.plans import Plan
    from penstock.api.graphql.operations import Arguments, Call, Needs, Run
    from penstock.model.vocabulary import Entity


def register_declared() -> None:
    """Register what the model declares and no other file has registered."""
    for entity in MODEL.entities:
        for verb, text in (("create", entity.create), ("update", entity.update)):
            name = f"{verb}{entity.name}"
            if text and verb in entity.mutations and name not in MUTATIONS:
                plan = plan_of(entity.name, verb)
                register(Mutation(name, entity.name, input_of(plan), needs(plan), _run(plan), _doc(entity, verb)))


def _doc(entity: Entity, verb: str) -> str:
    doc = f"{verb.title()} {article(entity.name)}: {sentence(entity.doc)}"
    if verb == "update":
        return f"{doc} Only what is given changes, and no event is sent."
    return f"{doc} Its CREATE event follows." if entity.orchestrated else doc


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
