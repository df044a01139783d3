"""Fulfilment options, which may be answered only when their workflow has made its plans (spec 21 §8)."""

from __future__ import annotations

from typing import Any

from penstock.api.graphql.mutations.generic.creating import finish, required
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.operations import Call, Written, mutation
from penstock.orchestration.lanes import own_lane

OPTION = plan_of("FulfilmentOption", "create")


@mutation(
    "createFulfilmentOption",
    output="FulfilmentOption",
    arguments={"input": "CreateFulfilmentOptionInput", "executionMode": "ExecutionMode"},
    needs=needs(OPTION),
)
async def create_fulfilment_option(call: Call, arguments: dict[str, Any]) -> Written:
    """Ask how some products could be delivered; with AWAIT_ORCHESTRATION the answer has the plans."""
    work = Work(call, OPTION.permission)
    work.attended = arguments.get("executionMode") is not None
    written = await finish(work, drafted(work, OPTION, required(arguments.get("input"))))
    if not work.attended:
        return written
    await call.writer.settled(own_lane(OPTION.entity, written.id, None, None), work.announced[0])
    return Written(written.entity, written.id)  # as the workflow has left it
