"""The players' telephone: a small client of the public HTTP API."""

from __future__ import annotations

from penstock.demo.client.api import Api
from penstock.demo.client.connection import Connection, read_connection
from penstock.demo.client.failures import GraphQLError, RefusedError, UnreachableError

__all__ = ["Api", "Connection", "GraphQLError", "RefusedError", "UnreachableError", "read_connection"]
