"""The members of a workflow document, as spec 13 §2 lists them, and whether a document has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.errors import shown
from penstock.model.identifiers import parse
from penstock.workflows.checking.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_NAME, LONGEST_DESCRIPTION, LONGEST_COMMENT = 255, 300, 2_000
VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}")  # as many digits as the columns hold


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of value: whether one is of it, and how messages call it."""

    called: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object; ``members`` are those of an object in it, or of each object of a list."""

    name: str
    kind: Kind
    required: bool = False
    longest: int | None = None
    members: tuple[Member, ...] = ()


def _words(*words: str) -> Kind:
    return Kind(f"be {' or '.join(words)}", lambda value: value in words)


ANY_TEXT = Kind("be a text", lambda value: isinstance(value, str))
TEXT = Kind("be a text with something in it", lambda value: isinstance(value, str) and bool(value.strip()))
NAME = Kind("be a text without a slash", lambda value: isinstance(value, str) and "/" not in value)
ID = Kind('be an id, such as "2"', lambda v: isinstance(v, str | int) and not isinstance(v, bool) and bool(parse(v)))
NUMBERED = Kind('be "<major>.<minor>", such as "1.0"', lambda v: isinstance(v, str) and bool(VERSION.fullmatch(v)))
TRUTH = Kind("be true or false", lambda value: isinstance(value, bool))
TEXTS = Kind("be a list of texts", lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value))
OBJECT = Kind("be an object", lambda value: isinstance(value, dict))
LIST = Kind("be a list", lambda value: isinstance(value, list))
EVENT_TYPE = _words("NORMAL", "EXCEPTION", "")
BUTTON = _words("PRIMARY", "SECONDARY")

_CONTEXT = (
    Member("label", TEXT, required=True),
    Member("type", BUTTON, required=True),
    Member("modules", TEXTS, required=True),
    Member("confirm", TRUTH),
)
_ATTRIBUTE = (
    Member("name", TEXT, required=True),
    Member("type", TEXT, required=True),
    Member("label", ANY_TEXT),
    Member("source", ANY_TEXT),
    Member("mandatory", TRUTH),
)
_ACTION = (
    Member("eventName", ANY_TEXT),  # by default the ruleset's
    Member("context", LIST, required=True, members=_CONTEXT),
    Member("attributes", LIST, members=_ATTRIBUTE),
)
_RULE = (Member("name", TEXT, required=True), Member("props", OBJECT))
_TRIGGER = (Member("status", ANY_TEXT, required=True),)
_RULESET = (
    Member("name", TEXT, required=True, longest=LONGEST_NAME),
    Member("description", ANY_TEXT),
    Member("type", TEXT, required=True),
    Member("subtype", ANY_TEXT),
    Member("eventType", EVENT_TYPE),
    Member("rules", LIST, required=True, members=_RULE),
    Member("triggers", LIST, required=True, members=_TRIGGER),
    Member("userActions", LIST, members=_ACTION),
)
_STATUS = (
    Member("name", ANY_TEXT, required=True),  # exports hold one without a name
    Member("entityType", TEXT, required=True),
    Member("category", ANY_TEXT),
)
_RULESETS = Member("rulesets", LIST, required=True, members=_RULESET)
WORKFLOW = (
    Member("retailerId", ID, required=True),
    Member("name", NAME, longest=LONGEST_NAME),
    Member("version", NUMBERED, required=True),
    Member("entityType", TEXT, required=True),
    Member("entitySubtype", TEXT, required=True, longest=LONGEST_NAME),
    Member("description", ANY_TEXT, longest=LONGEST_DESCRIPTION),
    Member("versionComment", ANY_TEXT, longest=LONGEST_COMMENT),
    Member("settings", OBJECT),
    _RULESETS,
    Member("statuses", LIST, required=True, members=_STATUS),
)
# Of a run-once workflow only what the engine reads.
ONCE = (Member("version", NUMBERED), Member("entityType", TEXT), Member("entitySubtype", ANY_TEXT), _RULESETS)


def misshapen(node: dict[str, Any], members: tuple[Member, ...], place: str = "") -> Iterator[Finding]:
    """Yield the members that are missing, of another type, or too long; null counts as absent."""
    for member in members:
        here = f"{place}.{member.name}" if place else member.name
        value = node.get(member.name)
        if value is None:
            if member.required:
                yield Finding(here, f"is missing; it must {member.kind.called}.")
        elif not member.kind.fits(value):
            yield Finding(here, f"is {shown(value)}; it must {member.kind.called}.")
        elif member.longest is not None and len(value) > member.longest:
            yield Finding(here, f"has {len(value)} characters; at most {member.longest} are stored.")
        elif member.members:
            yield from _inside(value, member, here)


def _inside(items: list[Any], member: Member, place: str) -> Iterator[Finding]:
    for number, item in enumerate(items):
        here = f"{place}[{number}]"
        if isinstance(item, dict):
            yield from misshapen(item, member.members, here)
        else:
            yield Finding(here, f"is {shown(item)}; it must be an object.")
