"""Work of many callers, done together while the database is busy with what came before.

A round trip and a commit take their time however little they carry. So what comes while some of its kind is under way
waits, and then goes as one: nobody waits without need, and the busier it is the less each costs. PostgreSQL's group
commit shares the flush of the log in the same way; this shares the statement as well.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

MOST = 50  # callers at once
# After these a statement has had no effect, and its parts may be tried apart.
REFUSED = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.TransactionRollbackError,
    asyncpg.RaiseError,
)

Kind = TypeVar("Kind", bound="Hashable")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathering(Generic[Kind, Item, Result]):
    """What one process does with one database; call it from one event loop.

    ``run`` does items of one kind in one go and returns a result for each; when the database refuses them together,
    each is done alone, so that only the guilty caller hears of it. ``weight`` tells how heavy an item is, and
    ``heaviest`` how much goes at once.
    """

    def __init__(
        self,
        run: Callable[[Kind, list[Item]], Awaitable[Sequence[Result]]],
        weight: Callable[[Item], int] = lambda _: 1,
        heaviest: int = MOST,
    ) -> None:
        self._run = run
        self._weight = weight
        self._heaviest = heaviest
        # Who waits, for each kind of which something is under way: one at a time, since with two each costs more, at
        # the same rate (ADR 12).
        self._waiting: dict[Kind, list[tuple[Item, asyncio.Future[Result]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, kind: Kind, item: Item) -> Result:
        """Have an item done, and return its result; raises what the database says against it."""
        waiting = self._waiting.get(kind)
        if waiting is not None:
            turn: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
            waiting.append((item, turn))
            return await turn
        self._waiting[kind] = []
        try:
            return (await self._run(kind, [item]))[0]
        finally:
            self._let_go(kind)

    def _let_go(self, kind: Kind) -> None:
        """Hand the place over to those who have gathered meanwhile."""
        if not self._waiting[kind]:
            del self._waiting[kind]
            return
        task = asyncio.get_running_loop().create_task(self._go_on(kind), name="gathering")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _go_on(self, kind: Kind) -> None:
        group = self._next(kind)
        try:
            await self._do(kind, group)
        finally:
            for _, turn in group:
                turn.cancel()  # does nothing, unless this process stops: then nobody was told
            self._let_go(kind)

    def _next(self, kind: Kind) -> list[tuple[Item, asyncio.Future[Result]]]:
        """Take those who go now, one at least; callers may have gone away."""
        waiting = [(item, turn) for item, turn in self._waiting[kind] if not turn.done()]
        count, weight = 0, 0
        for item, _ in waiting[:MOST]:
            weight += self._weight(item)
            if count and weight > self._heaviest:
                break
            count += 1
        self._waiting[kind] = waiting[count:]
        return waiting[:count]

    async def _do(self, kind: Kind, group: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        if not group:
            return
        try:
            results = await self._run(kind, [item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait for this write get it
            if len(group) == 1 or not isinstance(error, REFUSED):
                for _, turn in group:
                    if not turn.done():
                        turn.set_exception(error)
                return
            for one in group:
                await self._do(kind, [one])
        else:
            for (_, turn), result in zip(group, results, strict=True):
                if not turn.done():
                    turn.set_result(result)
