"""The linter: given a document that has a fault, and the same one without it, when linted, then only the first is told.

Each change is made to a small workflow without any finding.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lintcases import CASES
from lintdocuments import BOOKED, Change, add, button, call, changed, clean, gate, put, ruleset, shown, state

import penstock.workflows.lint as room
from penstock.rules import Rule
from penstock.rules.names import resolve
from penstock.workflows.documents import reference
from penstock.workflows.lint import Severity, lint
from penstock.workflows.lint.cycles import components, shortest_cycle


def test_a_clean_workflow_has_no_findings() -> None:
    assert lint([clean()], resolve) == []


@pytest.mark.parametrize(("code", "severity", "wrong", "right", "place"), CASES)
def test_a_fault_is_told_with_its_place_and_what_to_do(
    code: str, severity: str, wrong: Change, right: Change, place: str
) -> None:
    found = [f for f in lint([changed(wrong)], resolve) if (f.code, f.severity, f.place) == (code, severity, place)]
    assert len(found) == 1, lint([changed(wrong)], resolve)
    assert found[0].message
    assert found[0].advice
    assert [f for f in lint([changed(right)], resolve) if (f.code, f.severity) == (code, severity)] == []


def test_every_kind_of_finding_is_tried() -> None:
    makers = {"error", "warning", "info", "make"}
    codes = {
        node.args[0].value
        for file in Path(room.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in makers
        and isinstance(node.args[0], ast.Constant)
    }
    assert codes == {case[0] for case in CASES}


def test_a_loop_in_which_something_is_created_is_an_info() -> None:
    loop = ruleset("Make", call("order.CreateFulfilment"), gate("Make"), when=BOOKED, userActions=[button("Make")])
    found = [f for f in lint([changed(add(loop))], resolve) if f.code == "event-loop-gated"]
    assert [f.severity for f in found] == [Severity.INFO]


def test_an_exception_ruleset_is_started_by_a_rule_that_raises() -> None:
    def known(name: str) -> Rule | None:
        raising = Rule("core.Risky", "Risky", (), raises="the carrier is closed")
        return raising if name == "ACME.core.Risky" else resolve(name)

    document = changed(add(shown(), ruleset("Shown", state("OVER"), eventType="EXCEPTION")))
    assert [f.code for f in lint([document], known)] == ["exception-never-started"]
    document["rulesets"][3]["rules"] = [call("core.Risky")]
    assert lint([document], known) == []


def test_events_to_another_workflow_are_checked_where_both_are_given() -> None:
    documents = {d["name"]: d for d in reference("ACME", 1)}
    alone = lint([documents["PRODUCT_CATALOGUE::MASTER"]], resolve)
    assert "event-unchecked" in {f.code for f in alone}
    both = lint([documents["PRODUCT_CATALOGUE::MASTER"], documents["INVENTORY_CATALOGUE::DEFAULT"]], resolve)
    assert "event-unchecked" not in {f.code for f in both if f.workflow.startswith("PRODUCT")}
    rulesets = documents["INVENTORY_CATALOGUE::DEFAULT"]["rulesets"]
    rulesets[:] = [r for r in rulesets if r["name"] != "VariantProductStatusChanged"]
    broken = lint([documents["PRODUCT_CATALOGUE::MASTER"], documents["INVENTORY_CATALOGUE::DEFAULT"]], resolve)
    assert "event-unhandled" in {f.code for f in broken if f.workflow.startswith("PRODUCT")}


def test_nothing_worse_than_an_info_is_to_be_said_of_the_reference_workflows() -> None:
    found = lint(reference("ACME", 1), resolve)
    assert [f for f in found if f.severity is not Severity.INFO] == []
    # What may be looked at again: statuses that clients set, events that they send, old names of one, and sourcing,
    # which ends with the split limit (spec 22 §3.3).
    assert {(f.code, f.place) for f in found} == {
        ("event-loop-gated", 'rulesets[7] "FindAndCreateOrderFulfilment"'),
        ("never-started", 'rulesets[1] "InventoryChanged"'),
        ("never-started", 'rulesets[2] "UpdateControl"'),
        ("never-started", 'rulesets[3] "DeactivateControl"'),
        ("never-started", 'rulesets[5] "CreateWave"'),
        ("unreachable-status", 'statuses "INACTIVE" of CONTROL_GROUP'),
        ("unreachable-status", 'statuses "INACTIVE" of INVENTORY_CATALOGUE'),
        ("unreachable-status", 'statuses "INACTIVE" of VIRTUAL_CATALOGUE'),
        ("unreachable-status", 'statuses "INACTIVE" of VIRTUAL_POSITION'),
    }


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 6), max_size=4), max_size=7))
def test_components_are_the_nodes_that_lead_to_each_other(drawn: dict[int, list[int]]) -> None:
    graph = {n: drawn.get(n, []) for n in range(7)}
    leads = {n: _reached(graph, n) for n in graph}
    for group in components(graph):
        for node in group:
            assert group == {node} | {m for m in graph if m in leads[node] and node in leads[m]}
        cycle = shortest_cycle(graph, group)
        assert bool(cycle) == any(node in leads[node] for node in group)
        assert all(b in graph[a] for a, b in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True))


def _reached(graph: dict[int, list[int]], start: int) -> set[int]:
    found: set[int] = set()
    waiting = list(graph[start])
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += graph[node]
    return found


_WHOLE = st.sampled_from(["rulesets", "statuses", "entityType", "version", "name"])
_PARTS = st.sampled_from(["name", "type", "subtype", "eventType", "rules", "triggers", "userActions"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
_VALUES = st.recursive(_LEAVES, lambda v: st.lists(v) | st.dictionaries(st.text(max_size=9), v), max_leaves=8)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_WHOLE, _PARTS, _VALUES)
def test_no_document_breaks_the_linter(whole: str, part: str, value: Any) -> None:
    assert isinstance(lint([clean() | {whole: value}, changed(put(1, **{part: value}))], resolve), list)
