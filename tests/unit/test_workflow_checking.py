"""Mistakes in workflow documents, told by their place."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from penstock.rules.names import resolve
from penstock.workflows.checking import MOST_FINDINGS, Severity, check, check_once, mistakes
from penstock.workflows.documents import reference

SMALL: dict[str, Any] = {
    "id": None,
    "retailerId": 2,
    "version": "1.0",
    "entityType": "ORDER",
    "entitySubtype": "HD",
    "description": None,
    "settings": None,
    "rulesets": [
        {
            "name": "CREATE",
            "type": "ORDER",
            "subtype": "",
            "rules": [{"name": "ACME.core.SetState", "props": {"status": "BOOKED"}}],
            "triggers": [{"status": "CREATED", "retailerId": 2, "module": "x"}],
            "userActions": [
                {
                    "context": [{"label": "Go", "type": "PRIMARY", "modules": ["oms"], "confirm": True}],
                    "attributes": [{"name": "why", "type": "LIST", "source": None, "defaultValue": 1}],
                }
            ],
        },
        {"name": "Again", "type": "ORDER", "eventType": "EXCEPTION", "rules": [], "triggers": []},
    ],
    "statuses": [
        {"name": "CREATED", "entityType": "ORDER", "category": "BOOKING"},
        {"name": "", "entityType": "ORDER", "category": None},
    ],
}


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """Return the small document with one member changed; ``...`` takes it away."""
    document = copy.deepcopy(SMALL)
    node: Any = document
    for step in path[:-1]:
        node = node[step]
    if to is ...:
        del node[path[-1]]
    else:
        node[path[-1]] = to
    return document


def found(document: Any) -> list[str]:
    return [str(finding) for finding in check(document, resolve=resolve)]


@pytest.mark.parametrize("document", reference("ACME", 7), ids=lambda d: str(d["name"]))
def test_nothing_is_wrong_with_the_reference_workflows(document: dict[str, Any]) -> None:
    assert found(document) == []


def test_null_counts_as_absent_and_further_keys_are_ignored() -> None:
    assert found(SMALL) == []


WRONG: tuple[tuple[tuple[str | int, ...], Any, str], ...] = (
    (("retailerId",), ..., "retailerId is missing; it must be an id"),
    (("retailerId",), "0", "retailerId is '0'; it must be an id"),
    (("name",), "A/B", "name is 'A/B'; it must be a text without a slash"),
    (("version",), ..., "version is missing"),
    (("version",), "1", "version is '1'; it must be"),
    (("version",), "1.0.0", "version is '1.0.0'"),
    (("version",), "1.99999999999", "version is"),
    (("version",), 1.0, "version is 1.0"),
    (("entityType",), ..., "entityType is missing"),
    (("entityType",), "SHOE", "entityType is 'SHOE', which is unknown"),
    (("entityType",), "FULFILMENT", "entityType is FULFILMENT, whose events the workflow of its ORDER handles"),
    (("entitySubtype",), " ", "entitySubtype is ' '"),
    (("description",), "x" * 301, "description has 301 characters; at most 300"),
    (("versionComment",), "x" * 2_001, "versionComment has 2001 characters; at most 2000"),
    (("settings",), [], "settings is []; it must be an object"),
    (("rulesets",), ..., "rulesets is missing"),
    (("rulesets",), {}, "rulesets is {}; it must be a list"),
    (("rulesets", 1), "x", "rulesets[1] is 'x'; it must be an object"),
    (("rulesets", 0, "name"), "", "rulesets[0].name is ''"),
    (("rulesets", 0, "type"), ..., "rulesets[0].type is missing"),
    (("rulesets", 0, "eventType"), "ODD", "rulesets[0].eventType is 'ODD'; it must be NORMAL or EXCEPTION"),
    (("rulesets", 0, "rules"), None, "rulesets[0].rules is missing"),
    (("rulesets", 0, "rules", 0, "name"), 5, "rulesets[0].rules[0].name is 5"),
    (("rulesets", 0, "rules", 0, "name"), "ACME.core.Nope", "rulesets[0].rules[0].name is 'ACME.core.Nope', a rule"),
    (("rulesets", 0, "rules", 0, "props"), "x", "rulesets[0].rules[0].props is 'x'"),
    (("rulesets", 0, "rules", 0, "props"), None, "rulesets[0].rules[0].props.status is missing; the rule"),
    (("rulesets", 0, "triggers"), ..., "rulesets[0].triggers is missing"),
    (("rulesets", 0, "triggers", 0, "status"), ..., "rulesets[0].triggers[0].status is missing"),
    (("rulesets", 0, "triggers", 0, "status"), "LOST", "rulesets[0].triggers[0].status is 'LOST', which statuses"),
    (("rulesets", 0, "userActions", 0, "context"), ..., "rulesets[0].userActions[0].context is missing"),
    (("rulesets", 0, "userActions", 0, "context", 0, "type"), "BIG", "context[0].type is 'BIG'; it must be PRIMARY or"),
    (("rulesets", 0, "userActions", 0, "context", 0, "modules"), [1], "context[0].modules is [1]"),
    (("rulesets", 0, "userActions", 0, "attributes", 0, "name"), ..., "userActions[0].attributes[0].name is missing"),
    (("rulesets", 0, "name"), "BEGIN", "rulesets hold no CREATE of type ORDER"),
    (("rulesets", 0, "eventType"), "EXCEPTION", "rulesets hold no CREATE of type ORDER"),
    (("rulesets", 0, "subtype"), "OTHER", "rulesets hold no CREATE of type ORDER"),
    (("rulesets", 0, "type"), "ORDR", "rulesets[0].type is 'ORDR', which is unknown"),
    (("statuses", 0, "entityType"), "ARTICLE", "statuses hold no CREATED of ORDER"),
    (("statuses",), ..., "statuses is missing"),
)


@pytest.mark.parametrize(("path", "to", "message"), WRONG, ids=[m[:40] for _, _, m in WRONG])
def test_a_mistake_is_told_by_its_place(path: tuple[str | int, ...], to: Any, message: str) -> None:
    errors = mistakes(check(changed(*path, to=to), resolve=resolve))
    assert any(message in str(finding) for finding in errors), errors


def test_all_mistakes_are_told_at_once() -> None:
    document = changed("rulesets", 0, "rules", 0, "name", to="ACME.core.Nope") | {"version": "x", "statuses": []}
    assert len(found(document)) == 4


def test_without_rules_to_look_up_only_the_document_counts() -> None:
    assert check(changed("rulesets", 0, "rules", 0, "name", to="ACME.core.Nope"), resolve=None) == []


def test_what_is_no_object_is_told() -> None:
    cases: tuple[Any, ...] = ([], None, "x")
    for document in cases:
        assert found(document) == ["document must be an object in JSON."]


def test_a_child_without_a_beginning_is_a_warning() -> None:
    document = copy.deepcopy(SMALL)
    document["rulesets"].append({"name": "Go", "type": "FULFILMENT", "rules": [], "triggers": []})
    document["rulesets"].append({"name": "Go", "type": "WAVE", "rules": [], "triggers": []})
    findings = check(document, resolve=resolve)
    assert mistakes(findings) == []
    assert {f.severity for f in findings} == {Severity.WARNING}
    assert [f.place for f in findings] == ["rulesets", "statuses"] * 2 + ["rulesets[3].type"]


def test_older_spellings_of_a_type_are_one_type() -> None:
    document: dict[str, Any] = copy.deepcopy(SMALL) | {"entityType": "FULFILMENTOPTION"}
    for ruleset in document["rulesets"]:
        ruleset["type"] = "FULFILMENT_OPTION"
    for status in document["statuses"]:
        status["entityType"] = "FULFILMENT_OPTIONS"
    assert found(document) == []


def test_what_may_be_without_a_root_has_workflows_of_its_own() -> None:
    document: dict[str, Any] = copy.deepcopy(SMALL) | {"entityType": "PAYMENT"}
    for part in (*document["rulesets"], *document["statuses"]):
        part["type"] = part["entityType"] = "PAYMENT"
    assert found(document) == []


def test_a_document_full_of_mistakes_is_given_up_early() -> None:
    document = SMALL | {"rulesets": [{}] * 100_000}
    assert len(check(document, resolve=resolve)) == MOST_FINDINGS


ONCE: dict[str, Any] = {
    "rulesets": [{"name": "Resend", "type": "FULFILMENT", "rules": [{"name": "A.core.SetState"}], "triggers": []}]
}


def test_a_run_once_workflow_needs_no_more_than_its_rulesets() -> None:
    assert check_once(ONCE, resolve=None) == []


def test_a_run_once_workflow_is_looked_at_by_its_place_in_the_event() -> None:
    told = [str(f) for f in check_once(ONCE | {"version": "x"}, resolve=resolve)]
    assert told[0].startswith("meta.workflow.version is 'x'")
    assert told[1].startswith("meta.workflow.rulesets[0].rules[0].props.status is missing")
    assert [f.place for f in check_once([], resolve=resolve)] == ["meta.workflow"]
