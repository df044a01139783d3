"""The reference workflows: complete, and consistent with the rules and with each other."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import InvalidValueError
from penstock.model.registry import MODEL
from penstock.rules import PropType
from penstock.rules.names import resolve
from penstock.workflows.documents import reference

DOCUMENTS = reference("ACME", 7)
NAMES = [d["name"] for d in DOCUMENTS]
RULESETS = [
    pytest.param(document, ruleset, id=f"{document['name']} {ruleset['type']} {ruleset['name']}")
    for document in DOCUMENTS
    for ruleset in document["rulesets"]
]


def test_the_reference_workflows_are_there() -> None:
    assert NAMES == [
        "CARRIER::DEFAULT",
        "CONTROL_GROUP::DEFAULT",
        "FULFILMENT_OPTIONS::CC",
        "FULFILMENT_OPTIONS::HD",
        "FULFILMENT_OPTIONS::PA",
        "INVENTORY_CATALOGUE::DEFAULT",
        "LOCATION::STORE",
        "LOCATION::WAREHOUSE",
        "ORDER::HD",
        "PRODUCT_CATALOGUE::MASTER",
        "VIRTUAL_CATALOGUE::AGGREGATE",
        "VIRTUAL_CATALOGUE::BASE",
        "VIRTUAL_CATALOGUE::PREORDER",
    ]


def test_template_variables_are_filled_in() -> None:
    text = str(reference("ACME", 7, {"network.hd.ref": "UK", "max.split": "3"}))
    assert "[[" not in text
    assert "'networkRef': 'UK'" in text
    assert "'maxSplitLimit': '3'" in text
    assert "'virtualCatalogueRef': 'BASE:7'" in text
    assert "ACME.core.SetState" in text


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(InvalidValueError, match=r"network\.sea\.ref does not exist"):
        reference("ACME", 7, {"network.sea.ref": "SEA"})


@pytest.mark.parametrize(("document", "ruleset"), RULESETS)
def test_every_rule_exists_takes_its_properties_and_accepts_the_entity(
    document: dict[str, Any], ruleset: dict[str, Any]
) -> None:
    assert document["entityType"]
    for call in ruleset["rules"]:
        rule = resolve(call["name"])
        assert rule is not None, call["name"]
        assert call["props"].keys() <= rule.by_name.keys(), call
        assert {p.name for p in rule.props if p.required} <= call["props"].keys(), call
        assert not rule.accepts or ruleset["type"] in rule.accepts, call
        for name, value in call["props"].items():
            assert rule.by_name[name].multiple == isinstance(value, list), call
            if rule.by_name[name].type is PropType.INTEGER:
                assert isinstance(rule.by_name[name].convert(value), int)


@pytest.mark.parametrize(("document", "ruleset"), RULESETS)
def test_statuses_and_events_of_a_ruleset_are_known(document: dict[str, Any], ruleset: dict[str, Any]) -> None:
    statuses = {(s["entityType"], s["name"]) for s in document["statuses"]}
    assert {(ruleset["type"], t["status"]) for t in ruleset["triggers"]} <= statuses
    assert MODEL.of_event(ruleset["type"])
    sent = {r["props"]["status"] for r in ruleset["rules"] if r["name"].endswith(".SetState")}
    assert {(ruleset["type"], status) for status in sent} <= statuses
    for action in ruleset["userActions"]:
        assert action["eventName"] == ruleset["name"]


def test_every_event_that_a_workflow_sends_has_a_ruleset_somewhere() -> None:
    handled = {ruleset["name"] for document in DOCUMENTS for ruleset in document["rulesets"]}
    sent = {
        value
        for document in DOCUMENTS
        for ruleset in document["rulesets"]
        for call in ruleset["rules"]
        for name, value in call["props"].items()
        if name.lower().endswith("event") or name.lower().endswith("eventname") or name.endswith("Address")
    }
    assert sent <= handled


def test_roots_have_a_create_ruleset() -> None:
    for document in DOCUMENTS:
        assert any(r["name"] == "CREATE" and r["type"] == document["entityType"] for r in document["rulesets"])
