"""The gate: every request comes in here, is authenticated, answered and logged.

``/graphql`` is plain ASGI, since a router and request objects cost more there than the rest of the way.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Route, Router

from penstock.api import pages
from penstock.api.limits import check_nesting, header, read_body
from penstock.api.rest import health, metrics
from penstock.api.rest.accounts import named_account
from penstock.api.rest.answers import answer_to
from penstock.api.rest.requests import NOTED, PRINCIPAL, SERVICES, asker
from penstock.api.rest.resources import OPERATIONS
from penstock.errors import InvalidTokenError, InvalidValueError, PenstockError
from penstock.logs import Access, log_access
from penstock.tracing import PARENT, TRACING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.types import Message, Receive, Scope, Send

    from penstock.api.services import Services

GRAPHQL = "/graphql"
QUIET = frozenset({health.LIVE, *health.READY, metrics.PATH})
PUBLIC = frozenset(o.path for o in OPERATIONS if o.public)
_DECLARED: dict[object, str] = {o.run: o.path for o in OPERATIONS}
CLIENT_WENT_AWAY = 499  # for the log only
SERVER_ERROR = 500

_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
ROUTES = [
    Route(f"{pages.FILES}{{name}}", pages.file),
    *(Route(o.path, o.run, methods=_ANY_METHOD if o.any_method else [o.method], name=o.path) for o in OPERATIONS),
]

_log = structlog.get_logger("penstock.api")


class Operation(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a GraphQL request."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


_operation = msgspec.json.Decoder(Operation)


def create_app(opening: Callable[[], AbstractAsyncContextManager[Services]]) -> Gate:
    """Return the API as an ASGI application; ``opening`` gives its services from start to stop."""
    return Gate(opening)


class Gate:
    """The ASGI application."""

    def __init__(self, opening: Callable[[], AbstractAsyncContextManager[Services]]) -> None:
        self._opening = opening
        self._services: Services | None = None
        self._stopping = False
        self._rest = Router(ROUTES, redirect_slashes=False)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop with the server."""
        await receive()
        async with AsyncExitStack() as stack:
            try:
                self._services = await stack.enter_async_context(self._opening())
            except PenstockError as error:
                await send({"type": "lifespan.startup.failed", "message": error.message})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        self._services = None
        await send({"type": "lifespan.shutdown.complete"})

    def stop(self) -> None:
        """Prepare to stop: say so to whoever asks about health, and answer those who wait for events."""
        self._stopping = True
        if self._services is not None:
            self._services.release()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or start and stop with the server."""
        scope["app"] = self  # makes the router raise what it cannot route
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        exchange = Exchange(scope, send)
        if TRACING.on and scope["path"] not in QUIET:
            with TRACING.request(f"{scope['method']} {scope['path']}", _traced(scope), {}) as span:
                await self._exchange(exchange, receive)
                span.set_attribute("http.response.status_code", exchange.status)
                span.update_name(exchange.operation)
        else:
            await self._exchange(exchange, receive)

    async def _exchange(self, exchange: Exchange, receive: Receive) -> None:
        try:
            await self._answer(exchange.scope, receive, exchange.send)
        except ClientDisconnect:
            exchange.status = CLIENT_WENT_AWAY
        except Exception as error:  # noqa: BLE001 - whatever fails, the client gets an answer
            await exchange.fail(error, receive)
        finally:
            exchange.log()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        services = self._services
        if services is None:
            raise HTTPException(503, "Penstock is not started.")
        if self._stopping and scope["path"] in health.READY:
            raise HTTPException(503, "This process stops.")
        scope[SERVICES] = services
        path = scope["path"]
        if path == GRAPHQL and pages.wanted(scope):
            await pages.page(scope, pages.GRAPHQL)(scope, receive, send)
            return
        if path not in PUBLIC and not path.startswith(pages.FILES):
            await _authenticate(scope, services)
        if path == GRAPHQL:
            await _graphql(scope, receive, send, services)
        else:
            await self._rest(scope, receive, send)


class Exchange:
    """One request and what was answered."""

    def __init__(self, scope: Scope, send: Send) -> None:
        path: str = scope["path"]
        self.scope = scope
        if path.endswith("/"):
            scope["path"] = path.rstrip("/") or "/"
        self.status = 0
        self._send = send
        self._since = time.perf_counter()

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    async def fail(self, error: Exception, receive: Receive) -> None:
        """Answer with an error, unless an answer has begun; log what is no fault of the client's."""
        response = answer_to(error)
        if response.status_code >= SERVER_ERROR and not isinstance(error, PenstockError):
            _log.error("failed", path=self.scope["path"], exc_info=error)
        if not self.status:
            await response(self.scope, receive, self.send)

    def log(self) -> None:
        """Write one line about a request; health is asked for too often to be worth one."""
        path, seconds = self.scope["path"], time.perf_counter() - self._since
        if path in QUIET:
            return
        account, user = asker(self.scope)
        if (services := self.scope.get(SERVICES)) is not None:
            services.requests.answered(account, self.operation, self.status, seconds)
        log_access(
            Access(
                method=self.scope["method"],
                path=path,
                status=self.status,
                ms=round(seconds * 1000, 1),
                account=account,
                user=user,
                timestamp=datetime.now(UTC),
                trace=TRACING.current() or msgspec.UNSET,
                **self.scope.get(NOTED, {}),
            )
        )

    @property
    def operation(self) -> str:
        """Return method and path as declared; what is no operation shares a name."""
        declared = GRAPHQL if self.scope["path"] == GRAPHQL else _DECLARED.get(self.scope.get("endpoint"))
        return f"{self.scope['method']} {declared}" if declared else "other"


def _traced(scope: Scope) -> dict[str, str]:
    """Return where the client wants the request to stand in a trace."""
    return {PARENT: header(scope, PARENT.encode()) or ""}


async def _authenticate(scope: Scope, services: Services) -> None:
    """Put the principal into the scope (spec 10 §3)."""
    scheme, _, token = (header(scope, b"authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidTokenError("Invalid access token")
    principal = await services.principals.of_token(token.strip())
    if named_account(scope) not in {None, principal.account}:
        raise InvalidTokenError("Invalid access token")
    scope[PRINCIPAL] = principal


async def _graphql(scope: Scope, receive: Receive, send: Send, services: Services) -> None:
    """Execute an operation; what reaches the engine is answered with 200 (spec 12 §1)."""
    if scope["method"] != "POST":
        raise HTTPException(405, "Send GraphQL operations by POST.", {"Allow": "POST"})
    content = await read_body(scope, receive)
    try:
        operation = _operation.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body is not a GraphQL request in JSON: {error}") from None
    check_nesting(content, operation.variables)
    principal = scope[PRINCIPAL]
    account = await services.account(principal.account)
    body = await services.graphql.execute(
        account.database, principal, operation.query, operation.variables, operation.operation_name, account.writer
    )
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
