"""What was sent and what came back, counted; and what was wrong, with the first request that showed it."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.fuzzing.judging import codes, problems

if TYPE_CHECKING:
    from bench.fuzzing.target import Reply, Request, Target

_PROGRESS = 1.0 if sys.stdout.isatty() else 20.0  # seconds between lines


@dataclass
class Failure:
    """Something wrong: what, in which kind of operation, how often, and a request that shows it."""

    kind: str
    what: str
    request: Request | None
    times: int = 0
    said: str = ""


@dataclass
class Tally:
    """The counts of one run over a target; ``wanted`` operations in all."""

    target: Target
    wanted: int
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    codes: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    failures: dict[tuple[str, str], Failure] = field(default_factory=dict)
    current: str = ""
    _began: float = field(default_factory=time.monotonic)
    _shown: float = 0.0

    @property
    def done(self) -> int:
        """Return how many operations were sent."""
        return self.kinds.total()

    def send(self, kind: str, request: Request) -> Reply:
        """Send a request, judge its answer and count both."""
        self.current = f"{kind}: {request.body[:200].decode(errors='replace')}"
        reply = self.target.send(request)
        self.judge(kind, request, reply)
        return reply

    def judge(self, kind: str, request: Request, reply: Reply) -> None:
        """Count an answer, and note what is wrong with it."""
        for what in problems(kind, request, reply):
            self.fail(kind, what, request, reply.body[:300].decode(errors="replace"))
        self.kinds[kind] += 1
        self.statuses[kind][reply.status] += 1
        self.codes.update(codes(reply))
        self.slowest = sorted([*self.slowest, (reply.seconds, self.current)], reverse=True)[:5]
        self._progress()

    def fail(self, kind: str, what: str, request: Request | None, said: str = "") -> None:
        """Note what is wrong; of the same only the first request is kept."""
        failure = self.failures.setdefault((kind, what), Failure(kind, what, request, said=said))
        failure.times += 1

    def fails(self, failure: Failure, request: Request) -> bool:
        """Return whether a request shows a failure, too."""
        return failure.what in problems(failure.kind, request, self.target.send(request))

    def _progress(self) -> None:
        now = time.monotonic()
        if now - self._shown < _PROGRESS:
            return
        self._shown = now
        rate = self.done / (now - self._began)
        line = f"{self.done} of {self.wanted} operations, {rate:.0f}/s, {len(self.failures)} failures"
        print(f"\r{line}   " if sys.stdout.isatty() else line, end="" if sys.stdout.isatty() else "\n", flush=True)
