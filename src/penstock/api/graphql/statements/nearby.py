"""Lists of locations by their distance to a point: what searches over stock find (spec 21 §7, §8.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from penstock.api.graphql.documents.sites import Page
    from penstock.api.graphql.statements.writer import Writer


@dataclass(frozen=True, slots=True)
class Places:
    """Locations at ``alias``, the nearest first, those without a place on earth last; a page of them forwards."""

    alias: str
    source: str
    where: str
    page: Page
    distance: str

    @classmethod
    def of(
        cls,
        alias: str,
        source: str,
        conditions: Sequence[str],
        page: Page,
        near: str | None,
        draw: Callable[[], str],
    ) -> Self:
        """Return the locations that fit; without ``near``, SQL that grows with the distance, in order of their ids."""
        distance = f"COALESCE({near}, 'Infinity')" if near else "float8 '0'"
        later = [f"({distance}, {alias}.id) > ({draw()}, {draw()})"] if page.after else []
        return cls(alias, source, " AND ".join([*conditions, *later]), page, distance)

    @property
    def cursor(self) -> str:
        """The SQL of a location's cursor: distance and id, 8 bytes each."""
        return f"float8send({self.distance}) || int8send({self.alias}.id)"

    def array(self, element: str, limit: int) -> str:
        """Return the SQL array of what ``element`` gives for each location."""
        ordered = f"ORDER BY {self.distance}, {self.alias}.id LIMIT {limit}"
        return f"ARRAY(SELECT {element} FROM {self.source} WHERE {self.where} {ordered})"


def promising(writer: Writer, location: str, network: str) -> list[str]:
    """Return the conditions on a location that may promise stock: seen, not offline, and in a network ``n`` that fits.

    ``network`` is the condition on that, or on what joins it to the location, ``j``.
    """
    writer.need("Location")
    listed = (
        f"SELECT FROM network_location j JOIN network n ON n.id = j.network_id WHERE j.location_id = {location}.id "
        f"AND {network} AND n.status IS DISTINCT FROM 'INACTIVE'"
    )
    return [
        f"EXISTS ({listed})",
        f"{location}.status IS DISTINCT FROM 'INACTIVE'",
        *writer.visibility.conditions("Location", location),
    ]
