"""Plans: what an operation does, for one set of forms of its arguments and directives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.api.graphql.schema.roots import roots
from penstock.api.graphql.statements.statement import Forms, Statement, Wanted, check_complexity, statement
from penstock.api.graphql.statements.visibility import reaches

if TYPE_CHECKING:
    from graphql.language import FieldNode

    from penstock.api.graphql.documents.document import Document
    from penstock.api.graphql.documents.sites import SiteForm
    from penstock.api.graphql.statements.visibility import Reach
    from penstock.identity.principal import Principal, Scope

MOST_MERGED = 8  # root fields read by one statement
MOST_KEPT = 32  # statements kept for one plan, plans for one document

_ROOTS = roots()


@dataclass(frozen=True, slots=True)
class Named:
    """``__typename`` at the root: known without reading."""

    key: str
    type_name: str


@dataclass(frozen=True, slots=True)
class Described:
    """``__schema`` or ``__type``: answered from the schema."""

    key: str
    nodes: list[FieldNode]


Part = list[Wanted] | Named | Described
Reaches = tuple["Reach", ...]
Answers = list[Statement | Named | Described]  # what answers each part, in order


@dataclass(slots=True)
class Plan:
    """The parts of a query in the order of its root fields, what they need, and their statements by reach."""

    parts: list[Part]
    forms: Forms
    needs: tuple[str, ...]
    statements: dict[Reaches, Answers] = field(default_factory=dict)
    _last: tuple[Principal, Answers, list[Scope]] | None = None

    def answers(self, principal: Principal) -> tuple[Answers, list[Scope]]:
        """Return the statements for a principal, and the scopes that their slots stand for.

        Raises:
            ForbiddenError: a permission is missing.
        """
        last = self._last  # once: a thread may be planning for somebody else
        if last is None or last[0] is not principal:  # one client often asks the same again
            principal.require(self.needs)
            found, scopes = reaches(principal, self.needs)
            last = self._last = principal, self.written(found), scopes
        return last[1], last[2]

    def written(self, reaches: Reaches) -> Answers:
        """Return the statements for a principal whose permissions reach so far."""
        found = self.statements.get(reaches)
        if found is None:
            if len(self.statements) >= MOST_KEPT:
                self.statements.clear()
            collector, by_need = self.forms.collector.again(), dict(zip(self.needs, reaches, strict=True))
            known = Forms(self.forms.sites, self.forms.forms, collector, by_need)
            found = self.statements[reaches] = [statement(p, known) if isinstance(p, list) else p for p in self.parts]
        return found


def query_plan(document: Document, forms: tuple[SiteForm, ...], conditions: tuple[bool, ...]) -> Plan:
    """Plan a query; an operation too complex raises TooComplexError."""
    parts: list[Part] = []
    for key, nodes in root_fields(document, conditions).items():
        part = _part(key, nodes)
        previous = parts[-1] if parts else None
        if isinstance(part, list) and isinstance(previous, list) and len(previous) < MOST_MERGED:
            previous += part
        else:
            parts.append(part)
    return _made(parts, Forms(document.sites, forms, document.collector(conditions)))


def written_plan(
    document: Document,
    forms: tuple[SiteForm, ...],
    conditions: tuple[bool, ...],
    wrote: dict[str, str],
) -> dict[str, Plan]:
    """Plan reading back what mutations write: ``wrote`` is the entity by response key."""
    nodes = root_fields(document, conditions)
    known = Forms(document.sites, forms, document.collector(conditions))
    return {key: _made([[Wanted(key, entity, "written", nodes[key])]], known) for key, entity in wrote.items()}


def root_fields(document: Document, conditions: tuple[bool, ...]) -> dict[str, list[FieldNode]]:
    """Return the root fields of an operation, by response key."""
    name = "Mutation" if document.is_mutation else "Query"
    return document.collector(conditions).fields(name, [document.operation.selection_set])


def _part(key: str, nodes: list[FieldNode]) -> Part:
    name = nodes[0].name.value
    if name == "__typename":
        return Named(key, "Query")
    if name.startswith("__"):
        return Described(key, nodes)
    root = _ROOTS[name]
    return [Wanted(key, root.target, root.style, nodes)]


def _made(parts: list[Part], forms: Forms) -> Plan:
    """Write the statements as for somebody who sees everything, which shows what they need and cost."""
    written = [statement(p, forms) if isinstance(p, list) else p for p in parts]
    statements = [s for s in written if isinstance(s, Statement)]
    check_complexity(statements)
    needs = tuple(sorted({n for s in statements for n in s.needs}))
    return Plan(parts, forms, needs)
