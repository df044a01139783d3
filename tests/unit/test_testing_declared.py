"""The test kit holds rules to their declarations: given a rule that does more, when it runs, then the test fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from penstock.rules import (
    EVENT_NAME,
    SAME,
    Attribute,
    AttributeType,
    Context,
    Create,
    Creates,
    Mail,
    Rule,
    RuleError,
    RuleExecutionError,
    SendEvent,
    Sends,
    Sets,
    Update,
    Webhook,
)
from penstock.rules.questions import ById, Setting
from penstock.testing import NOW, FakeContext, UndeclaredError, checked, row
from penstock.testing.one_rule import run_rule
from penstock.testing.orders import INVENTORY, HomeDelivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.rules.actions import Action

ADDED = Attribute("units", AttributeType.INTEGER)


def play(act: Callable[[Context], Any], context: FakeContext | None = None, **declared: Any) -> list[Action]:
    """Run a rule that does ``act``, with this declaration."""
    rule = Rule("core.Tried", "Tried", (), (EVENT_NAME,), function=act)
    return run_rule(replace(rule, **declared), [context or HomeDelivery().context()], eventName="Go")[0]


def send(**values: Any) -> Callable[[Context], list[SendEvent]]:
    """Return a rule's body that sends one event."""
    return lambda _: [SendEvent(**{"name": "Go", **values})]


async def ask(context: Context) -> None:
    """Ask for a setting."""
    await context.ask(Setting("A"))


def fail(code: int) -> Callable[[Context], None]:
    """Return a rule's body that fails."""

    def act(_: Context) -> None:
        raise RuleError("no", code)

    return act


def raised(_: Context) -> None:
    raise RuleExecutionError("no")


GO = Sends("{eventName}")
CASES: list[Any] = [
    (send(), {"sends": (GO,)}, "sends Go to ORDER"),
    (send(name="Halt"), {"sends": (Sends("Halt"),)}, "sends Halt to ORDER"),
    (send(to=INVENTORY), {"sends": (Sends("Go", to="INVENTORY_CATALOGUE"),)}, "sends Go to INVENTORY_CATALOGUE"),
    (send(at=NOW + timedelta(1)), {"sends": (replace(GO, scheduled=True),)}, "sends scheduled Go to ORDER"),
    (send(attributes={"units": 3}), {"sends": (replace(GO, adds=(ADDED,)),)}, "sends Go"),
    (lambda c: [Update(c.entity, {"status": "OVER"})], {"sets": (Sets("OVER", SAME),)}, "sets status OVER of ORDER"),
    (lambda c: [Create(c.new("Wave"))], {"creates": (Creates("Wave"),)}, "creates Wave in status CREATED"),
    (lambda c: [Webhook("https://x.example", c.event.name)], {"webhooks": True}, "sends a webhook"),
    (lambda _: [Mail("shipped", "a@x.example", "s", "t")], {"mails": True}, "sends a mail"),
    (ask, {"asks": (Setting,)}, "asks Setting"),
    (lambda c: c.many(c.entity, "items") and [], {"reads": ("OrderItem",)}, "reads OrderItem"),
    (lambda c: c.rows("Article"), {"reads": ("Article",)}, "reads Article"),
    (fail(404), {"fails": {404: "not there"}}, "fails with code 404"),
    (raised, {"raises": "it is late"}, "raises RuleExecutionError"),
]


def _settled(act: Any, **declared: Any) -> None:
    try:
        play(act, **declared)
    except (RuleError, RuleExecutionError):
        return


@pytest.mark.parametrize(("act", "declared", "breach"), CASES)
def test_what_is_not_declared_is_told(act: Any, declared: dict[str, Any], breach: str) -> None:
    with pytest.raises(UndeclaredError, match=f"rule core.Tried {breach}"):
        play(act)
    _settled(act, **declared)


@pytest.mark.parametrize(
    ("given", "adds", "breach"),
    [
        ({"units": 3}, (), "adds the attribute units"),
        ({}, (ADDED,), "without the attribute units"),
        ({"units": "many"}, (ADDED,), "as 'many', which is no INTEGER"),
        ({"units": 3, "more": 1}, (ADDED,), "adds the attribute more"),
        ({"units": "3"}, (ADDED,), None),
        ({}, (ADDED.optional(),), None),
        ({"before": 1, "units": 3}, (ADDED,), None),
    ],
)
def test_attributes_of_events(given: dict[str, Any], adds: tuple[Attribute, ...], breach: str | None) -> None:
    context = HomeDelivery().context(attributes={"before": 1})
    if breach is None:
        assert play(send(attributes=given), context, sends=(replace(GO, adds=adds),))
        return
    with pytest.raises(UndeclaredError, match=breach):
        play(send(attributes=given), context, sends=(replace(GO, adds=adds),))


def test_an_event_without_those_of_the_current_one_adds_all_that_it_has() -> None:
    context = HomeDelivery().context(attributes={"before": 1})
    with pytest.raises(UndeclaredError, match="adds the attribute before"):
        play(send(attributes={"before": 1}), context, sends=(replace(GO, forwards=False),))


def test_a_set_rule_is_held_to_its_declaration_as_well() -> None:
    async def act(contexts: Any) -> list[Any]:
        for context in contexts:
            await context.ask(ById("Wave", 1))
        return [[SendEvent("Go")] for _ in contexts]

    rule = Rule("core.Set", "Set", (), sends=(Sends("Go"),), set_function=act)
    wave = row("Wave", id=1)
    contexts = [FakeContext("Wave", wave, answers={ById("Wave", 1): wave}) for _ in range(2)]
    with pytest.raises(UndeclaredError, match="asks ById"):
        run_rule(rule, contexts)
    assert run_rule(replace(rule, asks=(ById,)), contexts) == [[SendEvent("Go")]] * 2


def test_breaches_can_be_gathered_instead() -> None:
    found: list[str] = []
    rule = checked(Rule("core.Tried", "Tried", (), function=send()), found.append)
    assert rule.function is not None
    assert rule.function(HomeDelivery().context()) == [SendEvent("Go")]
    assert found == ["rule core.Tried sends Go to ORDER, which is not in its sends"]
