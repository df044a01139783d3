"""The reference page of the rules, from what they declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.rules.declaration import SAME, PropType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from penstock.rules import Attribute, Creates, Prop, Rule, Sends

_HEAD = """
# Rules

What a workflow can call, as `<account>.<name>`. A property is given in the workflow's `props`; *list* means that
several values may be given. `{braces}` stand for what a property says. Beside what is told here, a rule fails with
code 400 where a property or an attribute that it needs is missing. Tests hold every rule to what it declares.
"""


def rules_page(rules: Iterable[Rule]) -> str:
    """Return the page, in Markdown."""
    return _HEAD + "".join(_rule(rule) for rule in sorted(rules, key=lambda r: r.name))


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ("---",) * len(header), *rows]
    return "".join("| " + " | ".join(map(cell, line)) + " |\n" for line in lines)


def cell(text: str) -> str:
    """Return a text as it can stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def _rule(rule: Rule) -> str:
    lines = [f"\n## {rule.name}\n\n{cell(rule.description)}.\n", *_facts(rule)]
    if rule.props:
        lines.append("\n" + table(("property", "type", "default", "meaning"), map(_prop, rule.props)))
    if rule.event_attributes:
        header = ("event attribute", "type", "needed", "meaning")
        lines.append("\n" + table(header, map(_attribute, rule.event_attributes)))
    if rule.sends:
        lines.append("\n" + table(("event sent", "to", "when", "attributes"), map(_sends, rule.sends)))
    return "".join(lines)


def _facts(rule: Rule) -> Iterator[str]:
    facts = {
        "For": ", ".join(rule.accepts) or "any entity",
        "Works on": "all contexts that stand at it, together" if rule.set_function else "",
        "Sets": ", ".join(f"status `{s.status}`" + ("" if s.of == SAME else f" of {s.of}") for s in rule.sets),
        "Creates": ", ".join(map(_creates, rule.creates)),
        "Posts": "a webhook" if rule.webhooks else "",
        "Mails": "a message" if rule.mails else "",
        "Reads": ", ".join(rule.reads),
        "Asks": ", ".join(f"`{kind.__name__}`" for kind in rule.asks),
        "Fails": "; ".join(f"{code} when {when}" for code, when in sorted(rule.fails.items())),
        "Leaves to the workflow": rule.raises,
    }
    yield from (f"\n{name}: {value}.\n" for name, value in facts.items() if value)


def _sends(sends: Sends) -> tuple[str, ...]:
    later = f"later, if `{sends.scheduled}` is given" if isinstance(sends.scheduled, str) else ""
    later = "later" if sends.scheduled is True else later
    heard = "where the workflow has a ruleset for it" if sends.heard else ""
    when = ", ".join(part for part in ("if its condition holds" if sends.gate else "", later, heard) if part)
    adds = [f"`{a.name}`" + ("" if a.required else ", perhaps") for a in sends.adds]
    carried = ["those of the current event"] if sends.forwards else []
    to = "the same entity" if sends.to == SAME else sends.to
    return f"`{sends.event}`", to, when or "always", "; ".join(carried + adds) or "none"


def _creates(creates: Creates) -> str:
    return creates.entity + ("" if creates.status == "CREATED" else f" in status {creates.status}")


def _prop(prop: Prop) -> tuple[str, ...]:
    type_ = "TIME PERIOD, seconds" if prop.type is PropType.TIME_PERIOD else str(prop.type)
    type_ += ": " + ", ".join(prop.values) if prop.values else ""
    default = "required" if prop.required else "none" if prop.default in (None, []) else f"`{prop.default}`"
    return f"`{prop.name}`", type_ + (", list" if prop.multiple else ""), default, prop.description


def _attribute(attribute: Attribute) -> tuple[str, ...]:
    return f"`{attribute.name}`", str(attribute.type), "yes" if attribute.required else "no", attribute.description
