"""Contexts of roles and settings: which of them the one who asks may write to (spec 10 §5.1, §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.errors import ForbiddenError, InvalidValueError, shown
from penstock.model.identifiers import parse

if TYPE_CHECKING:
    from penstock.api.graphql.mutations.generic.work import Wanted, Work
    from penstock.identity.principal import Scope

_ACCOUNT = frozenset({"ACCOUNT", "GLOBAL"})
SYNONYMS = {"LOCATION": "AGENT", "AGENT": "LOCATION"}  # the first word is the newer one
_ENTITIES = {"RETAILER": "Retailer", "LOCATION": "Location", "AGENT": "Location", "CUSTOMER": "Customer"}


@dataclass(slots=True)
class Context:
    """A context that an input names; ``owner`` is its retailer, location or customer, to be looked up."""

    type: str
    id: str
    owner: Wanted | None

    @property
    def stored(self) -> dict[str, str]:
        """Return the context as it is kept with a role."""
        return {"contextType": self.type, "contextId": self.id}


def context(work: Work, type_: str, id_: str | int, allowed: frozenset[str], label: str) -> Context:
    """Return a context, its owner handed to ``work``.

    Raises:
        InvalidValueError: no such type of context here.
        ForbiddenError: the account's context, for somebody who does not hold the permission there.
    """
    if type_ not in allowed:
        raise InvalidValueError(f"{label} {shown(type_)} is no context; use one of {', '.join(sorted(allowed))}")
    if type_ in _ACCOUNT:
        if parse(id_) != 0:
            raise InvalidValueError(f"{label} {type_} goes with the id 0, not {id_}")
        work.require_account()
        return Context(type_, str(id_), None)
    return Context(type_, str(id_), work.want(_ENTITIES[type_], {"id": str(id_)}, label))


def require(work: Work, contexts: list[Context]) -> None:
    """Check, once looked up, that every context exists and lies where the permission is held.

    Raises :class:`ForbiddenError` for a location outside a store user's own.
    """
    for one in contexts:
        if one.owner is None:
            continue
        found = work.settle(one.owner)
        limited = work.scope.locations and not work.scope.everything
        if limited and not (_ENTITIES[one.type] == "Location" and found.id in work.scope.locations):
            raise ForbiddenError(f"User does not have permission: {work.permission} for {one.type} {found.id}")


def covered(work: Work, scope: Scope, one: Context) -> bool:
    """Return whether a scope contains a context, once looked up."""
    if scope.everything or one.owner is None:
        return scope.everything
    found = work.settle(one.owner)
    if _ENTITIES[one.type] == "Retailer":
        return scope.covers(found.id)
    return found.id in scope.locations or scope.covers(found.retailer_id or 0)
