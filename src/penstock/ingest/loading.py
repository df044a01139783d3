"""What brings in the records of one kind; the composition root names one for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg
import msgspec

from penstock.database.packing import packed
from penstock.errors import PenstockError
from penstock.ingest.records import FAILED, FORBIDDEN, INVALID, MISSING, Batch, BatchResult, Code, Result

if TYPE_CHECKING:
    from penstock.identity.principal import Principal

Record = dict[str, Any]
_CODES: dict[int, Code] = {400: INVALID, 403: FORBIDDEN, 404: MISSING}
LONGEST_MESSAGE = 1_000  # characters


class RefusedError(Exception):
    """A record that cannot be brought in; ``code`` is the ``responseCode`` of its result (spec 11 §4.3)."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class Load(Protocol):
    """A batch on its way in.

    ``size`` is how many records that change something it takes at once; ``paired``, whether two portions may be on
    their way at once, since no record is about what another is about.
    """

    size: int
    paired: bool

    async def cut(self, first: int, size: int) -> int:
        """Return the number behind the last record of a portion from ``first`` on, which is of such a size."""
        ...

    async def load(self, first: int, records: Sequence[Record], turn: Awaitable[None] | None = None) -> None:
        """Bring in the records from the number ``first`` on, and store their results in the same transaction.

        That is committed after its ``turn``: results have no gaps, whoever is killed when.
        """
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """A batch to bring in: its records, and who sent it, as far as they still may do anything."""

    batch: Batch
    records: list[Record]
    principal: Principal | None


Loader = Callable[[Order], Awaitable[Load]]


def portion(batch: Batch, first: int, results: list[Result], skipped: int = 0) -> BatchResult:
    """Return the row that keeps the results of a portion."""
    failed = len(results) - [result.response_code for result in results].count("200")
    stored = packed(msgspec.json.encode(results))
    return BatchResult(
        batch_id=batch.id, first=first, size=len(results), skipped=skipped, failed=failed, results=stored
    )


def refusal(error: Exception, ref: str | None) -> Result:
    """Return the result of a record that failed with this error."""
    match error:
        case RefusedError(code=code):
            return Result(entity_ref=ref, response_code=code, message=str(error)[:LONGEST_MESSAGE])
        case PenstockError(status=status, message=message):
            return Result(entity_ref=ref, response_code=_CODES.get(status, FAILED), message=message[:LONGEST_MESSAGE])
        case asyncpg.QueryCanceledError():
            message = "Tried alone, it took longer than the database lets a statement run; send it once more."
            return Result(entity_ref=ref, response_code=FAILED, message=message)
    return Result(entity_ref=ref, response_code=FAILED, message="Unexpected error; the log of the worker tells why.")
