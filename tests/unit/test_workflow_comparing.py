"""What differs between two workflow documents."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.workflows.comparing import MOST_ALIGNED, Change, compare


def ruleset(name: str, *rules: str, triggers: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    calls = [{"name": rule, "props": {"of": rule}} for rule in rules]
    return {"name": name, "type": "ORDER", "rules": calls, "triggers": [{"status": t} for t in triggers], **more}


def document(*rulesets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": "1.0", "rulesets": list(rulesets), "statuses": [], **more}


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return what differs in the one ruleset that both have."""
    found = compare(document(before), document(after))
    assert [found.added, found.removed, found.moved] == [[], [], []]
    return [change for changed in found.changed for change in changed.changes]


def test_nothing_differs_where_only_version_comment_and_dates_do() -> None:
    own = {"id": "1", "createdBy": "a", "createdOn": "b", "versionComment": "c"}
    assert not compare(document(ruleset("A")), document(ruleset("A"), **own) | {"version": "2.0"}).any


def test_absent_members_are_what_they_are_by_default() -> None:
    explicit = ruleset("A", subtype="", eventType="NORMAL", description=None, userActions=[])
    assert changes(ruleset("A"), explicit) == []
    assert (
        changes(
            {**ruleset("A", "r"), "rules": [{"name": "r"}]}, {**ruleset("A"), "rules": [{"name": "r", "props": {}}]}
        )
        == []
    )


def test_rules_that_came_went_and_changed_are_told_by_place() -> None:
    after = ruleset("A", "new", "one", "three")
    after["rules"][1]["props"] = {"of": "else", "more": [1]}
    assert changes(ruleset("A", "one", "two", "three"), after) == [
        Change("rules[0]", None, {"name": "new", "props": {"of": "new"}}),
        Change("rules[1].props.more", None, [1]),
        Change("rules[1].props.of", "one", "else"),
        Change("rules[1]", {"name": "two", "props": {"of": "two"}}, None),
    ]


def test_triggers_and_texts_are_told() -> None:
    before = ruleset("A", triggers=("X", "Y"), description="old")
    after = ruleset("A", triggers=("Z", "Y"), description="new", userActions=[{"context": []}])
    assert changes(before, after) == [
        Change("description", "old", "new"),
        Change("userActions", None, [{"context": []}]),
        Change("triggers.X", "X", None),
        Change("triggers.Z", None, "Z"),
    ]


def test_rulesets_of_one_name_belong_together_by_triggers_then_by_order() -> None:
    before = [ruleset("A", "x", triggers=("X",)), ruleset("A", "y", triggers=("Y",)), ruleset("A", "z")]
    after = [ruleset("A", "y2", triggers=("Y",)), ruleset("A", "x2", triggers=("W",))]
    found = compare(document(*before), document(*after))
    assert [c.ruleset["rules"][0]["name"] for c in found.changed] == ["y2", "x2"]
    assert [c.place for c in found.changed[1].changes] == ["triggers.X", "triggers.W", "rules[0]", "rules[0]"]
    assert [r["rules"][0]["name"] for r in found.removed] == ["z"]
    assert found.added == []


def test_subtype_and_event_type_are_part_of_what_a_ruleset_is_known_by() -> None:
    found = compare(document(ruleset("A")), document(ruleset("A", subtype="HD"), ruleset("A", eventType="EXCEPTION")))
    assert (len(found.added), len(found.removed), found.changed) == (2, 1, [])


@pytest.mark.parametrize(
    ("now", "moved"), [("abcd", ""), ("bacd", "b"), ("bcda", "a"), ("dabc", "d"), ("xacybd", "c"), ("dcba", "dcb")]
)
def test_the_fewest_rulesets_that_moved_are_told(now: str, moved: str) -> None:
    found = compare(document(*map(ruleset, "abcd")), document(*map(ruleset, now)))
    assert [r["name"] for r in found.moved] == list(moved)


def test_statuses_and_settings_differ_by_name() -> None:
    old, new = ({"name": "A", "entityType": "ORDER", "category": c} for c in ("x", "y"))
    gone = {"name": "B", "entityType": "ORDER", "category": ""}
    found = compare(
        document(settings={"a": 1, "b": 1}) | {"statuses": [old, gone]},
        document(settings={"b": 2}) | {"statuses": [new]},
    )
    assert found.statuses == [Change("ORDER A", old, new), Change("ORDER B", gone, None)]
    assert found.document == [Change("settings.a", 1, None), Change("settings.b", 1, 2)]


def test_large_documents_are_compared_without_comparing_each_with_each() -> None:
    many = [ruleset("A", triggers=(str(n),)) for n in range(15_000)]
    long = ruleset("B", *["r"] * 40_000)
    assert len(long["rules"]) ** 2 > MOST_ALIGNED
    shorter = ruleset("B", *["r"] * 39_999, "s")
    found = compare(document(*many, long), document(*many[::-1], shorter))
    assert len(found.moved) == 14_999
    assert found.changed
