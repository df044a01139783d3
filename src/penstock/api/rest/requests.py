"""What the gate has put into a request: the services, and who is asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

    from penstock.api.services import Services
    from penstock.identity.principal import Principal

SERVICES = "penstock.services"
PRINCIPAL = "penstock.principal"
NOTED = "penstock.noted"


def services_of(request: Request) -> Services:
    """Return what all requests share."""
    services: Services = request.scope[SERVICES]
    return services


def principal_of(request: Request) -> Principal:
    """Return who is asking; public resources have nobody."""
    principal: Principal = request.scope[PRINCIPAL]
    return principal


def note(request: Request, **facts: str) -> None:
    """Add facts to the line that the log gets about the request: ``event_id``, ``root``."""
    request.scope.setdefault(NOTED, {}).update(facts)


def asker(scope: Scope) -> tuple[str | None, str | None]:
    """Return account and user of a request, for the log."""
    principal: Principal | None = scope.get(PRINCIPAL)
    return (principal.account, principal.username) if principal else (None, None)
