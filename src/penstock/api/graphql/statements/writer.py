"""Writes the SQL of selections: objects, links and lists as JSON text, and what reading them costs and needs.

One writer makes one statement. It numbers the values to bind, adds up the complexity (spec 12 §7) and collects the
permissions (spec 10 §5.3) on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.api.graphql.conditions import Among
from penstock.api.graphql.documents.selection import Collector, Fields, below
from penstock.api.graphql.documents.sites import Page, SiteForm
from penstock.api.graphql.statements.runs import Runs
from penstock.api.graphql.statements.text import Json
from penstock.api.graphql.statements.visibility import Reach, Visibility, view_permission
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from graphql.language import FieldNode, SelectionSetNode

    from penstock.api.graphql.documents.sites import Site
    from penstock.model.vocabulary import Entity

    Value = Callable[[list[FieldNode], Json], object]  # adds what stands at a member of an object

_NO_RUNS = Runs()
Slot = tuple[str, int, int | str]  # ("site", its index, which of its values), ("scope", index, part), ("user", 0, 0)

# A list of very many rows with filters that no index answers: (its entity, their names).
Search = tuple[str, tuple[str, ...]]

# A filter that names retailers: (permission, index of its site, which of the site's values).
Claim = tuple[str, int, int]


class Writer:
    """The state of one statement that is being written."""

    def __init__(
        self,
        collector: Collector,
        sites: Mapping[int, tuple[int, Site]],
        forms: Sequence[SiteForm],
        reaches: Mapping[str, Reach],
    ) -> None:
        self.collector = collector
        self._sites = sites
        self._forms = forms
        self.visibility = Visibility(reaches, self._scope)
        self.needs: set[str] = set()
        self.cost = 0
        self.shown = 0
        self._aliases = 0
        self.slots: dict[Slot, int] = {}
        self.claims: list[Claim] = []
        self.searches: list[Search] = []

    def alias(self) -> str:
        """Return a name for a table that no other one of the statement has."""
        self._aliases += 1
        return f"t{self._aliases}"

    def bind(self, slot: Slot) -> str:
        """Return the placeholder of a value."""
        return f"${self.slots.setdefault(slot, len(self.slots) + 1)}"

    def _scope(self, index: int, part: str) -> str:
        return self.bind(("scope", index, part))

    def spend(self, times: int) -> None:
        """Count a look-up that runs so many times."""
        self.cost += times

    def show(self, values: int) -> None:
        """Count values that the answer holds at most."""
        self.shown += values

    def need(self, target: str) -> None:
        """Note that rows of an entity, or of any type of an interface, are shown."""
        self.needs.update(view_permission(e) for e in MODEL.variants(target))

    def fields(self, type_name: str, selections: Sequence[SelectionSetNode]) -> Fields:
        """Return the fields asked for."""
        return self.collector.fields(type_name, selections)

    def asked(self, node: FieldNode, alias: str, target: str) -> tuple[list[str], Page, Callable[[], str]]:
        """Return the conditions that a field's arguments put on ``alias``, its page, and the binder of its cursors.

        Values are drawn in the order in which the site gives them.
        """
        pieces, page, draw = self.pieces(node, lambda _: alias, target)
        return list(pieces.values()), page, draw

    def site(self, node: FieldNode) -> tuple[Site | None, SiteForm | None]:
        """Return the arguments of a field, and what they ask for in this statement."""
        if id(node) not in self._sites:
            return None, None
        index, site = self._sites[id(node)]
        return site, self._forms[index]

    def names(self, node: FieldNode, places: set[int]) -> tuple[str, ...]:
        """Return the names of arguments of a field."""
        site, _ = self.site(node)
        conditions = site.conditions if site else []
        return tuple(given.name for place, (given, _) in enumerate(conditions) if given and place in places)

    def pieces(
        self, node: FieldNode, alias: Callable[[int], str], target: str = "", runs: Runs | None = None
    ) -> tuple[dict[int, str], Page, Callable[[], str]]:
        """Return the same, each condition by the place of its argument, which also tells its ``alias``.

        Those that ``runs`` takes to itself are not among them.
        """
        if id(node) not in self._sites:
            return {}, Page(), _nothing_left
        index, site = self._sites[id(node)]
        form = self._forms[index]
        draw = _Draw(self, index)
        conditions = {}
        for which, asked in form.conditions:
            condition = site.conditions[which][1]
            if isinstance(condition, Among) and condition.column == "retailer_id":
                self.claims.append((view_permission(MODEL.entity(target)), index, draw.drawn))
            written = (runs or _NO_RUNS).condition(which, condition, alias(which), asked, draw)
            if written is not None:
                conditions[which] = written
        return conditions, form.page or Page(), draw

    def by_type(
        self, target: str, alias: str, selections: Sequence[SelectionSetNode], write: Callable[[Entity, Fields], Json]
    ) -> Json:
        """Write an object that may be of several types; only where they differ, by type."""
        variants = MODEL.variants(target)
        chosen = [self.fields(e.name, selections) for e in variants]
        named = any(nodes[0].name.value == "__typename" for nodes in chosen[0].values())
        if len(variants) == 1 or (not named and all(c == chosen[0] for c in chosen)):
            return write(variants[0], chosen[0])
        cases = " ".join(
            f"WHEN '{entity.variant}' THEN {write(entity, fields).sql()}"
            for entity, fields in zip(variants, chosen, strict=True)
        )
        return Json().add(f"CASE {alias}.kind {cases} END")

    def object(self, type_name: str, fields: Fields, value: Value) -> Json:
        """Write an object, asking ``value`` to add each member's."""
        json = Json()
        for position, (key, nodes) in enumerate(fields.items()):
            json.fixed(f'{"," if position else "{"}"{key}":')
            if nodes[0].name.value == "__typename":
                json.fixed(f'"{type_name}"')
            else:
                value(nodes, json)
        return json.fixed("}" if fields else "{}")

    def simple(self, type_name: str, nodes: list[FieldNode], value: Value) -> Json:
        """Write an object of a type of its own, such as a connection."""
        return self.object(type_name, self.fields(type_name, below(nodes)), value)


class _Draw:
    """Gives the placeholders of one site's values in order."""

    def __init__(self, writer: Writer, site: int) -> None:
        self._writer = writer
        self._site = site
        self.drawn = 0

    def __call__(self) -> str:
        self.drawn += 1
        return self._writer.bind(("site", self._site, self.drawn - 1))


def _nothing_left() -> str:
    raise AssertionError("a field without arguments has nothing to bind")
