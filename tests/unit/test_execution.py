"""How one event is executed (spec 13 §5, §6, §9), in memory: given a workflow and rules, when an event comes."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from executions import NOW, ORDER, House, status

from penstock.model.registry import MODEL
from penstock.model.rows import row_type
from penstock.orchestration.driver import Driver
from penstock.orchestration.execution import execute_run
from penstock.orchestration.places import event_table
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.run import Run
from penstock.orchestration.trace import decode
from penstock.orchestration.workflow import Workflow, Workflows
from penstock.rules import Context, Create, Log, Rule, RuleError, SendEvent, Update
from penstock.rules.questions import Setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.rules.actions import Action


@pytest.fixture
def house() -> House:
    return House()


def test_only_a_row_that_was_loaded_is_locked() -> None:
    loaded = row_type("Order")(id=ORDER, revision=7)
    run = Run(1, [])
    assert run.keep(loaded) is run.keep(row_type("Order")(id=ORDER, revision=8)) is loaded
    made = row_type("InventoryPosition")(id=1, revision=0)
    run.create(made)
    run.update(made, {"status": "ACTIVE"}, NOW)
    assert run.keep(made) is made
    assert run.locks == {"orders": {ORDER: 7}}


def test_nothing_matches(house: House) -> None:
    house.ruleset("Foo", when=["BOOKED"])
    assert status(house.send("Foo")) == ("NO_MATCH", "RECEIVED")
    assert status(house.send("Bar")) == ("NO_MATCH", "RECEIVED")


def test_a_ruleset_without_rules_counts_as_a_match(house: House) -> None:
    house.ruleset("Foo")
    assert status(house.send("Foo")) == ("SUCCESS", "RECEIVED")


def test_all_matching_rulesets_run_in_document_order_as_matched_before_the_first(house: House) -> None:
    house.state("Book", "BOOKED")
    house.rule("Second", lambda _: None)
    house.ruleset("Foo", "Book", when=["RECEIVED"])
    house.ruleset("Foo", "Second", when=["RECEIVED"])
    assert status(house.send("Foo")) == ("SUCCESS", "BOOKED")
    assert house.ran == ["Book", "Second"]


def test_a_rule_sees_what_the_rule_before_it_changed(house: House) -> None:
    seen: list[str] = []
    house.state("Book", "BOOKED")
    house.rule("See", lambda c: seen.append(c.entity.status))
    house.ruleset("Foo", "Book", "See")
    house.send("Foo")
    assert seen == ["BOOKED"]


def test_events_wait_for_the_end_of_the_ruleset_and_run_first_in_first_out(house: House) -> None:
    house.sends("SendTwo", "A", "B")
    house.sends("SendC", "C")
    for name in ("Last", "InA", "InB", "InC"):
        house.rule(name, lambda _: None)
    house.ruleset("Foo", "SendTwo", "Last")
    house.ruleset("A", "InA", "SendC")
    house.ruleset("B", "InB")
    house.ruleset("C", "InC")
    house.send("Foo")
    assert house.ran == ["SendTwo", "Last", "InA", "SendC", "InB", "InC"]


def test_an_inline_event_matches_the_new_status(house: House) -> None:
    house.rule("Book", lambda c: [Update(c.entity, {"status": "BOOKED"}), SendEvent("Next")])
    house.rule("Hit", lambda _: None)
    house.ruleset("Foo", "Book")
    house.ruleset("Next", "Hit", when=["BOOKED"])
    house.send("Foo")
    assert house.ran == ["Book", "Hit"]


def test_a_change_is_told_where_the_workflow_listens(house: House) -> None:
    house.rule("Book", lambda c: [Update(c.entity, {"status": "BOOKED"}, tells="STATE_CHANGE"), SendEvent("Next")])
    for name in ("Heard", "Then"):
        house.rule(name, lambda _: None)
    house.ruleset("Foo", "Book")
    house.ruleset("Next", "Then")
    run = house.send("Foo")
    assert house.ran == ["Book", "Then"]
    trace = decode(run.records[0].trace)
    assert [e.name for e in trace.events] == ["Foo", "Next"], "where it does not, nothing is sent"
    house.ruleset("STATE_CHANGE", "Heard", when=["BOOKED"])
    house.ran.clear()
    house.send("Foo")
    assert house.ran == ["Book", "Heard", "Then"]


def test_what_does_not_change_is_not_told_and_a_run_once_workflow_hides_no_listener(house: House) -> None:
    house.rule("Book", lambda c: [Update(c.entity, {"status": "BOOKED"}, tells="STATE_CHANGE")])
    house.ruleset("STATE_CHANGE", "Book", when=["BOOKED"])
    once = {"rulesets": [{"name": "Foo", "type": "ORDER", "rules": [{"name": "ACME.core.Book"}], "triggers": []}]}
    run = house.send("Foo", once=once)
    assert status(run) == ("SUCCESS", "BOOKED")
    assert house.ran == ["Book", "Book"], "by the listener, which changes nothing any more"


def test_a_child_may_answer_its_parent(house: House) -> None:
    house.rule("Down", lambda c: [SendEvent("Go", to=f) for f in c.rows("Fulfilment")])
    house.rule("Up", lambda c: [Update(c.entity, {"status": "DONE"}), SendEvent("Back", to=c.root)])
    house.state("Back", "COMPLETE")
    house.ruleset("Foo", "Down")
    house.ruleset("Go", "Up", type_="FULFILMENT")
    house.ruleset("Back", "Back")
    assert status(house.send("Foo")) == ("SUCCESS", "COMPLETE")


def test_scheduled_events_leave_the_context(house: House) -> None:
    house.rule("Later", lambda c: [SendEvent("Foo", at=c.now + timedelta(hours=1))])
    house.ruleset("Foo", "Later")
    run = house.send("Foo")
    assert [(e.name, e.scheduled, e.due) for e in run.outbound] == [("Foo", True, NOW + timedelta(hours=1))]
    assert house.ran == ["Later"]


def test_create_events_of_what_stays_are_never_dropped(house: House) -> None:
    def make(context: Context) -> list[Action]:
        return [Create(context.new("Fulfilment", ref="WEB-1-2", type="HD_PFS"))]

    def fail(_: Context) -> None:
        raise RuleError("later")

    house.rule("Make", make)
    house.sends("SendBad", "Bad")
    house.rule("Fail", fail)
    house.ruleset("Foo", "SendBad", "Make")
    house.ruleset("Bad", "Fail")
    run = house.send("Foo")
    assert run.records[0].status == "FAILED"
    assert [e.result for e in decode(run.records[0].trace).events] == ["SUCCESS", "FAILED"]
    [created] = run.outbound
    assert (created.name, created.entity_type, created.entity_ref) == ("CREATE", "FULFILMENT", "WEB-1-2")


def test_questions_of_all_contexts_are_asked_at_once(house: House) -> None:
    async def ask(context: Context) -> list[Action]:
        return [Log(await context.ask(Setting("name")), "told")]

    house.rules["Ask"] = Rule("core.Ask", "Ask", (), function=ask)
    house.ruleset("Foo", "Ask")
    run = house.send("Foo", runs=5)
    assert house.asked == [5]
    rule = decode(run.records[0].trace).events[0].rulesets[0].rules[0]
    assert rule.asks[0].kind == "Setting"
    assert rule.actions == [["Log", "name", "told", {}]]


def test_a_set_rule_runs_once_for_all_contexts_that_stand_at_it(house: House) -> None:
    sizes: list[int] = []

    async def together(contexts: Sequence[Context]) -> list[Sequence[Action]]:
        sizes.append(len(contexts))
        return [[Update(c.entity, {"status": f"N{n}"})] for n, c in enumerate(contexts)]

    house.rules["Set"] = Rule("core.Set", "Set", (), set_function=together)
    house.ruleset("Foo", "Set")
    assert status(house.send("Foo", runs=3)) == ("SUCCESS", "N2")
    assert sizes == [3]


def test_a_run_once_workflow_stands_for_the_stored_one_and_its_children_may_use_both(house: House) -> None:
    house.sends("SendBoth", "OnlyOnce", "OnlyStored")
    for name in ("Stored", "Once", "Both"):
        house.rule(name, lambda _: None)
    house.ruleset("Foo", "Stored")
    house.ruleset("OnlyStored", "Both")
    calls = [{"name": "ACME.core.SendBoth"}]
    once = {
        "entityType": "ORDER",
        "version": "1.0",
        "rulesets": [
            {"name": "Foo", "type": "ORDER", "rules": calls, "triggers": []},
            {"name": "OnlyOnce", "type": "ORDER", "rules": [{"name": "ACME.core.Once"}], "triggers": []},
        ],
    }
    assert status(house.send("Foo", once=once))[0] == "SUCCESS"
    assert house.ran == ["SendBoth", "Once", "Both"]
    assert house.send("Bar", once=once).records[0].status == "NO_MATCH"


@pytest.mark.parametrize(("entity", "kept"), [("Order", True), ("Location", False), ("ProductCatalogue", False)])
def test_an_order_keeps_its_major_version_and_what_lives_for_years_takes_the_newest(
    house: House, entity: str, *, kept: bool
) -> None:
    model = MODEL.entity(entity)
    event = model.event
    assert event is not None
    batch, versions = house.batch(), []
    house.state("Old", "OLD")
    house.state("New", "NEW")
    for version, rule in (("1.0", "Old"), ("2.0", "New")):
        ruleset: dict[str, Any] = {"name": "Foo", "type": event, "eventType": "NORMAL", "triggers": []}
        ruleset["rules"] = [{"name": f"ACME.core.{rule}", "props": {}}]
        about = {"entityType": event, "entitySubtype": "HD", "version": version}
        versions.append(Workflow({**about, "rulesets": [ruleset]}))
    batch.configuration.workflows = Workflows(versions, [1, 1])
    named: dict[str, Any] = {"entity_type": event, "entity_id": 7, "root_type": event, "root_id": 7}
    pending = PendingEvent(id=uuid.uuid4(), lane=1, name="Foo", retailer_id=1, attributes={}, created=NOW, **named)
    run = Run(1, [pending])
    started = {"workflow_ref": f"{event}::HD", "workflow_version": 1}
    run.keep(row_type(entity)(id=7, ref="X", type="HD", status="RECEIVED", **started))
    asyncio.run(Driver({}, batch).drive([execute_run(run, batch)]))
    row = run.get(event_table(event) or "", 7)
    assert row is not None
    assert (run.records[0].status, row.status) == ("SUCCESS", "OLD" if kept else "NEW")


def test_the_trace_keeps_the_tree_when_somebody_else_has_changed_it(house: House) -> None:
    house.state("Change", "BOOKED")
    house.ruleset("Go", "Change")
    loaded = decode(house.send("Go", revision=4).records[0].trace).loaded
    assert loaded is not None
    assert (loaded.lane, loaded.revision, loaded.turn) == (1, 4, 0)
    assert loaded.rows is not None
    assert list(loaded.rows) == ["fulfilment"], "the order itself is the first snapshot"
    assert [r["ref"] for r in msgspec.json.decode(loaded.rows["fulfilment"])] == ["WEB-1-1"]


def test_the_trace_keeps_no_tree_when_the_engine_changed_it_last(house: House) -> None:
    house.ruleset("Go")
    loaded = decode(house.send("Go", revision=5).records[0].trace).loaded
    assert loaded is not None
    assert (loaded.revision, loaded.rows, loaded.joins) == (5, None, None)
