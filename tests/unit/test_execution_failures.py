"""Given rules that fail, or do what none should, when an event runs, then it ends as file 13 §9 says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from executions import House, status

from penstock.model.rows import row_type
from penstock.orchestration.execution import MAX_INLINE
from penstock.orchestration.trace import decode
from penstock.rules import Context, Rule, RuleError, RuleExecutionError, SendEvent, Update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.rules.actions import Action


@pytest.fixture
def house() -> House:
    return House()


def test_a_rule_that_fails_at_a_type_that_it_does_not_take_says_so(house: House) -> None:
    house.rule("Pack", lambda c: c.entity.order_id)
    house.rules["Pack"] = replace(house.rules["Pack"], accepts=("FULFILMENT", "ARTICLE"))
    house.ruleset("Foo", "Pack")
    failure = house.send("Foo").records[0].failure
    assert failure is not None
    assert failure.endswith("(ACME.core.Pack takes FULFILMENT, ARTICLE, not ORDER)")


def test_a_rule_execution_exception_succeeds_and_starts_the_exception_ruleset(house: House) -> None:
    def stumble(_: Context) -> None:
        raise RuleExecutionError("no stock", "shelf empty")

    house.sends("SendA", "A")
    house.sends("SendB", "B")
    house.rule("Stumble", stumble)
    for name in ("After", "InA", "InB", "Other"):
        house.rule(name, lambda _: None)
    house.state("Handle", "ON_HOLD")
    house.ruleset("Start", "SendA")
    house.ruleset("Start", "SendB", "Stumble", "After")
    house.ruleset("Start", "Other")
    house.ruleset("A", "InA")
    house.ruleset("B", "InB")
    house.ruleset("Start", "Handle", event="EXCEPTION")
    run = house.send("Start")
    assert status(run) == ("SUCCESS", "ON_HOLD")
    # what was queued before goes on; this ruleset's own queue, its rest and the following rulesets do not
    assert house.ran == ["SendA", "SendB", "Stumble", "InA", "Handle"]
    error = decode(run.records[0].trace).events[0].rulesets[1].rules[1].error
    assert error == "RuleExecutionError: no stock"


def test_any_other_exception_fails_the_event_and_keeps_what_was_done(house: House) -> None:
    def fail(_: Context) -> None:
        raise RuleError("order has no items", 422)

    house.state("Book", "BOOKED")
    house.sends("SendA", "A")
    house.rule("Fail", fail)
    house.ruleset("Foo", "Book", "SendA", "Fail")
    house.ruleset("A", "Book")
    run = house.send("Foo")
    assert status(run) == ("FAILED", "BOOKED")
    assert (run.records[0].failure, run.records[0].code) == ("ACME.core.Fail: order has no items", 422)
    assert house.ran == ["Book", "SendA", "Fail"]


def test_a_fault_of_a_rule_is_told_with_its_stack(house: House) -> None:
    house.rule("Fault", lambda c: c.entity.no_such_column)
    house.ruleset("Foo", "Fault")
    run = house.send("Foo")
    assert (run.records[0].status, run.records[0].code) == ("FAILED", 500)
    error = decode(run.records[0].trace).events[0].rulesets[0].rules[0].error
    assert error is not None
    assert "Traceback" in error


def test_what_is_no_action_fails_the_event_and_is_named(house: House) -> None:
    nonsense: Any = "Update"
    house.rule("Odd", lambda _: [nonsense])
    house.ruleset("Foo", "Odd")
    run = house.send("Foo")
    assert status(run) == ("FAILED", "RECEIVED")
    assert "a rule returns actions, not 'Update'" in str(run.records[0].failure)


def test_an_unknown_rule_fails_the_event(house: House) -> None:
    house.ruleset("Foo", "Missing")
    run = house.send("Foo")
    assert run.records[0].failure == "ACME.core.Missing: rule ACME.core.Missing is not installed"


def test_a_loop_is_stopped(house: House) -> None:
    house.sends("Again", "Foo")
    house.ruleset("Foo", "Again")
    run = house.send("Foo")
    assert run.records[0].status == "FAILED"
    assert "came back 100 times" in (run.records[0].failure or "")


def test_many_of_a_kind_beside_each_other_are_no_loop(house: House) -> None:
    house.rule("Many", lambda c: [SendEvent("Tell", to=c.entity) for _ in range(MAX_INLINE)])
    house.rule("Told", lambda _: None)
    house.ruleset("Foo", "Many")
    house.ruleset("Tell", "Told")
    assert status(house.send("Foo"))[0] == "SUCCESS"
    assert house.ran.count("Told") == MAX_INLINE


def test_a_flood_is_stopped(house: House) -> None:
    house.rule("Flood", lambda c: [SendEvent(f"Drop{n}", to=c.entity) for n in range(MAX_INLINE + 1)])
    house.ruleset("Foo", "Flood")
    run = house.send("Foo")
    assert run.records[0].failure == f"more than {MAX_INLINE} inline events in one context"


def test_a_failing_set_rule_fails_every_context_that_stands_at_it(house: House) -> None:
    async def together(_: Sequence[Context]) -> list[Sequence[Action]]:
        raise RuleError("all of you", 400)

    house.rules["Set"] = Rule("core.Set", "Set", (), set_function=together)
    house.ruleset("Foo", "Set")
    assert status(house.send("Foo", runs=2)) == ("FAILED", "RECEIVED")


def test_a_row_of_another_lane_cannot_be_changed(house: House) -> None:
    stranger: Any = row_type("Order")(id=1, ref="X", type="HD", status="BOOKED")
    house.rule("Reach", lambda _: [Update(stranger, {"status": "CANCELLED"})])
    house.ruleset("Foo", "Reach")
    run = house.send("Foo")
    assert run.records[0].failure == "ACME.core.Reach: Order 1 does not belong to this lane: send an event to it"
    assert stranger.status == "BOOKED"


def test_a_run_once_workflow_that_is_none_fails_the_event(house: House) -> None:
    run = house.send("Foo", once={"version": "x"})
    assert (run.records[0].status, run.records[0].code) == ("FAILED", 400)
    assert "meta.workflow is no workflow document" in (run.records[0].failure or "")
