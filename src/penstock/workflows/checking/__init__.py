"""Whether a workflow document can be stored and run (spec 13 §2), by looking at nothing but the document.

What is found is what a save refuses, place by place; the warnings among it do not stop a save.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from penstock.workflows.checking.finding import Finding, Severity, within
from penstock.workflows.checking.meaning import created, homeless, rooted, unknown_statuses
from penstock.workflows.checking.members import ONCE, WORKFLOW, misshapen
from penstock.workflows.checking.rules import unknown_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.workflows.checking.rules import Resolve

__all__ = ["MOST_FINDINGS", "Finding", "Severity", "check", "check_once", "mistakes", "sentence"]

MOST_FINDINGS = 500  # of one document; whoever has more mends those first
MOST_SAID = 20  # of them in a message


def check(document: Any, *, resolve: Resolve | None) -> list[Finding]:
    """Return what is wrong with a workflow document, errors before warnings, ``MOST_FINDINGS`` at most.

    ``resolve`` finds the rule behind a full name, None when it is not installed; without it rules are not looked
    at, nor their properties. Spec 13 §2: members there and well-typed, CREATE and CREATED of the root (of children:
    a warning), statuses of triggers declared, rules installed, mandatory properties given.
    """
    if not isinstance(document, dict):
        return [Finding("document", "must be an object in JSON.")]
    found = chain(
        misshapen(document, WORKFLOW),
        rooted(document),
        created(document),
        unknown_statuses(document),
        unknown_rules(document, resolve) if resolve else (),
        homeless(document),
    )
    return _first(found)


def check_once(document: Any, *, resolve: Resolve | None) -> list[Finding]:
    """Return what is wrong with a run-once workflow (spec 11 §1.6); places begin with ``meta.workflow``.

    It needs neither statuses nor CREATE. One without a ruleset for its event is no mistake: nothing matches then.
    """
    place = "meta.workflow"
    if not isinstance(document, dict):
        return [Finding(place, "must be an object in JSON: a workflow with rulesets.")]
    found = chain(misshapen(document, ONCE), unknown_rules(document, resolve) if resolve else ())
    return [within(place, f) for f in _first(found)]


def mistakes(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that stop a save."""
    return [f for f in findings if f.severity is Severity.ERROR]


def sentence(what: str, findings: Sequence[Finding]) -> str:
    """Return the findings in one message that begins with ``what``; of many, how many more there are."""
    said = "; ".join(str(finding).removesuffix(".") for finding in findings[:MOST_SAID])
    more = f"; and {len(findings) - MOST_SAID} more" if len(findings) > MOST_SAID else ""
    return f"{what}, {len(findings)} mistake{'s' * (len(findings) != 1)}: {said}{more}."


def _first(found: Iterable[Finding]) -> list[Finding]:
    return sorted(islice(found, MOST_FINDINGS), key=lambda f: f.severity is Severity.WARNING)
