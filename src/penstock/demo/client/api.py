"""Calls in the words of the trade: query, page, send an event, look events up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from penstock.demo.client.failures import GraphQLError
from penstock.demo.client.transport import Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from types import TracebackType

    from penstock.demo.client.connection import Connection

Node = dict[str, Any]

_EVENTS = "/api/v4.1/event"
_FOREVER = 86_400.0  # seconds; a player waits for the server rather than give up


class Api:
    """The public API as one user of one retailer."""

    def __init__(self, connection: Connection, *, patience: float = _FOREVER) -> None:
        self.retailer = connection.retailer_id
        self._account = connection.account_id
        self._transport = Transport(connection, patience=patience)

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._transport.__aexit__(kind, error, trace)

    async def graphql(self, document: str, **variables: Any) -> Node:
        """Run one operation and return its data; ``GraphQLError`` when the answer has errors."""
        answer = await self._transport.post("/graphql", {"query": document, "variables": variables})
        if answer.get("errors"):
            raise GraphQLError(answer["errors"], answer.get("data"))
        data: Node = answer["data"]
        return data

    async def create(self, mutation: str, inputs: Sequence[Node], *already: str) -> int:
        """Create many of a kind in one request; errors with the codes ``already`` count as done.

        Returns how many were created by this call.
        """
        kind = f"C{mutation[1:]}Input"
        declared = ", ".join(f"$i{n}: {kind}" for n in range(len(inputs)))
        fields = " ".join(f"a{n}: {mutation}(input: $i{n}) {{ id }}" for n in range(len(inputs)))
        variables = {f"i{n}": value for n, value in enumerate(inputs)}
        try:
            data = await self.graphql(f"mutation ({declared}) {{ {fields} }}", **variables)
        except GraphQLError as error:
            if not error.only(*already):
                raise
            data = error.data
        return sum(made is not None for made in data.values())

    async def pages(self, document: str, *path: str, **variables: Any) -> AsyncIterator[Node]:
        """Yield the nodes of all pages of the connection at ``path``; the document takes ``$after``."""
        after: str | None = None
        while True:
            found: Any = await self.graphql(document, after=after, **variables)
            for name in path:
                found = found[name]
            for edge in found["edges"]:
                yield edge["node"]
            if not found["pageInfo"]["hasNextPage"]:
                return
            after = found["edges"][-1]["cursor"]

    async def nodes(self, document: str, *path: str, **variables: Any) -> list[Node]:
        """Return the nodes of all pages."""
        return [node async for node in self.pages(document, *path, **variables)]

    async def send(
        self,
        name: str,
        entity_type: str,
        *,
        entity_id: str | None = None,
        entity_ref: str | None = None,
        attributes: Node | None = None,
    ) -> str:
        """Post an asynchronous event to the entity with this id or ref (spec 11 §1.4); return the event's id."""
        event = {
            "name": name,
            "accountId": self._account,
            "retailerId": self.retailer,
            "entityType": entity_type,
            "entityId": entity_id,
            "entityRef": entity_ref,
            "attributes": attributes or {},
        }
        filled = {key: value for key, value in event.items() if value is not None}
        answer = await self._transport.post(f"{_EVENTS}/async", filled)
        return str(answer["eventId"])

    async def events(self, query: Mapping[str, str]) -> list[Node]:
        """Return one page of stored events, newest first (spec 11 §1.3)."""
        answer = await self._transport.get(_EVENTS, query)
        results: list[Node] = answer["results"]
        return results
