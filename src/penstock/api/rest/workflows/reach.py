"""What a user may do with a retailer's workflows: permissions held for the whole retailer (spec 10 §5, 11 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import ForbiddenError, PenstockError

if TYPE_CHECKING:
    from penstock.identity.principal import Principal

VIEW, CREATE, UPDATE = "WORKFLOW_VIEW", "WORKFLOW_CREATE", "WORKFLOW_UPDATE"


class RestrictedError(PenstockError):
    """A list that the user's context does not hold; answered with 401, as clients know it (spec 10 §3.1)."""

    code, status = "C0020E", 401


def require(principal: Principal, permission: str, retailer_id: int) -> None:
    """Check that a permission is held for a retailer.

    Raises:
        ForbiddenError: it is missing, or held elsewhere only.
    """
    principal.require([permission])
    if not principal.scope(permission).covers(retailer_id):
        raise ForbiddenError(f"User does not have permission: {permission} for retailer {retailer_id}")


def require_any(principal: Principal, retailer_id: int | None) -> None:
    """Check that the user may save some workflow, of this retailer if one is named.

    Raises:
        ForbiddenError: the user may not.
    """
    held = [p for p in (CREATE, UPDATE) if p not in principal.missing([CREATE, UPDATE])]
    if not held:
        principal.require([CREATE, UPDATE])
    if retailer_id is not None and not any(principal.scope(p).covers(retailer_id) for p in held):
        require(principal, held[-1], retailer_id)


def listable(principal: Principal, retailer_id: int | None) -> list[int] | None:
    """Return the retailers whose workflows are listed, the one asked for if any; None means all.

    Raises:
        ForbiddenError: the permission is missing.
        RestrictedError: it is held in another context only.
    """
    principal.require([VIEW])
    scope = principal.scope(VIEW)
    whole = sorted(r for r in scope.retailers if scope.covers(r))
    if retailer_id is None and (scope.everything or whole):
        return None if scope.everything else whole
    if retailer_id is None or not scope.covers(retailer_id):
        asked = "any retailer" if retailer_id is None else f"retailer {retailer_id}"
        raise RestrictedError(f"User does not have permission: {VIEW} for {asked}")
    return [retailer_id]
