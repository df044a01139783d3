"""What an event on one order makes and changes in other lanes: orders, returns, billing accounts."""

from __future__ import annotations

from typing import Any

import pytest
from executions import NOW, ORDER, House, status

from penstock.model.rows import row_type
from penstock.model.writes import Changes, changed_from_outside
from penstock.orchestration.lanes import numbered
from penstock.orchestration.run import Run
from penstock.orchestration.trace import decode
from penstock.orchestration.workflow import Workflow, Workflows, workflow_of
from penstock.orchestration.write import _clashing, gather
from penstock.rules import Create, Update

Row = Any

ACCOUNT = 8001


@pytest.fixture
def house() -> House:
    return House()


def account(**values: Any) -> Row:
    about = {"workflow_ref": "BILLING_ACCOUNT::CUSTOMER", "workflow_version": 3, "retailer_id": 1, "revision": 6}
    return row_type("BillingAccount")(id=ACCOUNT, ref="BA-1-ANA", type="CUSTOMER", **about | values)


def other(**values: Any) -> Row:
    return row_type("Order")(id=7, ref="WEB-7", type="HD", status="BOOKED", revision=4, **values)


def test_a_row_under_another_root_is_stored_there_and_told_to_its_lane(house: House) -> None:
    found = account()
    house.rule("Credit", lambda c: [Create(c.new("CreditMemo", under=found, ref="CM-1", type="CREDIT_MEMO"))])
    house.ruleset("Foo", "Credit")
    run = house.send("Foo")
    [memo] = run.changes.inserted[row_type("CreditMemo")]
    assert (memo.billing_account_id, memo.workflow_ref, memo.workflow_version) == (
        *(ACCOUNT, "BILLING_ACCOUNT::CUSTOMER", 3),
    )
    [event] = run.outbound
    assert (event.name, event.entity_id, event.root_id, event.root_ref) == ("CREATE", memo.id, ACCOUNT, "BA-1-ANA")
    assert event.lane == numbered(f"BILLING_ACCOUNT:{ACCOUNT}")
    assert run.joined == {"billing_account": {ACCOUNT}}
    assert "credit_memo" not in run.rows


@pytest.mark.parametrize("name", ["the same", "another"])
def test_its_lane_is_told_though_the_root_was_touched_before(house: House, name: str) -> None:
    found = account(name="the same")
    memo: dict[str, Any] = {"ref": "CM-1", "type": "CREDIT_MEMO"}
    house.rule("Credit", lambda c: [Update(found, {"name": name}), Create(c.new("CreditMemo", under=found, **memo))])
    house.ruleset("Foo", "Credit")
    run = house.send("Foo")
    assert run.joined == {"billing_account": {ACCOUNT}}
    assert ACCOUNT in run.changes.raised["billing_account"]


def test_nobody_is_told_of_a_row_under_a_root_that_is_new(house: House) -> None:
    def again(context: Any) -> list[Any]:
        made = context.new("Order", ref="WEB-1-R1", type="HD")
        return [Create(made), Create(context.new("OrderItem", under=made, order_id=made.id, ref="1"))]

    house.rule("Again", again)
    house.ruleset("Foo", "Again")
    run = house.send("Foo")
    assert (run.joined, list(run.changes.raised)) == ({}, [])


def test_its_items_stand_in_the_same_tree(house: House) -> None:
    found = account()

    def credit(context: Any) -> list[Create]:
        memo = context.new("CreditMemo", under=found, ref="CM-1", type="CREDIT_MEMO")
        return [
            Create(memo),
            Create(context.new("CreditMemoItem", under=found, ref="CM-1-1", type="X", credit_memo_id=memo.id)),
        ]

    house.rule("Credit", credit)
    house.ruleset("Foo", "Credit")
    [item] = house.send("Foo").changes.inserted[row_type("CreditMemoItem")]
    assert item.billing_account_id == ACCOUNT


def test_a_new_root_runs_on_the_newest_workflow_of_its_type(house: House) -> None:
    house.rule("Again", lambda c: [Create(c.new("Order", ref="WEB-1-R1", type="HD"))])
    house.ruleset("Foo", "Again")
    run = house.send("Foo")
    [order] = run.changes.inserted[row_type("Order")]
    assert (order.workflow_ref, order.workflow_version, order.status, order.retailer_id) == (
        "ORDER::HD",
        1,
        "CREATED",
        1,
    )
    assert [(e.name, e.lane, e.root_ref) for e in run.outbound] == [
        ("CREATE", numbered(f"ORDER:{order.id}"), "WEB-1-R1")
    ]
    assert not run.joined


def test_a_new_root_needs_a_type(house: House) -> None:
    house.rule("Again", lambda c: [Create(c.new("Order", ref="WEB-1-R1"))])
    house.ruleset("Foo", "Again")
    run = house.send("Foo")
    assert run.records[0].failure == "ACME.core.Again: a new Order needs its type, which names its workflow"


def _stored(*names: str) -> Workflows:
    documents = ((name.partition("::")[0], name.partition("::")[2].split(" ")) for name in names)
    flows = [
        Workflow({"entityType": event, "entitySubtype": rest[0], "version": f"{rest[1]}.0", "rulesets": []})
        for event, rest in documents
    ]
    return Workflows(flows, [1] * len(flows))


@pytest.mark.parametrize(
    ("stored", "event", "found"),
    [
        (["ORDER::HD 1", "ORDER::HD 2", "ORDER::DEFAULT 3"], "ORDER", ("ORDER::HD", 2)),
        (["ORDER::DEFAULT 3"], "ORDER", ("ORDER::HD", 1)),
        (["RETURN_ORDER::DEFAULT 3"], "RETURN_ORDER", ("RETURN_ORDER::DEFAULT", 3)),
        (["RETURN_ORDER::DEFAULT 3", "RETURN_ORDER::HD 2"], "RETURN_ORDER", ("RETURN_ORDER::HD", 2)),
        ([], "RETURN_ORDER", ("RETURN_ORDER::HD", 1)),
    ],
)
def test_which_workflow_a_new_root_gets(stored: list[str], event: str, found: tuple[str, int]) -> None:
    assert workflow_of(_stored(*stored), 1, event, "HD") == found


def test_the_root_of_another_lane_is_changed_as_it_was_read(house: House) -> None:
    stranger = other(attributes=[{"name": "a", "type": "STRING", "value": "1"}])
    link = {"name": "RevisedOrderLink", "type": "STRING", "value": "WEB-1"}
    house.rule("Reach", lambda _: [Update(stranger, {"attributes": [link]})])
    house.ruleset("Foo", "Reach")
    run = house.send("Foo")
    assert status(run) == ("SUCCESS", "RECEIVED")
    assert [a["name"] for a in run.changes.updated["orders"][7]["attributes"]] == ["a", "RevisedOrderLink"]
    assert run.read_at == {"orders": {7: 4}}
    assert run.locks == {"orders": {ORDER: 0}}
    assert 7 not in run.rows["orders"]


def test_the_root_that_the_same_event_has_made_is_changed_before_it_is_stored(house: House) -> None:
    def again(context: Any) -> list[Any]:
        made = context.new("Order", ref="WEB-1-R1", type="HD")
        return [Create(made), Update(made, {"total_price": 5.0})]

    house.rule("Again", again)
    house.ruleset("Foo", "Again")
    run = house.send("Foo")
    [order] = run.changes.inserted[row_type("Order")]
    assert order.total_price == 5.0
    assert not run.read_at
    assert order.id not in run.changes.updated.get("orders", {})


@pytest.mark.parametrize(
    ("entity", "values"),
    [("Order", {"status": "CANCELLED"}), ("Fulfilment", {"name": "x"}), ("InventoryPosition", {"type": "x"})],
)
def test_all_else_of_other_lanes_is_theirs(house: House, entity: str, values: dict[str, Any]) -> None:
    stranger: Any = row_type(entity)(id=1, ref="X", revision=0) if entity != "Fulfilment" else row_type(entity)(id=1)
    house.rule("Reach", lambda _: [Update(stranger, values)])
    house.ruleset("Foo", "Reach")
    failure = house.send("Foo").records[0].failure
    assert failure == f"ACME.core.Reach: {entity} 1 does not belong to this lane: send an event to it"


def _reaching(*ids: int, lane: int = 1) -> Run:
    run = Run(lane, [])
    for id_ in ids:
        run.update_elsewhere(other(id=id_) if id_ != 7 else other(), {"total_price": 1.0}, NOW)
    return run


def test_who_changes_the_root_of_another_run_of_the_batch_goes_again() -> None:
    leading = Run(2, [])
    leading.keep(other())
    reaching, second = _reaching(7), _reaching(7)
    assert _clashing([leading, reaching]) == [reaching]
    assert _clashing([reaching, leading]) == [reaching]
    assert _clashing([reaching, second]) == [second]
    assert _clashing([leading]) == []


def test_a_tree_that_its_lane_and_others_change_counts_as_changed_from_outside() -> None:
    outside, engine = Changes(), Changes()
    entity = Run(1, [])
    entity.update_elsewhere(other(), {"total_price": 1.0}, NOW)
    outside = entity.changes
    lead = Run(2, [])
    lead.keep(other())
    lead.update(lead.rows["orders"][7], {"total_price": 2.0}, NOW)
    engine = lead.changes
    for first, second in ((outside, engine), (engine, outside)):
        both = Changes()
        both.merge(first)
        both.merge(second)
        assert both.raised["orders"][7] == outside.raised["orders"][7] != engine.raised["orders"][7]
    assert changed_from_outside(6)


def test_the_trace_tells_what_was_made_and_changed(house: House) -> None:
    found = account()
    house.rule("Credit", lambda c: [Create(c.new("CreditMemo", under=found, ref="CM-1", type="CREDIT_MEMO"))])
    house.ruleset("Foo", "Credit")
    run = house.send("Foo")
    [action] = decode(run.records[0].trace).events[0].rulesets[0].rules[0].actions
    assert (action[0], action[1], action[2]["ref"]) == ("Create", "CreditMemoRow", "CM-1")
    assert gather([run]).inserted[row_type("CreditMemo")]
