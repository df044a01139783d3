"""Runs: the stretches of an index in which the rows of a root list stand in order (docs/adr/0013).

Who sees two retailers and asks for two statuses reads four stretches of the index by retailer, status and date. Of
each no more than a page is read, and the page is the newest of all that. So its cost is that of the page, whatever
is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from penstock.api.graphql.conditions import Among, Between
from penstock.model import lists
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from graphql.language import FieldNode

    from penstock.api.graphql.conditions import Bind, Condition, Form
    from penstock.api.graphql.documents.sites import Site, SiteForm
    from penstock.api.graphql.statements.writer import Writer
    from penstock.model.vocabulary import Entity


@dataclass(slots=True)
class Runs:
    """The runs of one list: none, unless its entity is one of very many rows.

    ``leads`` are the arguments that the index begins with, ``quick`` those that cost next to nothing whatever they
    hold, by their places: a list of values may be long, and two of them make very many runs. Rows are ordered by the
    leading ``columns`` as well, and held to their values by BETWEEN: after ``=`` PostgreSQL would see that the order
    does not depend on them, and might look through an index without them, for want of knowing how rare a value is.
    """

    owner: str = ""
    leads: tuple[int, ...] = ()
    quick: frozenset[int] = frozenset()
    columns: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    _chosen: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, writer: Writer, entity: Entity, alias: str, node: FieldNode) -> Self:
        """Return the runs of a root list; the arguments' are added by :meth:`condition`."""
        if not entity.listed_by:
            return cls()
        owner = lists.owner(MODEL, entity)
        site, form = writer.site(node)
        leads, quick = _found(entity, owner, site, form) if site and form else ((), frozenset[int]())
        runs = cls(owner or "", leads, quick, [site.conditions[which][1].column for which in leads] if site else [])
        if owner:
            runs.sources.append(f"({writer.visibility.owners(entity, owner)}) {alias}w")
            runs.conditions.append(f"{alias}.{owner} = {alias}w.{owner}")
        return runs

    def around(self, rows: str, alias: str) -> str:
        """Return the source of the rows that a query finds in each of the runs."""
        chosen = f" WHERE {' AND '.join(self._chosen)}" if self._chosen else ""
        return f"{' CROSS JOIN '.join(self.sources)} CROSS JOIN LATERAL ({rows}) {alias}{chosen}"

    def condition(self, which: int, condition: Condition, alias: str, form: Form, bind: Bind) -> str | None:
        """Write an argument's condition on the row; None when it chooses among the owners."""
        if self.owner and condition.column == self.owner:
            self._chosen.append(condition.sql(f"{alias}w", form, bind))
            return None
        if which not in self.leads:
            return condition.sql(alias, form, bind)
        value = condition.value(form, bind)
        if condition.several(form):
            self.sources.append(f"({value}) {alias}w{which}(v)")
            value = f"{alias}w{which}.v"
        return f"{alias}.{condition.column} BETWEEN {value} AND {value}"


def _long(site: Site, which: int, asked: Form) -> bool:
    condition = site.conditions[which][1]
    return isinstance(condition, Among) and bool(condition.several(asked))


def _found(entity: Entity, owner: str | None, site: Site, form: SiteForm) -> tuple[tuple[int, ...], frozenset[int]]:
    """Return the arguments that lead, in the order of their index, and all those that an index answers."""
    leading: dict[str, int] = {}
    quick: set[int] = set()
    for which, asked in form.conditions:
        given, condition = site.conditions[which]
        created = isinstance(condition, Between) and condition.column == "created_on"
        if condition.column == owner or created:
            quick.add(which)
        elif given is not None and condition.several(asked) is not None:
            leading[given.name] = which
    for words in entity.listed_by:
        if leading.keys() >= {*words.split()}:
            leads = tuple(leading[name] for name in words.split())
            short = {w for w, asked in form.conditions if w in leads and not _long(site, w, asked)}
            return leads, frozenset(quick | short)
    return (), frozenset(quick)
