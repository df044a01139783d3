"""Workflows with one fault each, for the linter, and the same ones without it."""

from __future__ import annotations

from typing import Any

from lintdocuments import (
    BOOKED,
    Document,
    add,
    also,
    button,
    call,
    gate,
    nothing,
    parts,
    put,
    remove,
    ruleset,
    said,
    send,
    shown,
    state,
)

HOLD = ruleset("Hold", state("HELD"), when=("LOST",))
TO_STOCK = call("order.SendEventToUpdateInventoryQuantity", inventoryCatalogueRef="D", operation="CORRECT")
THERE = ruleset("A", state("OVER"), send("B"), when=BOOKED)
BACK = ruleset("B", send("A"), when=("OVER",))
FULFILMENTS = call("order.SendEventForAllFulfilments", eventName="Check")
OTHER = ruleset("Check", when=("CREATED",), type="FULFILMENT")
MADE = ruleset("CREATE", call("order.RejectFulfilment"), when=("CREATED",), type="FULFILMENT")


def fulfilment(document: Document) -> None:
    document["statuses"].append({"name": "CREATED", "entityType": "FULFILMENT", "category": "DONE"})


# code, severity, a change with the fault, a like change without it, the place
CASES: list[Any] = [
    ("malformed", "error", put(1, rules="none"), put(1, rules=[gate("Close")]), 'rulesets[1] "Check" > rules'),
    ("malformed", "error", lambda d: d.update(version=1), nothing, "version"),
    ("malformed", "error", lambda d: d["statuses"].append("OVER"), nothing, "statuses[3]"),
    ("malformed", "error", lambda d: d["rulesets"].append({"name": "X"}), nothing, 'rulesets[3] "X" > type'),
    ("type-unknown", "error", add(ruleset("A", type="PARCEL")), nothing, 'rulesets[3] "A" > type'),
    ("type-foreign", "error", add(ruleset("A", type="WAVE")), nothing, 'rulesets[3] "A" > type'),
    ("create-missing", "error", remove(0), nothing, "rulesets"),
    ("create-missing", "warning", also(add(OTHER), fulfilment), also(add(OTHER, MADE), fulfilment), "rulesets"),
    ("created-missing", "error", lambda d: d["statuses"].pop(0), nothing, "statuses"),
    ("created-missing", "warning", add(OTHER, MADE), also(add(OTHER, MADE), fulfilment), "statuses"),
    (
        "rule-not-installed",
        "error",
        put(1, rules=[call("price.Nowhere", a=1)]),
        put(1, rules=[gate("Close"), call("core.CancelFulfilment")]),
        'rulesets[1] "Check" > rules[0]',
    ),
    (
        "rule-does-not-accept",
        "warning",
        put(1, rules=[call("order.RejectFulfilment")]),
        put(1, rules=[gate("Close")]),
        'rulesets[1] "Check" > rules[0]',
    ),
    (
        "prop-missing",
        "error",
        put(2, rules=[call("core.SetState")]),
        put(2, rules=[state("OVER")]),
        'rulesets[2] "Close" > rules[0] > props.status',
    ),
    (
        "prop-unknown",
        "warning",
        put(2, rules=[call("core.SetState", status="OVER", state="OVER")]),
        nothing,
        'rulesets[2] "Close" > rules[0] > props.state',
    ),
    (
        "prop-type",
        "error",
        put(1, rules=[send("Close", delay="soon")]),
        put(1, rules=[send("Close", delay="60")]),
        'rulesets[1] "Check" > rules[0] > props.delay',
    ),
    (
        "prop-type",
        "error",
        put(1, rules=[send("Close", delay=1.5)]),
        put(1, rules=[send("Close", delay="[[wait]]")]),
        'rulesets[1] "Check" > rules[0] > props.delay',
    ),
    (
        "prop-type",
        "error",
        put(2, rules=[state(["OVER"])]),
        nothing,
        'rulesets[2] "Close" > rules[0] > props.status',
    ),
    (
        "prop-type",
        "error",
        also(
            add(
                OTHER,
                MADE,
                parts("MOST"),
            ),
            fulfilment,
        ),
        also(
            add(
                OTHER,
                MADE,
                parts("ALL"),
            ),
            fulfilment,
        ),
        'rulesets[5] "V" > rules[0] > props.quantity',
    ),
    (
        "status-not-declared",
        "warning",
        put(2, rules=[state("OVERR"), state("OVER")]),
        put(2, rules=[state("[[final]]"), state("OVER")]),
        'rulesets[2] "Close" > rules[0] > props.status',
    ),
    (
        "trigger-not-declared",
        "error",
        put(2, triggers=[{"status": "BOOKED"}, {"status": "BOOKT"}]),
        nothing,
        'rulesets[2] "Close" > triggers',
    ),
    (
        "unreachable-status",
        "warning",
        add(statuses=("HELD",)),
        also(add(statuses=("HELD",)), put(2, rules=[state("HELD"), state("OVER")])),
        'statuses "HELD" of ORDER',
    ),
    (
        "unreachable-status",
        "warning",
        add(HOLD, statuses=("HELD", "LOST")),
        also(
            add(HOLD, statuses=("HELD", "LOST")),
            put(2, rules=[state("OVER"), state("LOST")]),
        ),
        'statuses "HELD" of ORDER',
    ),
    (
        "dead-end-status",
        "warning",
        also(put(2, rules=[state("HELD")]), add(statuses=("HELD",), category="BOOKING")),
        also(put(2, rules=[state("HELD")]), add(statuses=("HELD",), category="done")),
        'statuses "HELD" of ORDER',
    ),
    (
        "dead-end-status",
        "warning",
        put(2, rules=[]),
        put(2, rules=[state("OVER")]),
        'statuses "BOOKED" of ORDER',
    ),
    (
        "event-unhandled",
        "warning",
        put(1, rules=[gate("Clse")]),
        put(1, rules=[gate("Close")]),
        'rulesets[1] "Check" > rules[0]',
    ),
    (
        "event-unhandled",
        "warning",
        also(add(ruleset("Tell", FULFILMENTS, when=BOOKED), shown("Tell"))),
        also(add(ruleset("Tell", FULFILMENTS, when=BOOKED), shown("Tell"), OTHER, MADE), fulfilment),
        'rulesets[3] "Tell" > rules[0]',
    ),
    (
        "event-unchecked",
        "info",
        add(ruleset("Tell", TO_STOCK)),
        nothing,
        'rulesets[3] "Tell" > rules[0]',
    ),
    (
        "event-out-of-status",
        "warning",
        put(2, triggers=[{"status": "OVER"}]),
        put(2, triggers=[{"status": "OVER"}, {"status": "BOOKED"}]),
        'rulesets[1] "Check" > rules[0]',
    ),
    (
        "event-out-of-status",
        "warning",
        put(0, rules=[state("OVER"), send("Check")]),
        put(0, rules=[state("OVER"), send("Check", delay=60)]),
        'rulesets[0] "CREATE" > rules[1]',
    ),
    (
        "rulesets-compete",
        "warning",
        add(ruleset("Close", state("OVER"), when=("BOOKED", "OVER"))),
        add(ruleset("Close", state("OVER"), when=("OVER",))),
        'rulesets[3] "Close"',
    ),
    (
        "rulesets-compete",
        "warning",
        add(ruleset("Close", state("OVER"))),
        add(ruleset("Close", state("OVER"), eventType="EXCEPTION")),
        'rulesets[3] "Close"',
    ),
    (
        "rulesets-compete",
        "warning",
        also(add(ruleset("Close", when=BOOKED, subtype="HD")), put(2, subtype="HD")),
        also(add(ruleset("Close", when=BOOKED, subtype="CC")), put(2, subtype="HD")),
        'rulesets[3] "Close"',
    ),
    (
        "event-loop",
        "error",
        put(1, rules=[gate("Close"), send("Check")]),
        put(1, rules=[gate("Close"), send("Check", delay=60)]),
        'rulesets[1] "Check"',
    ),
    (
        "event-loop",
        "error",
        add(shown("A"), ruleset("A", send("B"), when=BOOKED), ruleset("B", send("A"), when=BOOKED)),
        add(
            shown("A"),
            THERE,
            BACK,
        ),
        'rulesets[4] "A"',
    ),
    (
        "event-loop",
        "error",
        add(
            shown("A"),
            THERE,
            ruleset("B", state("BOOKED"), send("A"), when=("OVER",)),
        ),
        add(
            shown("A"),
            THERE,
            BACK,
        ),
        'rulesets[4] "A"',
    ),
    (
        "event-loop",
        "error",
        also(
            add(ruleset("Tell", FULFILMENTS), shown("Tell"), MADE),
            add(ruleset("Check", call("order.SendEventForOrder", eventName="Tell"), type="FULFILMENT")),
            fulfilment,
        ),
        also(add(ruleset("Tell", FULFILMENTS), shown("Tell"), MADE, OTHER), fulfilment),
        'rulesets[3] "Tell"',
    ),
    (
        "event-loop",
        "error",
        add(ruleset("STATE_CHANGE", state("BOOKED"), when=BOOKED)),
        add(ruleset("STATE_CHANGE", send("Close"), when=BOOKED)),
        'rulesets[3] "STATE_CHANGE"',
    ),
    (
        "event-loop-gated",
        "warning",
        put(1, rules=[gate("Close"), gate("Check")]),
        put(1, rules=[gate("Close")]),
        'rulesets[1] "Check"',
    ),
    (
        "action-unhandled",
        "error",
        put(1, userActions=[button("Clse")]),
        put(1, userActions=[button("Close")]),
        'rulesets[1] "Check" > userActions[0]',
    ),
    (
        "action-unhandled",
        "error",
        add(ruleset("Late", when=BOOKED, eventType="EXCEPTION", userActions=[button("")])),
        add(ruleset("Late", when=BOOKED, userActions=[button("")])),
        'rulesets[3] "Late" > userActions[0]',
    ),
    (
        "action-out-of-status",
        "warning",
        add(ruleset("Shown", when=("OVER",), userActions=[button("Shown"), button("Close")])),
        add(ruleset("Shown", when=("OVER",), userActions=[button("Shown")])),
        'rulesets[3] "Shown" > userActions[1]',
    ),
    (
        "list-without-source",
        "error",
        put(1, userActions=[button("Close", attributes=[{"name": "reason", "type": "LIST", "source": ""}])]),
        put(1, userActions=[button("Close", attributes=[{"name": "reason", "type": "LIST", "source": "REASONS"}])]),
        'rulesets[1] "Check" > userActions[0] > attributes[0]',
    ),
    (
        "dead-end-status",
        "warning",
        also(put(2, rules=[state("HELD")]), add(statuses=("HELD",), category="BOOKING")),
        also(put(2, rules=[state("HELD")]), add(statuses=("HELD",), category="BOOKING"), said(3, final=True)),
        'statuses "HELD" of ORDER',
    ),
    ("awaited-unhandled", "warning", said(1, awaits=["Clse"]), said(1, awaits=["Close"]), 'statuses "BOOKED" of ORDER'),
    (
        "awaited-unhandled",
        "warning",
        said(1, awaits=["Parcel:LOST"]),
        said(1, awaits=["*", "FULFILMENT:LOST"]),
        'statuses "BOOKED" of ORDER',
    ),
    (
        "never-started",
        "info",
        add(ruleset("Late", when=BOOKED)),
        also(add(ruleset("Late", when=BOOKED)), said(1, awaits=["Late"])),
        'rulesets[3] "Late"',
    ),
    ("never-started", "info", add(ruleset("Late", when=BOOKED)), add(shown("Close")), 'rulesets[3] "Late"'),
    (
        "exception-never-started",
        "info",
        add(ruleset("Check", state("OVER"), eventType="EXCEPTION")),
        nothing,
        'rulesets[3] "Check"',
    ),
]
