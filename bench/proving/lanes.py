"""What must be true of the order of effects: who was answered before another was sent, has its effect first."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MARK, ECHO, PASS = "Mark", "MarkAndEcho", "MarkAndPass"


@dataclass(frozen=True)
class Posted:
    """An event that was posted: its number, its order, and when its request was sent and answered."""

    number: int
    name: str
    order: str
    to: str | None
    sent: float
    answered: float


def violations(effects: Iterable[Posted]) -> int:
    """Return how many of these effects came behind one that was sent only after they were answered."""
    found, latest = 0, float("-inf")
    for event in effects:
        found += event.answered < latest
        latest = max(latest, event.sent)
    return found


@dataclass
class Verdict:
    """What came of a run."""

    events: int = 0
    missing: int = 0
    repeated: int = 0
    misplaced: int = 0  # inline children that are not right behind their event
    violations: int = 0

    @property
    def clean(self) -> bool:
        """Whether every effect is there once, and all of them in order."""
        return not (self.missing or self.repeated or self.misplaced or self.violations)


def judge(posted: Sequence[Posted], marks: Mapping[str, Sequence[str]]) -> Verdict:
    """Compare what was posted with the marks that it left on the orders."""
    by_mark = {mark: event for event in posted for mark in _wanted(event)}
    places = {mark: _order(event, mark) for mark, event in by_mark.items()}
    seen = Counter((ref, mark) for ref, own in marks.items() for mark in own)
    verdict = Verdict(len(posted))
    verdict.missing = sum(not seen[order or "", mark] for mark, order in places.items())
    verdict.repeated = sum(seen.values()) - len(seen)
    for own in marks.values():
        verdict.violations += violations(by_mark[m] for m in own if m.isdigit())
        verdict.misplaced += sum(own[n - 1 : n] != [m.removesuffix("e")] for n, m in enumerate(own) if m.endswith("e"))
        verdict.violations += sum(map(violations, _passed(own, by_mark)))
    return verdict


def _wanted(event: Posted) -> list[str]:
    own = str(event.number)
    return [own] + ([f"{own}e"] if event.name == ECHO else []) + ([f"{own}p"] if event.name == PASS else [])


def _order(event: Posted, mark: str) -> str | None:
    return event.to if mark.endswith("p") else event.order


def _passed(marks: Sequence[str], by_mark: Mapping[str, Posted]) -> Iterable[list[Posted]]:
    """Return what was passed on to this order, from each other order apart, in the order of the effects."""
    found: dict[str, list[Posted]] = defaultdict(list)
    for mark in marks:
        if mark.endswith("p"):
            found[by_mark[mark].order].append(by_mark[mark])
    return found.values()
