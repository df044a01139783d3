"""The driver answers every question of every task, whatever the tasks do, and asks once a kind and round."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.orchestration.driver import Driver
from penstock.rules.context import Ask, AskAll

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.orchestration.batch import Batch
    from penstock.rules.context import Context


@dataclass(frozen=True)
class Double:
    """Asks for twice the number."""

    number: int


@dataclass(frozen=True)
class Refuse:
    """Asks in vain."""

    number: int


@dataclass
class Asker:
    """Stands for a rule's context: takes note of what was answered."""

    notes: list[tuple[Any, Any]] = field(default_factory=list)

    def note(self, question: Any, answer: Any) -> None:
        """Keep the answer."""
        self.notes.append((question, answer))


QUESTIONS = st.builds(Double, st.integers()) | st.builds(Refuse, st.integers())
STEPS = st.lists(st.lists(QUESTIONS, min_size=1, max_size=3), max_size=4)  # a step asks one or several at once


def _answer(question: Any) -> Any:
    return 2 * question.number if isinstance(question, Double) else LookupError(question.number)


async def _task(steps: list[list[Any]], context: Asker, got: list[Any]) -> None:
    for step in steps:
        asks = [Ask(cast("Context", context), question) for question in step]
        try:
            got.append(await asks[0] if len(asks) == 1 else await AskAll(asks))
        except LookupError as failure:
            got.append(failure.args)


def _expected(step: list[Any]) -> Any:
    answers = [_answer(question) for question in step]
    failure = next((a for a in answers if isinstance(a, Exception)), None)
    if failure is not None:
        return failure.args
    return answers[0] if len(answers) == 1 else answers


@given(st.lists(STEPS, max_size=6))
async def test_every_task_gets_its_own_answers_in_as_few_rounds_as_the_longest_needs(
    programs: list[list[list[Any]]],
) -> None:
    calls: list[type] = []

    async def answer(_batch: Batch, asks: Sequence[Ask[Any]]) -> list[Any]:
        calls.append(type(asks[0].question))
        return [_answer(ask.question) for ask in asks]

    contexts = [Asker() for _ in programs]
    got: list[list[Any]] = [[] for _ in programs]
    driver = Driver({Double: answer, Refuse: answer}, cast("Batch", None))
    await driver.drive([_task(p, c, g) for p, c, g in zip(programs, contexts, got, strict=True)])
    assert got == [[_expected(step) for step in steps] for steps in programs]
    longest = max(map(len, programs), default=0)
    assert len(calls) <= 2 * longest
    for steps, context in zip(programs, contexts, strict=True):
        asked = [q for step in steps for q in step if isinstance(q, Double)]
        assert sorted(q.number for q, _ in context.notes) == sorted(q.number for q in asked)


async def test_a_fault_of_a_task_itself_is_not_swallowed() -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Driver({}, cast("Batch", None)).drive([broken()])


async def test_what_a_plain_function_answers_waits_for_nobody() -> None:
    rounds: list[int] = []

    def at_once(_batch: Batch, asks: Sequence[Ask[Any]]) -> list[Any]:
        return [_answer(ask.question) for ask in asks]

    async def later(_batch: Batch, asks: Sequence[Ask[Any]]) -> list[Any]:
        rounds.append(len(asks))
        return [_answer(ask.question) for ask in asks]

    contexts, got = [Asker(), Asker()], [[], []]  # type: tuple[list[Asker], list[list[Any]]]
    steps: list[list[list[Any]]] = [
        [[Double(1)], [Double(2), Double(3)], [Refuse(0)]],
        [[Refuse(1), Double(4)]],
    ]
    driver = Driver({Double: at_once, Refuse: later}, cast("Batch", None))
    await driver.drive([_task(s, c, g) for s, c, g in zip(steps, contexts, got, strict=True)])
    assert got == [[_expected(step) for step in own] for own in steps]
    assert rounds == [2]
    assert [len(c.notes) for c in contexts] == [3, 1]
