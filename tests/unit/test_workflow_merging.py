"""A part of a workflow merged into the whole."""

from __future__ import annotations

from typing import Any

from penstock.workflows.merging import merged


def ruleset(name: str, *triggers: str, mark: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": "ORDER",
        "rules": [],
        "triggers": [{"status": t} for t in triggers],
        "x": mark,
        **more,
    }


def status(name: str, category: str = "", type_: str = "ORDER") -> dict[str, Any]:
    return {"name": name, "entityType": type_, "category": category}


def laid(below: list[dict[str, Any]], above: list[dict[str, Any]]) -> list[tuple[str, int]]:
    found = merged({"version": "1.0", "rulesets": below, "statuses": []}, {"version": "9.9", "rulesets": above})
    assert found["version"] == "1.0"
    return [(r["name"], r["x"]) for r in found["rulesets"]]


def test_a_ruleset_takes_the_place_of_its_namesake() -> None:
    below = [ruleset("A", "X"), ruleset("B", "X"), ruleset("C")]
    assert laid(below, [ruleset("B", "Y", mark=1)]) == [("A", 0), ("B", 1), ("C", 0)]


def test_a_new_ruleset_is_added_behind() -> None:
    assert laid([ruleset("A")], [ruleset("B", mark=1)]) == [("A", 0), ("B", 1)]


def test_type_subtype_and_event_type_tell_namesakes_apart() -> None:
    above = [ruleset("A", mark=n, **k) for n, k in enumerate(({"subtype": "HD"}, {"eventType": "EXCEPTION"}), 1)]
    assert laid([ruleset("A")], above) == [("A", 0), ("A", 1), ("A", 2)]
    assert laid([ruleset("A", subtype="")], [ruleset("A", mark=1, eventType="NORMAL")]) == [("A", 1)]


def test_of_several_namesakes_the_triggers_tell_which() -> None:
    below = [ruleset("A", "X"), ruleset("A", "Y", "Z")]
    assert laid(below, [ruleset("A", "Z", "Y", mark=1)]) == [("A", 0), ("A", 1)]
    assert laid(below, [ruleset("A", "W", mark=1)]) == [("A", 0), ("A", 0), ("A", 1)]
    assert laid(below[:1], [ruleset("A", "W", mark=1), ruleset("A", "V", mark=2)]) == [("A", 0), ("A", 1), ("A", 2)]


def test_older_spellings_of_a_type_are_one_type() -> None:
    below, above = ruleset("A", type="FULFILMENT_OPTION"), ruleset("A", mark=1, type="FULFILMENT_OPTIONS")
    assert laid([below], [above]) == [("A", 1)]


def test_statuses_are_united_and_settings_merged() -> None:
    document = {"rulesets": [], "statuses": [status("A", "old"), status("B")], "settings": {"a": 1, "b": 1}}
    above = {"statuses": [status("A", "new"), status("A", "", "ARTICLE")], "settings": {"b": 2}, "description": "d"}
    found = merged(document, above)
    assert found["statuses"] == [status("A", "new"), status("B"), status("A", "", "ARTICLE")]
    assert (found["settings"], found["description"]) == ({"a": 1, "b": 2}, "d")
    assert "settings" not in merged({"rulesets": [], "statuses": []}, {})
