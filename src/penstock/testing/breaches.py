"""What a rule did and has not declared, in sentences that go on from "rule core.SetState ..."."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from penstock.model.registry import ALIASES
from penstock.orchestration.places import entity_of
from penstock.rules import SAME, Create, Mail, RuleError, RuleExecutionError, SendEvent, Update, Webhook
from penstock.rules.declaration import filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from penstock.rules import Rule, Sends
    from penstock.testing.watching import Watched


def broken(rule: Rule, watched: Watched, result: Any) -> Iterator[str]:
    """Yield what is undeclared in what a rule asked and read, and in its actions or its failure."""
    for kind in sorted(watched.asked - set(rule.asks), key=lambda k: k.__name__):
        yield f"asks {kind.__name__}, which is not in its asks"
    for entity in sorted(watched.read - set(rule.reads) - {watched.entity_name}):
        yield f"reads {entity}, which is not in its reads"
    if isinstance(result, Exception):
        yield from _failure(rule, result)
        return
    props = _props(rule, watched)
    for action in result or ():
        yield from _action(rule, watched, props, action)


def _props(rule: Rule, watched: Watched) -> dict[str, Any]:
    props = {}
    for prop in rule.props:
        try:
            props[prop.name] = watched.prop(prop.name)
        except RuleError:
            props[prop.name] = None
    return props


def _failure(rule: Rule, failure: Exception) -> Iterator[str]:
    if isinstance(failure, RuleExecutionError) and not rule.raises:
        yield f"raises RuleExecutionError ({failure.message}), but declares no raises"
    implied = {HTTPStatus.BAD_REQUEST} if rule.props or rule.event_attributes else set()  # for what is missing there
    if isinstance(failure, RuleError) and failure.code not in implied.union(rule.fails):
        yield f"fails with code {failure.code} ({failure.message}), which is not in its fails"


def _action(rule: Rule, watched: Watched, props: Mapping[str, Any], action: Any) -> Iterator[str]:
    if isinstance(action, SendEvent):
        yield from _sent(rule, watched, props, action)
    elif isinstance(action, Update) and "status" in action.values:
        changed, status = entity_of(action.row), action.values["status"]
        type_ = _type(changed.event or changed.name)
        if not any(_same(s.of, type_, watched) and status in filled(s.status, props, rule.by_name) for s in rule.sets):
            yield f"sets status {status} of {type_}, which is not in its sets"
    elif isinstance(action, Create):
        entity, status = entity_of(action.row).name, getattr(action.row, "status", None)
        if not any(c.entity == entity and status in {c.status, None} for c in rule.creates):
            yield f"creates {entity} in status {status}, which is not in its creates"
    elif isinstance(action, Webhook) and not rule.webhooks:
        yield "sends a webhook, but does not declare webhooks"
    elif isinstance(action, Mail) and not rule.mails:
        yield "sends a mail, but does not declare mails"


def _sent(rule: Rule, watched: Watched, props: Mapping[str, Any], action: SendEvent) -> Iterator[str]:
    target = watched.entity if action.to is None else action.to
    type_ = _type(entity_of(target).event)
    fitting = [
        s
        for s in rule.sends
        if _same(s.to, type_, watched)
        and action.name in filled(s.event, props, rule.by_name)
        and s.later(props) == (action.at is not None)
    ]
    if not fitting:
        when = "" if action.at is None else " scheduled"
        yield f"sends{when} {action.name} to {type_}, which is not in its sends"
        return
    problems = [list(_attributes(s, watched, action.attributes)) for s in fitting]
    yield from min(problems, key=len)


def _attributes(sends: Sends, watched: Watched, given: dict[str, Any] | None) -> Iterator[str]:
    """Yield what is wrong with the attributes of an event that was sent."""
    before = watched.event.attributes if sends.forwards else {}
    attributes = watched.event.attributes if given is None else given
    declared = {a.name: a for a in sends.adds}
    for name in sorted(attributes.keys() - before.keys() - declared.keys()):
        yield f"adds the attribute {name} to {sends.event}, which is not in its adds"
    for name, attribute in declared.items():
        value = attributes.get(name)
        if value is None and attribute.required:
            yield f"sends {sends.event} without the attribute {name}, which its adds call required"
        elif value is not None and not attribute.fits(value):
            yield f"adds the attribute {name} to {sends.event} as {value!r}, which is no {attribute.type}"


def _same(declared: str, type_: str, watched: Watched) -> bool:
    return type_ == _type(watched.event.entity_type if declared == SAME else declared)


def _type(name: str | None) -> str:
    return ALIASES.get(name or "", name or "")
