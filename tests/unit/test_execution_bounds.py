"""Rules that do what none should: the event fails and names the rule, and the others go on (spec 13 §9, §15)."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from executions import House, made

from penstock.orchestration.bounds import MOST_ACTIONS, UnstorableError
from penstock.orchestration.driver import Driver
from penstock.orchestration.execution import execute_run
from penstock.orchestration.trace import decode
from penstock.rules import Ask, Context, Log, Rule, SendEvent, Update
from penstock.rules.questions import ById

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run


def failure(run: Run) -> str:
    record = run.records[0]
    assert record.status == "FAILED"
    assert record.failure is not None
    (rule,) = decode(record.trace).events[0].rulesets[0].rules
    assert rule.error is not None
    return record.failure


def _exit(_: Context) -> Any:
    raise SystemExit(1)


def _cancel(_: Context) -> Any:
    raise asyncio.CancelledError


def _recurse(context: Context) -> Any:
    return _recurse(context)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda _: 42, "core.Bad: a rule returns a list of actions, not 42"),
        (lambda _: "nonsense", "core.Bad: a rule returns a list of actions, not 'nonsense'"),
        (lambda _: ["nonsense"], "core.Bad: TypeError: a rule returns actions, not 'nonsense'"),
        (lambda c: [c], "a rule returns actions, not <penstock"),
        (lambda c: [Update(c.entity, {"no_such": 1})], "no_such"),
        (lambda _: [SendEvent("X", attributes={"a": {"b": object()}})], "object"),
        (lambda _: (SendEvent("X") for _ in itertools.count()), f"core.Bad: a rule returns at most {MOST_ACTIONS}"),
        (lambda _: [SendEvent("X")] * 100_000, f"core.Bad: a rule returns at most {MOST_ACTIONS} actions"),
        (_exit, "core.Bad: SystemExit: 1"),
        (_cancel, "core.Bad: CancelledError"),
        (_recurse, "core.Bad: RecursionError"),
    ],
)
def test_nonsense_fails_and_names_the_rule(act: Callable[[Context], Any], said: str) -> None:
    house = House()
    house.ruleset("Foo", "Bad")
    house.rule("Bad", act)
    run = house.send("Foo")
    assert said in failure(run)
    assert not run.outbound


async def _ask_nonsense(context: Context) -> Any:
    await asyncio.sleep(0)
    return [Update(context.entity, {"status": "BOOKED"})]


async def _ask_what_nobody_answers(context: Context) -> Any:
    nonsense: Any = object()
    await context.ask(nonsense)


async def _ask_what_cannot_be_answered(context: Context) -> Any:
    await Ask(context, ById("Order", 0))


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (_ask_nonsense, "a rule awaits context.ask(...) with a question, not None"),
        (_ask_what_nobody_answers, "a rule awaits context.ask(...) with a question, not <penstock"),
        (_ask_what_cannot_be_answered, "core.Bad: ValueError: no such thing"),
    ],
)
def test_a_senseless_question_fails_where_it_is_asked(act: Callable[[Context], Any], said: str) -> None:
    house = House()
    house.ruleset("Foo", "Bad")
    house.rules["Bad"] = Rule("core.Bad", "", (), function=act)

    async def refuse(_: Batch, asks: Sequence[Any]) -> list[Any]:
        if any(ask.question.id == 0 for ask in asks):
            raise ValueError("no such thing")
        return [None for _ in asks]

    run, other = made("Foo"), made("Fine")
    house.ruleset("Fine", "Good")

    async def good(context: Context) -> Any:
        assert await context.ask(ById("Order", 1)) is None
        return [Update(context.entity, {"status": "BOOKED"})]

    house.rules["Good"] = Rule("core.Good", "", (), function=good)
    batch = house.batch()
    asyncio.run(Driver({ById: refuse}, batch).drive([execute_run(r, batch) for r in (run, other)]))
    assert said in failure(run)
    assert other.records[0].status == "SUCCESS"


async def test_work_that_is_cancelled_ends_and_is_no_failure() -> None:
    house = House()
    house.ruleset("Foo", "Waiting")
    asked = asyncio.Event()

    async def wait(context: Context) -> Any:
        await context.ask(ById("Order", 1))

    async def answer(_: Batch, asks: Sequence[Any]) -> list[Any]:
        asked.set()
        await asyncio.sleep(60)
        return [None for _ in asks]

    house.rules["Waiting"] = Rule("core.Waiting", "", (), function=wait)
    run, batch = made("Foo"), house.batch()
    work = asyncio.create_task(Driver({ById: answer}, batch).drive([execute_run(run, batch)]))
    await asked.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not run.records


@pytest.mark.parametrize("thing", [object(), "x" * 70_000_000], ids=["object", "70 MB"])
def test_what_cannot_be_stored_names_the_rule(thing: Any) -> None:
    house = House()
    house.ruleset("Foo", "Fine", "Bad")
    house.rule("Fine", lambda _: [Log("Fine", "this is")])
    house.rule("Bad", lambda c: [Update(c.entity, {"type": thing})])
    with pytest.raises(UnstorableError, match=r"ACME\.core\.Bad: "):
        house.send("Foo")
