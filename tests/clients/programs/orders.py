"""Write the refs of all orders of a type, with gql and without a word about asyncio."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport

PAGE = GraphQLRequest(Path("documents/orders.graphql").read_text(), operation_name="OrdersPage")


def main() -> None:
    """Page through the orders."""
    headers = {"Authorization": f"Bearer {os.environ['PENSTOCK_TOKEN']}"}
    transport = AIOHTTPTransport(url=f"{os.environ['PENSTOCK_URL']}/graphql", headers=headers)
    cursor, more = None, True
    client = Client(transport=transport, fetch_schema_from_transport=True)
    while more:
        PAGE.variable_values = {"type": os.environ["PENSTOCK_TYPE"], "first": 20, "after": cursor}
        page = client.execute(PAGE)["orders"]
        sys.stdout.writelines(f"{edge['node']['ref']}\n" for edge in page["edges"])
        cursor, more = page["edges"][-1]["cursor"], page["pageInfo"]["hasNextPage"]


main()
