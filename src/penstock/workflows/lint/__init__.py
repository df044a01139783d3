"""The linter of workflows: what documents and the declarations of rules say about each other.

Pure: documents and a way to look rules up go in, findings come out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.workflows.lint.calls import calls
from penstock.workflows.lint.documents import read
from penstock.workflows.lint.events import awaited, never_started, unhandled
from penstock.workflows.lint.finding import Finding, Severity
from penstock.workflows.lint.flow import World
from penstock.workflows.lint.loops import loops
from penstock.workflows.lint.rulesets import create, rivals, types, user_actions
from penstock.workflows.lint.shape import shape
from penstock.workflows.lint.statuses import statuses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.workflows.lint.documents import Resolve

__all__ = ["Finding", "Severity", "lint"]

_CHECKS = (types, create, calls, statuses, unhandled, rivals, loops, user_actions, awaited, never_started)


def lint(documents: Sequence[dict[str, Any]], resolve: Resolve) -> list[Finding]:
    """Return what is wrong with documents that work together, errors first, in the order of the documents.

    ``resolve`` returns the rule behind a full name, None where it is not installed
    (:func:`penstock.rules.names.resolve`). Events that go from one workflow to another can only be checked where
    both are given. Place-holders (``[[account.id]]``) may still be in the documents.
    """
    world = World([read(document, resolve) for document in documents])
    malformed = [f for d, raw in zip(world.documents, documents, strict=True) for f in shape(d.name, raw)]
    found = [*malformed, *(finding for check in _CHECKS for finding in check(world))]
    order = {document.name: number for number, document in enumerate(world.documents)}
    return sorted(found, key=lambda f: (f.rank, order[f.workflow]))
