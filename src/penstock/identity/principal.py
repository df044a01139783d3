"""Who is asking, and what they may see and do (spec 10 §5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.errors import ForbiddenError
from penstock.model.serving import EVERY_RETAILER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Scope:
    """Where one permission is held: in the whole account, or in some retailers and locations.

    ``retailers`` are those of which anything may be seen. Of those in ``partial`` only the ``locations`` are:
    what belongs to a location is limited to them, what belongs to none (a catalogue) is seen as usual. A row
    is within the scope when its retailer is in ``retailers`` and, if that retailer is in ``partial``, its
    location is in ``locations``.
    """

    everything: bool = False
    retailers: frozenset[int] = frozenset()
    locations: frozenset[int] = frozenset()
    partial: frozenset[int] = frozenset()

    def covers(self, retailer_id: int) -> bool:
        """Return whether the permission holds for all of this retailer's data."""
        return self.everything or (retailer_id in self.retailers and retailer_id not in self.partial)

    def contains(self, other: Scope) -> bool:
        """Return whether all that lies within another scope surely lies within this one, too."""
        if self.everything or other.everything:
            return self.everything
        places = other.locations <= self.locations or all(map(self.covers, other.partial))
        return places and all(map(self.covers, other.retailers - other.partial))

    def touches(self, retailer_id: int) -> bool:
        """Return whether the permission holds for some of this retailer's data."""
        return self.everything or retailer_id in self.retailers


NOWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Principal:
    """A logged-in user: identity, and the scope of each permission held."""

    account: str
    user_id: int
    username: str
    retailer_id: int | None  # primary retailer
    permissions: Mapping[str, Scope]
    retailer_refs: Mapping[int, str] = field(default_factory=dict)  # refs of all retailers, by id

    def missing(self, wanted: Iterable[str]) -> list[str]:
        """Return the permissions among ``wanted`` that are held nowhere, sorted."""
        return sorted({p for p in wanted if p not in self.permissions})

    def require(self, wanted: Iterable[str]) -> None:
        """Raise :class:`ForbiddenError` naming every missing permission, and only those."""
        if missing := self.missing(wanted):
            raise ForbiddenError(f"User does not have permission: {', '.join(missing)}")

    def lacking(self, other: Principal) -> list[str]:
        """Return the permissions that another user holds, and where this one does not hold them, sorted."""
        return sorted(p for p, scope in other.permissions.items() if not self.scope(p).contains(scope))

    def served(self, scope: Scope) -> list[str]:
        """Return the refs by which catalogues name retailers of a scope that is not everything."""
        found = [self.retailer_refs[r] for r in scope.retailers if r in self.retailer_refs]
        return [*found, EVERY_RETAILER] if found else []

    def scope(self, permission: str) -> Scope:
        """Return where the permission is held; nowhere when it is not."""
        return self.permissions.get(permission, NOWHERE)
