"""Where a context that was executed again differs from its record: the first ruleset, rule, question or action."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.history.spoken import short, spoken
from penstock.orchestration.expand import resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.orchestration.trace import EventNode, RuleNode, RulesetNode, TraceBody

_SHOWN = 300  # characters of a value in a sentence


@dataclass(frozen=True)
class Difference:
    """The first decision that is not the recorded one."""

    event: str
    ruleset: str | None
    rule: str | None
    about: str  # "question", "action", "result", "events", ...
    recorded: Any
    again: Any

    def sentence(self) -> str:
        """Return it as reports show it."""
        where = self.rule or self.ruleset or f"event {self.event}"
        what = _actions if self.about == "action" else self._values
        return f"{where} at {self.event}: {what(self.recorded, self.again)}"

    def _values(self, recorded: Any, again: Any) -> str:
        return f"{self.about} is {_short(again)}, the record has {_short(recorded)}"


def _actions(recorded: Any, again: Any) -> str:
    """Return how two actions differ; of one event, or one row, only what differs."""
    if recorded and again and recorded[:3] == again[:3]:
        before, after = recorded[3] or {}, again[3] or {}
        names = [n for n in {**before, **after} if before.get(n) != after.get(n)]
        if names and again[0] == "Update":
            was, is_ = (", ".join(_short(values.get(n)) for n in names) for values in (before, after))
            return f"{', '.join(names)} is {is_}, the record has {was}"
        if names and again[0] == "SendEvent" and recorded[4:] == again[4:]:
            return f"→ {again[1]} with other {', '.join(names)}"
    done, had = ("nothing" if a is None else spoken(a, _SHOWN) for a in (again, recorded))
    return f"{done}, the record has {had}"


def _short(value: Any) -> str:
    return "nothing" if value is None else short(msgspec.json.encode(value).decode(), _SHOWN)


def first_difference(recorded: TraceBody, again: TraceBody) -> Difference | None:
    """Return where the second trace first differs from the first; None when all decisions are the same."""
    return next(iter(_events(recorded, again)), None)


def _events(recorded: TraceBody, again: TraceBody) -> Iterable[Difference]:
    for old, new in zip_longest(recorded.events, again.events):
        if old is None or new is None:
            name = (old or new).name
            yield Difference(name, None, None, "inline event", old and old.name, new and new.name)
            return
        yield from _event(old, new, recorded, again)


def _event(old: EventNode, new: EventNode, recorded: TraceBody, again: TraceBody) -> Iterable[Difference]:
    for about in ("name", "type", "entity_type", "entity_id", "status"):
        if getattr(old, about) != getattr(new, about):
            yield Difference(old.name, None, None, about, getattr(old, about), getattr(new, about))
    before, after = resolved(old.attributes, recorded), resolved(new.attributes, again)
    for name in before.keys() | after.keys():
        if before.get(name) != after.get(name):
            yield Difference(old.name, None, None, f"attribute {name}", before.get(name), after.get(name))
    for first, second in zip_longest(old.rulesets, new.rulesets):
        yield from _ruleset(old, first, second, recorded, again)
    if old.result != new.result:
        yield Difference(old.name, None, None, "result", old.result, new.result)


def _ruleset(
    event: EventNode, old: RulesetNode | None, new: RulesetNode | None, recorded: TraceBody, again: TraceBody
) -> Iterable[Difference]:
    if old is None or new is None or old.name != new.name:
        yield Difference(event.name, None, None, "ruleset", old and old.name, new and new.name)
        return
    for first, second in zip_longest(old.rules, new.rules):
        if first is None or second is None or first.name != second.name:
            yield Difference(event.name, old.name, None, "rule", first and first.name, second and second.name)
            return
        yield from _rule(event, old, first, second, recorded, again)


def _rule(
    event: EventNode, ruleset: RulesetNode, old: RuleNode, new: RuleNode, recorded: TraceBody, again: TraceBody
) -> Iterable[Difference]:
    def differing(about: str, before: Sequence[Any], after: Sequence[Any]) -> Iterable[Difference]:
        for first, second in zip_longest(before, after):
            if first != second:
                yield Difference(event.name, ruleset.name, old.name, about, first, second)

    yield from differing("question", _questions(old), _questions(new))
    yield from differing("error", _error(old), _error(new))
    yield from differing("action", plain(old.actions, recorded), plain(new.actions, again))


def _questions(rule: RuleNode) -> list[list[Any]]:
    """Return what a rule asked, sorted: what is asked at once is noted as the batch was answered, by kind."""
    return sorted([[ask.kind, ask.question] for ask in rule.asks], key=msgspec.json.encode)


def _error(rule: RuleNode) -> list[str]:
    return [] if rule.error is None else [rule.error.strip().splitlines()[-1]]


def plain(value: Any, body: TraceBody) -> Any:
    """Return JSON of a trace with each reference replaced by the value that it stands for."""
    if isinstance(value, dict):
        if value.keys() == {"$"} and isinstance(value["$"], int):
            return msgspec.json.decode(body.values[value["$"]])
        return {k: plain(v, body) for k, v in value.items()}
    return [plain(v, body) for v in value] if isinstance(value, list) else value
