"""The versions of workflow documents, as one context saw them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.orchestration.configuration import Configuration
from penstock.orchestration.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from penstock.database.reading import Reader

_VERSIONS = """
SELECT retailer_id, name, major, minor, created_on, document::text AS document FROM workflow ORDER BY major, minor"""


class Versions:
    """All stored versions of one account; documents are read when they are first asked for."""

    def __init__(self, stored: list[Mapping[str, Any]]) -> None:
        self._stored: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
        for row in stored:
            self._stored.setdefault((row["retailer_id"], row["name"]), []).append(row)
        self._read: dict[tuple[int, str, int, int], Workflow] = {}

    @classmethod
    async def read(cls, reader: Reader) -> Versions:
        """Read them from the account's database."""
        return cls(await reader.fetch(_VERSIONS))

    def exact(self, retailer_id: int, name: str, version: str) -> Workflow | None:
        """Return this version, if it is stored."""
        for row in self._stored.get((retailer_id, name), ()):
            if f"{row['major']}.{row['minor']}" == version:
                return self._workflow(row)
        return None

    def newest(self, retailer_id: int, name: str, major: int | None, at: datetime) -> Workflow | None:
        """Return the version that the engine took at a moment (spec 13 §10)."""
        known = [r for r in self._stored.get((retailer_id, name), ()) if r["created_on"] <= at]
        own = [r for r in known if r["major"] == major] or known
        return self._workflow(own[-1]) if own else None

    def _workflow(self, row: Mapping[str, Any]) -> Workflow:
        key = (row["retailer_id"], row["name"], row["major"], row["minor"])
        if key not in self._read:
            document = msgspec.json.decode(row["document"])
            self._read[key] = Workflow({**document, "name": row["name"], "version": f"{row['major']}.{row['minor']}"})
        return self._read[key]


class Seen:
    """What one context saw: the version that it recorded, else the newest of its moment; or a changed document."""

    def __init__(
        self, versions: Versions, at: datetime, recorded: tuple[str, str] | None = None, changed: Workflow | None = None
    ) -> None:
        self._versions = versions
        self._at = at
        self._recorded = recorded
        self._changed = changed

    def newest(self, retailer_id: int, name: str, major: int | None = None) -> Workflow | None:
        """Stand in for :meth:`penstock.orchestration.workflow.Workflows.newest`."""
        if self._changed is not None and self._changed.name == name and self._takes(retailer_id, major):
            return self._changed
        if self._recorded is not None and self._recorded[0] == name:
            found = self._versions.exact(retailer_id, *self._recorded)
            if found is not None:
                return found
        return self._versions.newest(retailer_id, name, major, self._at)

    def _takes(self, retailer_id: int, major: int | None) -> bool:
        """Return whether an entity with this major version would take the changed document (spec 13 §10)."""
        assert self._changed is not None
        if major in {None, self._changed.major}:
            return True
        found = self._versions.newest(retailer_id, self._changed.name, major, self._at)
        return found is None or found.major != major

    def configuration(self) -> Configuration:
        """Return a configuration that knows nothing but these workflows; all else is asked, and recorded."""
        configuration = Configuration(0)
        configuration.workflows = self  # type: ignore[assignment]  # only newest() is ever asked of it
        return configuration
