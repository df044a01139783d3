"""What ``penstock replay`` and ``penstock dry-run`` print: given shapes, when listed, then people can read it."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from penstock.cli.consequences import dry_run_lines, print_dry_run
from penstock.cli.listed import some
from penstock.cli.timeline import differing_lines, fine, print_replay, replay_lines, stood_in
from penstock.history.dryrun.report import Affected, DryRunReport, Otherwise, Unknown
from penstock.history.shapes import (
    NotOwned,
    ShownAnswer,
    ShownChange,
    ShownEvent,
    ShownReplay,
    ShownRow,
    ShownRule,
    ShownRuleset,
    ShownStep,
)

STAND_IN = "ACME.price.Ask was not executed again, but did as recorded: its plugin cannot be imported"
NEW: dict[str, Any] = {"after": {"id": 1}}
GONE: dict[str, Any] = {"before": {"id": 1}}


def changed(entity: str, ref: str | None = None, column: str | None = None, id_: str = "7", **values: Any) -> Any:
    return ShownChange(entity, id_, ref, column, values.get("before"), values.get("after"))


def event(name: str, *rules: ShownRule, to: tuple[str, str] = ("ORDER", "UK-1"), status: str = "CREATED") -> ShownEvent:
    rulesets = [ShownRuleset(name, list(rules))] if rules else []
    return ShownEvent("e", None, name, "NORMAL", to[0], "1", to[1], status, "SUCCESS", {}, rulesets)


def rule(name: str, *actions: Any, answers: tuple[ShownAnswer, ...] = (), error: str | None = None) -> ShownRule:
    return ShownRule(name, {}, list(answers), list(actions), error)


def step(*events: ShownEvent, **more: Any) -> ShownStep:
    given: dict[str, Any] = {
        **dict.fromkeys(("source", "generated_by", "parent", "workflow", "version", "failure", "difference", "rule")),
        **{name: [] for name in ("outside", "changes", "notes")},
        **more,
    }
    at = "2026-11-28T17:04:34.559+0000"
    return ShownStep(id="c", at=at, name="CREATE", status="SUCCESS", events=list(events), **given)


def replayed(*steps: ShownStep, **more: Any) -> ShownReplay:
    given: dict[str, Any] = {"rows": [], "differences": [], "since": [], "not_owned": [], "verdict": "EQUAL", **more}
    return ShownReplay(entity_type="ORDER", id="61100", ref="UK-1", retailer_id="1", steps=list(steps), **given)


def row(entity: str, ref: str, status: str) -> ShownRow:
    return ShownRow(entity, "1", {"ref": ref, "status": status})


def sent(name: str) -> list[Any]:
    return ["SendEvent", name, None, None, None, None]


SEARCH = rule(
    "ACME.order.SearchInventoryAtLocations",
    sent("SelectProposedFulfilment"),
    answers=(ShownAnswer("StockAt", {}, []),),
)
BOOKED = step(
    event("CREATE", rule("ACME.core.SetState", ["Update", "OrderRow", 1, {"status": "RECEIVED"}]), rule("ACME.a.Log")),
    event("SearchInventoryAtLocations", SEARCH, status="BOOKED"),
    event("CREATE", to=("FULFILMENT_CHOICE", "9")),
    outside=[changed("OrderItem", "UK-1-1", **NEW), changed("Order", "UK-1", **NEW)],
    changes=[
        changed("Order", "UK-1", "status", before="CREATED", after="BOOKED"),
        changed("Order", "UK-1", "type", after="[x]"),
        changed("Order", "UK-1", "updated_on", before="1", after="2"),
    ],
)


def test_a_replay_is_a_paragraph_an_event() -> None:
    rows = [row("FulfilmentChoice", "9", "CREATED"), row("Order", "UK-1", "BOOKED"), row("OrderItem", "I", "CREATED")]
    assert "\n".join(replay_lines(replayed(BOOKED, rows=rows))) == (
        """\
ORDER UK-1 (id 61100), 1 events

17:04:34.559  CREATE  ORDER UK-1  SUCCESS
  changed from outside: OrderItem UK-1-1 is new; Order UK-1 is new
  CREATE (CREATED)
    SetState: status = RECEIVED
    Log
  SearchInventoryAtLocations (BOOKED)
    SearchInventoryAtLocations: → SelectProposedFulfilment
      StockAt → []
  CREATE of FULFILMENT_CHOICE 9 (CREATED) no match
  changed: Order UK-1 status: CREATED → BOOKED, type: nothing → [x]

Status after these events:
  Order UK-1: BOOKED

The end equals the stored rows."""
    )


def test_long_lists_stand_below_each_other() -> None:
    several = rule("ACME.core.Many", *(sent(f"SomethingWithQuiteALongName{n}") for n in range(3)))
    rows = [changed("Fulfilment", f"UK-536641-{n}", id_=str(n), **NEW) for n in range(3)]
    lines = list(replay_lines(replayed(step(event("CREATE", several), changes=rows))))
    assert lines[4:8] == ["    Many:", *(f"      → SomethingWithQuiteALongName{n}" for n in range(3))]
    assert lines[8:12] == ["  changed:", *(f"    Fulfilment UK-536641-{n} is new" for n in range(3))]
    assert max(map(len, lines)) <= 80


def test_what_failed_or_would_differ_stands_with_its_event_and_in_the_end() -> None:
    failed = event("Pay", rule("ACME.pay.Take", error="no money"))
    told = replayed(
        step(failed, failure="no money", difference="Take at Pay: x", notes=["gone"]),
        verdict="DIFFERENT",
        differences=[changed("Order", "UK-1", "status", before="A", after="B")],
        not_owned=[NotOwned("InventoryPosition", "5", "on_hand", "a counter")],
    )
    lines = list(replay_lines(told))
    at = "2026-11-28T17:04:34.559+0000"
    assert lines[4:9] == [
        "    Take",
        "      failed: no money",
        "  failed: no money",
        "  differs today: Take at Pay: x",
        "  note: gone",
    ]
    assert lines[-5:] == [
        "The end DIFFERS from the stored rows:",
        "  Order UK-1 status: A → B",
        "InventoryPosition 5 on_hand differs, rightly: a counter.",
        f"CREATE at {at}: Take at Pay: x",
        f"CREATE at {at}: gone.",
    ]


def test_a_status_that_somebody_set_is_listed_though_no_ruleset_ran() -> None:
    rows = [row("FulfilmentChoice", "9", "CLOSED"), row("Article", "A", "CREATED")]
    outside = [changed("FulfilmentChoice", "9", "status", before="CREATED", after="CLOSED")]
    lines = list(replay_lines(replayed(step(outside=outside), rows=rows, verdict=None)))
    assert lines[-4:] == ["Status after these events:", "  FulfilmentChoice 9: CLOSED", "", "Stopped before the end."]


def test_a_check_of_all_tells_what_differs_and_not_that_the_end_is_equal() -> None:
    other = replayed(step(difference="Rule at Pay: x", notes=[STAND_IN]))
    assert not fine(other)
    assert differing_lines(other) == [
        "ORDER UK-1: CREATE at 2026-11-28T17:04:34.559+0000: Rule at Pay: x",
        f"  CREATE at 2026-11-28T17:04:34.559+0000: {STAND_IN}.",
    ]
    since = replayed(verdict="CHANGED_SINCE", since=[changed("Order", "UK-1", "type", before="A", after="B")])
    assert differing_lines(since) == [
        "ORDER UK-1: The end equals the stored rows but for what was changed since:",
        "    Order UK-1 type: A → B",
    ]
    assert not fine(since)


def test_what_could_not_be_executed_again_is_no_difference() -> None:
    noted = replayed(step(notes=[STAND_IN]))
    assert (fine(noted), stood_in(noted)) == (True, True)
    assert (fine(replayed(step())), stood_in(replayed(step()))) == (True, False)
    assert not fine(replayed(step(notes=[STAND_IN, "left no trace"])))


def report(*otherwise: Otherwise, workflow: str = "ORDER::HD", unknown: Any = (), affected: Any = ()) -> DryRunReport:
    return DryRunReport(workflow, "1.0", "A", "B", 9, 8, 7, list(otherwise), list(unknown), list(affected))


def tree(type_: str, ref: str, *differences: ShownChange, why: str | None = "because") -> Otherwise:
    return Otherwise(type_, "1", ref, "2026-11-29T01:01:20.000+0000", why, list(differences))


ORDER = tree(
    "ORDER",
    "UK-3",
    changed("Article", "UK-3-1", **GONE),
    changed("ArticleItem", id_="16330", **GONE),
    changed("ArticleItem", id_="16331", **GONE),
    changed("Consignment", "UK-3-1-C1", **GONE),
    changed("Fulfilment", "UK-3", "status", before="COMPLETE", after="ESCALATED"),
    changed("FulfilmentItem", "UK-3-1", "filled_quantity", before=2, after=0),
    changed("FulfilmentItem", "UK-3-2", id_="8", **NEW),
    why="PENSTOCK.order.ForwardIfMaxSplitLimitReached at Check: → Reject, the record has nothing",
)


def position(number: int, *more: ShownChange, type_: str = "INVENTORY_POSITION") -> Otherwise:
    own = changed("InventoryPosition", "P", "on_hand", before=11, after=14)
    return tree(type_, f"P{number}:STORE-BIRMINGHAM:DEFAULT", own, *more)


def test_a_dry_run_is_a_paragraph_a_tree_and_a_line_a_position() -> None:
    ledger = [changed("InventoryQuantity", id_=str(n), **GONE) for n in range(2)]
    ledger.append(changed("InventoryQuantity", "Q", "quantity", id_="3", before=1, after=2))
    minor = changed("InventoryPosition", "P", "attributes", before=[], after=[1])
    lines = list(dry_run_lines(report(position(1, minor, *ledger), ORDER)))
    assert lines[0].endswith("8 trees, 7 would have ended the same, 2 differently, 0 unknown.")
    assert lines[1:] == [
        "",
        "ORDER UK-3  since 2026-11-29 01:01:20",
        "  why: PENSTOCK.order.ForwardIfMaxSplitLimitReached at Check: → Reject, the record has nothing",
        "  Fulfilment UK-3 status: COMPLETE → ESCALATED",
        "  FulfilmentItem UK-3-1 filled_quantity: 2 → 0",
        "  gone: Article UK-3-1, Consignment UK-3-1-C1 and 2 more",
        "  new: FulfilmentItem UK-3-2",
        "",
        "Positions of stock that would be different: 1",
        "  P1:STORE-BIRMINGHAM:DEFAULT  on_hand: 11 → 14, 2 rows gone, 1 row changed",
    ]


def test_many_positions_are_summed_up() -> None:
    lines = list(dry_run_lines(report(*(position(n) for n in range(37)), *[ORDER] * 30)))
    assert sum(line.startswith("ORDER UK-3") for line in lines) == 30
    assert lines[-1] == "  and 17 more; --json lists all"
    assert lines[-22] == "Positions of stock that would be different: 37"


def test_positions_have_their_reason_where_stock_is_what_was_changed() -> None:
    virtual = tree("VIRTUAL_POSITION", "V", changed("VirtualPosition", "V", "type", before="A", after="B"))
    lines = list(dry_run_lines(report(virtual, workflow="VIRTUAL_CATALOGUE::BASE")))
    assert lines[-2:] == ["  V  type: A → B", "    why: because"]


def test_what_is_unknown_or_affected_is_told() -> None:
    unknown = [Unknown("ORDER", "1", "UK-1", None, "not recorded: [X]", direct=True)]
    unknown += [Unknown("ORDER", str(n), None, None, "", direct=False) for n in range(7)]
    assert list(dry_run_lines(report(unknown=unknown, affected=[Affected("WAVE W", ["a", "b"])])))[1:] == [
        "",
        "ORDER UK-1",
        "  unknown: not recorded: [X]",
        "",
        "Unknown because of others: 0, 1, 2, 3, 4 and 2 more",
        "",
        "Not executed again, but affected:",
        "  WAVE W: a, b",
    ]


def test_what_is_piped_is_plain_and_whole() -> None:
    out = io.StringIO()
    console = Console(file=out, width=20, soft_wrap=True, highlight=False)
    print_replay(replayed(BOOKED), console)
    print_dry_run(report(ORDER, position(1)), console)
    assert out.getvalue().splitlines() == [*replay_lines(replayed(BOOKED)), *dry_run_lines(report(ORDER, position(1)))]


def test_few_things_are_named_and_the_rest_is_counted() -> None:
    assert (some(["a"]), some(["a"], 2), some(list("abcdefg"))) == ("a", "a and 2 more", "a, b, c, d, e and 2 more")
