"""From roles and contexts to the scope of each permission (spec 10 §5.1).

The account contains every retailer, a retailer every one of its locations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from penstock.identity.principal import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Context(msgspec.Struct, frozen=True, rename="camel"):
    """A place where a role is held: ACCOUNT with id 0, RETAILER, or LOCATION (older name AGENT)."""

    context_type: str
    context_id: str | int

    @property
    def number(self) -> int:
        """Return the id as a number; -1, which nothing has, for a text that is none."""
        text = str(self.context_id)
        return int(text) if text.isascii() and text.isdigit() else -1


class Grant(msgspec.Struct, frozen=True):
    """A role that a user holds, with its permissions and where it is held."""

    role: str
    contexts: tuple[Context, ...]
    permissions: tuple[str, ...]


def scopes(grants: Iterable[Grant], retailer_of: Mapping[int, int]) -> dict[str, Scope]:
    """Return the scope of each permission; ``retailer_of`` knows the retailer of each location named.

    A role without any context is held nowhere, and its permissions are missing from the result.
    """
    held: dict[str, set[Context]] = {}
    for grant in grants:
        for permission in grant.permissions:
            held.setdefault(permission, set()).update(grant.contexts)
    made: dict[frozenset[Context], Scope] = {}  # most permissions share their contexts
    found = {}
    for permission, contexts in held.items():
        key = frozenset(contexts)
        if (scope := made.get(key)) is None:
            scope = made[key] = _scope(key, retailer_of)
        if scope.everything or scope.retailers:
            found[permission] = scope
    return found


def _scope(contexts: Iterable[Context], retailer_of: Mapping[int, int]) -> Scope:
    ids: dict[str, set[int]] = {}
    for context in contexts:
        ids.setdefault(context.context_type, set()).add(context.number)
    if "ACCOUNT" in ids:
        return Scope(everything=True)
    whole = ids.get("RETAILER", set())
    named = ids.get("LOCATION", set()) | ids.get("AGENT", set())
    locations = {n for n in named if n in retailer_of and retailer_of[n] not in whole}
    partial = {retailer_of[n] for n in locations}
    return Scope(retailers=frozenset(whole | partial), locations=frozenset(locations), partial=frozenset(partial))
