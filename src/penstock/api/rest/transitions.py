"""``/api/v4.1/transition``: which user actions there are for what is shown (spec 11 §6, 44 §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from penstock.api.limits import check_nesting, read_body
from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, errors
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.shape import Shape
from penstock.api.rest.values import identifier
from penstock.errors import ForbiddenError, InvalidValueError, MissingValueError
from penstock.orchestration.workflow import AGEING, canonical
from penstock.workflows.actions import State, offered

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.identity.principal import Principal
    from penstock.orchestration.configuration import Configuration

PATH = "/api/v4.1/transition"
POSTING = "EVENT_CREATE"  # pressing a button posts an event
MOST_TRIGGERS = 200

Version = Annotated[int, msgspec.Meta(ge=0, le=999_999_999)] | Annotated[str, msgspec.Meta(pattern="^[0-9]{1,9}$")]


class GivenTrigger(Shape):
    """An entity as it is shown, and the application that shows it; null counts as absent.

    Without ``flexType``, the name of the entity's workflow, there are no user actions.
    """

    retailer_id: str | int
    type: str | None = None
    subtype: str | None = None
    status: str | None = None
    module: str | None = None
    flex_type: str | None = None
    flex_version: Version | None = None
    name: str | None = None


class GivenTriggers(Shape):
    """What is shown, each answered for itself."""

    triggers: Annotated[list[GivenTrigger], msgspec.Meta(max_length=MOST_TRIGGERS)]


class Trigger(Shape):
    """A trigger as it was asked about."""

    name: str | None
    type: str | None
    subtype: str | None
    status: str | None
    module: str | None
    flex_type: str | None
    flex_version: int | None
    retailer_id: str


class ActionContext(Shape):
    """How a button looks; ``confirm``: ask before sending."""

    label: str
    type: str
    modules: list[str]
    confirm: bool


class ActionAttribute(Shape):
    """A field of the form, which becomes an attribute of the event; ``source`` names a setting with choices."""

    name: str
    type: str
    label: str
    source: str
    default_value: Any
    mandatory: bool


class UserAction(Shape):
    """A button: the event to post, how it looks, and the form to fill in before."""

    event_name: str
    context: list[ActionContext]
    attributes: list[ActionAttribute]


class Offer(Shape):
    """The user actions for a trigger, under both names by which clients know them."""

    trigger: Trigger
    user_actions: list[UserAction]
    transitions: list[UserAction]


class Transitions(Shape):
    """An answer for each trigger, in order; none at all where no workflow is known."""

    response: list[Offer]


_decode = msgspec.json.Decoder(GivenTriggers).decode


async def post(request: Request) -> Response:
    """Return which user actions are available to the caller for entities in these states."""
    principal = principal_of(request)
    triggers = [_read(given) for given in await _given(request)]
    for trigger in triggers:
        _check_reach(principal, int(trigger.retailer_id))
    configuration = await (await services_of(request).account(principal.account)).workflows.configured()
    found = [_offer(principal, configuration, trigger) for trigger in triggers]
    if not any(found):
        return answer(Transitions([]))
    pairs = zip(triggers, found, strict=True)  # who sent several goes by their places
    return answer(Transitions([offer or Offer(trigger, [], []) for trigger, offer in pairs]))


async def _given(request: Request) -> list[GivenTrigger]:
    content = await read_body(request.scope, request.receive)
    try:
        given = _decode(content)
    except msgspec.ValidationError as error:
        raise InvalidValueError(f"The body does not hold triggers: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body is not JSON: {error}") from None
    check_nesting(content, given)
    return given.triggers


def _read(given: GivenTrigger) -> Trigger:
    if given.retailer_id == "":
        raise MissingValueError("retailerId is missing.")
    version = None if given.flex_version is None else int(given.flex_version)
    about = {name: getattr(given, name) for name in ("name", "type", "subtype", "status", "module", "flex_type")}
    return Trigger(**about, flex_version=version, retailer_id=str(identifier("retailerId", given.retailer_id)))


def _check_reach(principal: Principal, retailer_id: int) -> None:
    """Check that the caller sees something of a retailer, whose buttons this is about.

    Raises:
        ForbiddenError: the retailer is none of the caller's.
    """
    if not any(scope.touches(retailer_id) for scope in set(principal.permissions.values())):
        raise ForbiddenError(f"User may not see user actions of retailer {retailer_id}.")


def _offer(principal: Principal, configuration: Configuration, trigger: Trigger) -> Offer | None:
    """Return what is offered; nothing when the workflow is unknown, no actions to those who may not send events.

    Raises:
        InvalidValueError: there is no such retailer.
    """
    retailer, name = int(trigger.retailer_id), canonical(trigger.flex_type or "")
    if retailer not in configuration.retailers:
        raise InvalidValueError(f"retailerId is {retailer}, and there is no such retailer.")
    ages = name.partition("::")[0] in AGEING  # such an entity follows the newest version, whatever its own says
    workflow = configuration.workflows.newest(retailer, name, None if ages else trigger.flex_version)
    if workflow is None:
        return None
    state = State(trigger.type, trigger.subtype, trigger.status, trigger.module or None, trigger.name or None)
    found = offered(workflow, state) if principal.scope(POSTING).touches(retailer) else []
    actions = msgspec.convert(found, list[UserAction])
    return Offer(trigger, actions, actions)


OPERATIONS = (Operation("POST", PATH, post, {200: Transitions, **errors(400, 403)}, body=GivenTriggers),)
