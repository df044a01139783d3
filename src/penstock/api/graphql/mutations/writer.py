"""What a mutation needs of the application, beside the database and the one who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uuid
    from collections.abc import Awaitable, Callable

    from penstock.api.graphql.mutations.generic.finder import Finder
    from penstock.clock import Clock
    from penstock.database.ids import IdSource
    from penstock.model.together import Together
    from penstock.orchestration.configuration import Configurations


@dataclass(frozen=True, slots=True)
class Writer:
    """The clock, ids and configuration of one account, and the ways to find rows and to write new ones.

    ``wake`` tells the workers of new events, after commit; ``revoke`` ends the tokens of a user; ``settled`` waits
    until the events of a lane are done, of which it is told the first.
    """

    clock: Clock
    ids: IdSource
    configurations: Configurations
    finder: Finder
    together: Together
    wake: Callable[[], None]
    revoke: Callable[[int], Awaitable[None]]
    settled: Callable[[int, uuid.UUID], Awaitable[None]]
