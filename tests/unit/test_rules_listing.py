"""The rule list: given declared rules, when they are listed, then in the shape of spec 11 §7."""

from __future__ import annotations

import json

from penstock.rules import REGISTRY
from penstock.rules.listing import rule_list
from penstock.rules.names import resolve

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
