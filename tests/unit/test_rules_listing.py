"""The rule list: given declared rules, when they are listed, then in the shape of spec 11 §7."""

from __future__ import annotations

import json
from dataclasses import replace

from penstock.rules import REGISTRY
from penstock.rules.listed import rule_of
from penstock.rules.listing import rule_list
from penstock.rules.names import older_names, resolve

LISTED = rule_list("ACME", REGISTRY.values())


def test_an_entry_has_the_published_shape() -> None:
    entry = LISTED["ACME.core.SetState"]
    info = entry["ruleInfo"]
    assert (entry["name"], entry["description"]) == ("SetState", "Set the status to {status}")
    assert (info["name"], info["description"]) == ("SetState", "Set the status to {status}")
    assert {"eventName": "", "entityType": "ORDER", "entitySubtype": "", "status": ""} in info["accepts"]
    assert (info["produces"], info["ruleException"], entry["eventAttributes"]) == ([], [], [])
    (parameter,) = entry["parameters"]
    published = {"name": "status", "description": "the new status", "type": "STRING", "multiple": False}
    assert parameter.items() >= published.items()


def test_every_rule_is_listed_under_a_name_that_resolves() -> None:
    assert len(LISTED) == len(REGISTRY)
    for name, entry in LISTED.items():
        rule = resolve(name)
        assert rule is not None
        assert entry["name"] == rule.name.rpartition(".")[2]


def test_the_list_is_plain_json() -> None:
    assert json.loads(json.dumps(LISTED)) == LISTED


def test_an_entry_tells_all_that_the_rule_declares() -> None:
    for name, entry in json.loads(json.dumps(LISTED)).items():
        short = name.removeprefix("ACME.")
        rule = REGISTRY[short]
        again = rule_of(short, entry)
        accepts = rule.accepts or again.accepts
        sends = tuple(s for s in rule.sends if not s.heard)  # the published entry of SetState produces nothing
        assert again == replace(rule, accepts=accepts, sends=sends, function=None, set_function=None)


def test_names_of_older_documents_are_listed_as_well() -> None:
    older = rule_list("ACME", older_names())
    assert older.keys().isdisjoint(LISTED)
    assert older["ACME.core.ChangeState"]["name"] == "ChangeState"
    assert older["ACME.core.ChangeState"]["parameters"] == LISTED["ACME.core.SetState"]["parameters"]
    assert {
        "ACME.core.SendEventGQL",
        "ACME.order.SendEventForFulfilmentV2",
        "ACME.order.CancelFulfilment",
    } < older.keys()
    assert all(resolve(name) for name in older)


def test_an_enum_a_schedule_and_a_failure_are_listed() -> None:
    quantity = LISTED["ACME.order.VerifyingFulfilmentItems"]["parameters"][1]
    assert (quantity["type"], quantity["values"]) == ("ENUM", ["ALL", "PARTIAL", "NONE"])
    expiry = LISTED["ACME.order.ScheduleFulfilmentExpiryNow"]["ruleInfo"]
    assert [(p["eventName"], p["entityType"], p["scheduled"]) for p in expiry["produces"]] == [
        ("{eventName}", "same", True)
    ]
    assert [e["code"] for e in expiry["ruleException"]] == [404, 422]
    created = LISTED["ACME.fulfilment.CreateWaveByExpiry"]["ruleInfo"]["produces"]
    assert created == [{"eventName": "CREATE", "entityType": "WAVE", "entitySubtype": "", "status": "CREATED"}]
