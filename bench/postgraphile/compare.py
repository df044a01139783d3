"""Reads of Penstock against PostGraphile's: pace, CPU and statements, by rounds that take turns.

Penstock does more for each request: it authenticates, checks permissions and writes a line to its log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from bench.postgraphile.cases import cases, stored
from bench.postgraphile.documents import with_literals, with_variables
from bench.postgraphile.rival import rival, version
from bench.postgraphile.same import rows_of_both
from bench.tools import node
from bench.tools.client import connect, post
from bench.tools.rounds import Figures, figures
from bench.tools.statements import statements_of
from bench.tools.table import Row, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.postgraphile.cases import Case
    from bench.postgraphile.documents import Pair, Values
    from bench.postgraphile.rival import Rival
    from bench.tools.house import House, Site

ROUNDS = 5
TO_WARM = 3  # rounds before those: compilers get faster for some thousand requests
COMPARED = 25  # answers of each case
MS_WITH_LITERALS = 1.0
_FEWER = 4  # times fewer requests where PostGraphile reads and plans every document anew
_SEED = 20_264


@dataclass
class Rounds:
    """The rounds of both, in turns."""

    ours: list[Figures] = field(default_factory=list)
    theirs: list[Figures] = field(default_factory=list)

    def ratio(self, what: Callable[[Figures], float]) -> tuple[float, str]:
        """Return how many times theirs is ours, as the median of the rounds, and its spread."""
        each = [what(theirs) / what(ours) for ours, theirs in zip(self.ours, self.theirs, strict=True)]
        return median(each), f"rounds {min(each):.3g}x to {max(each):.3g}x"

    def medians(self, what: Callable[[Figures], float]) -> tuple[float, float]:
        """Return both medians."""
        return median(map(what, self.ours)), median(map(what, self.theirs))


async def postgraphile(house: House) -> list[Row]:
    """Return the figures of each case, with variables and with literals."""
    rows: list[Row] = []
    async with house.serving() as site, rival(house) as other:
        rows.append(Row("PostGraphile", f"{version()} on Node {node.version()}"))
        for case in cases(await stored(house, site, other)):
            rows += await _Comparison(house, site, other, case).rows()
    return rows


@dataclass
class _Comparison:
    """One case, sent to both."""

    house: House
    site: Site
    other: Rival
    case: Case

    def __post_init__(self) -> None:
        self._random = Random(_SEED)

    async def rows(self) -> list[Row]:
        """Measure with variables, then with literals."""
        case = self.case
        await self._same(case.pair, with_variables)
        statements = [await statements_of(self.house, p, r[0]) for p, r in self._sides(case.pair, with_variables, 1)]
        rounds = await self._rounds(case.pair, with_variables, 1)
        await self._same(case.inlined, with_literals)
        inlined = await self._rounds(case.inlined, with_literals, _FEWER)
        return [*_ratios(case, rounds, [len(s) for s in statements]), *_literals(case, inlined)]

    def _sides(self, pair: Pair, body: Callable[[str, Values], Values], fewer: int) -> list[tuple[int, list[bytes]]]:
        """Return port and requests of both; the requests are new ones each time."""
        case, token = self.case, self.site.token
        drawn = [case.draw(self._random) for _ in range(max(case.ours, case.theirs) // fewer)]
        ours = [post("/graphql", token, body(pair.ours, values)) for values, _ in drawn]
        theirs = [post("/graphql", token, body(pair.theirs, values)) for _, values in drawn[: case.theirs // fewer]]
        return [(self.site.port, ours[: case.ours // fewer]), (self.other.port, theirs)]

    async def _same(self, pair: Pair, body: Callable[[str, Values], Values]) -> None:
        """See that both give the same values, and as many rows as the case says."""
        (our_port, ours), (their_port, theirs) = self._sides(pair, body, 1)
        callers = await connect(our_port), await connect(their_port)
        for mine, other in zip(ours[:COMPARED], theirs[:COMPARED], strict=True):
            rows = await rows_of_both(*callers, mine, other)
            assert rows in self.case.rows, f"{self.case.name}: {rows} rows"
        for caller in callers:
            caller.close()

    async def _rounds(self, pair: Pair, body: Callable[[str, Values], Values], fewer: int) -> Rounds:
        rounds = Rounds()
        for number in range(TO_WARM + ROUNDS):
            (our_port, ours), (their_port, theirs) = self._sides(pair, body, fewer)
            mine = await figures(self.house, our_port, self.site.api, ours)
            other = await figures(self.house, their_port, self.other.process, theirs)
            if number >= TO_WARM:
                rounds.ours.append(mine)
                rounds.theirs.append(other)
        return rounds


def _ratios(case: Case, rounds: Rounds, statements: list[int]) -> list[Row]:
    slower, rates = rounds.ratio(lambda f: 1 / f.rate)
    dearer, costs = rounds.ratio(lambda f: f.app)
    pace, theirs = rounds.medians(lambda f: f.rate)
    app, their_app = rounds.medians(lambda f: f.app * 1000)
    server, their_server = rounds.medians(lambda f: f.server * 1000)
    return [
        at_least(f"{case.name}: pace", slower, case.faster, "x", f"{pace:.0f}/s against {theirs:.0f}/s; {rates}"),
        at_least(
            f"{case.name}: less CPU of the application",
            dearer,
            case.cheaper,
            "x",
            f"{app:.3f} ms against {their_app:.3f} ms; {costs}",
        ),
        Row(f"{case.name}: CPU of PostgreSQL", f"{server:.3f} ms", f"{their_server:.3f} ms"),
        Row(f"{case.name}: statements", str(statements[0]), str(statements[1])),
    ]


def _literals(case: Case, rounds: Rounds) -> list[Row]:
    pace, theirs = rounds.medians(lambda f: f.rate)
    app, their_app = rounds.medians(lambda f: f.app * 1000)
    said = f"PostGraphile {their_app:.3f} ms; {pace:.0f}/s against {theirs:.0f}/s"
    what = f"{case.name}, new literals in each text: CPU of the application"
    return [at_most(what, app, MS_WITH_LITERALS, "ms", said)]
