"""What clients send about jobs and batches, checked (spec 11 §3.1, §4.2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from penstock.api.graphql.coercion import holds_nul
from penstock.api.limits import check_nesting
from penstock.api.rest.declaration import Parameter
from penstock.api.rest.jobs.shapes import LONGEST_TEXT, MOST_RECORDS, GivenBatch, GivenJob
from penstock.api.rest.values import whole
from penstock.database.packing import packed
from penstock.errors import InvalidValueError, MissingValueError, TooLongError, shown
from penstock.ingest.accepting import NewBatch

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

MOST_BYTES = 10 * 1024 * 1024  # 2 KB for each of 5,000 records; such a batch is read for 0.1 s
LONG = 100_000  # bytes; longer ones are read beside the loop
PAGE, LARGEST_PAGE = 100, 5_000
SOURCE, EVENT = "batch", "InventoryChanged"
ACTIONS = {"INVENTORY": "UPSERT", "LOCATION": "UPSERT", "CATEGORY": "UPSERT", "RETAILER": "CREATE"}
_COUNT = {"type": "integer", "minimum": 0}
PAGING = (
    Parameter("start", "How many to leave out.", _COUNT),
    Parameter("count", f"How many to return, {PAGE} when it is not given, {LARGEST_PAGE} at most.", _COUNT),
)

T = TypeVar("T", GivenJob, GivenBatch)


def read_job(content: bytes) -> GivenJob:
    """Return the job that a body describes.

    Raises:
        MissingValueError: it has no name.
        InvalidValueError: it is no JSON, or a value cannot be used.
    """
    job = _decoded(content, GivenJob)
    if not job.name:
        raise MissingValueError("name is missing.")
    _check_length("name", job.name)
    return job


async def read_batch(content: bytes) -> NewBatch:
    """Return the batch that a body describes; each record is checked when it is brought in.

    Raises:
        MissingValueError: it has no records, or a record of a retailer no ref.
        InvalidValueError: it is no JSON, has too many records, or a value cannot be used.
    """
    return _batch(content) if len(content) < LONG else await asyncio.to_thread(_batch, content)


def _batch(content: bytes) -> NewBatch:
    given = _decoded(content, GivenBatch)
    _check_kind(given)
    _check_size(given)
    for name, text in (("source", given.source), ("event", given.event), ("catalogueRef", given.catalogue_ref)):
        _check_length(name, text or "")
    return NewBatch(
        entity_type=given.entity_type,
        source=given.source or SOURCE,
        event=given.event or EVENT,
        catalogue_ref=given.catalogue_ref or None,
        conditions=None if given.conditions is None else msgspec.to_builtins(given.conditions),
        records=packed(msgspec.json.encode(given.entities)),
        total=len(given.entities),
    )


def _check_kind(given: GivenBatch) -> None:
    action = ACTIONS.get(given.entity_type)
    if given.entity_type == "ACCOUNT":
        raise InvalidValueError("entityType is 'ACCOUNT'; accounts are made with the command penstock account create.")
    if action is None:
        raise InvalidValueError(f"entityType is {shown(given.entity_type)}; give one of {', '.join(ACTIONS)}.")
    if given.action != action:
        raise InvalidValueError(f"action is {shown(given.action)}; it is {action} for {given.entity_type}.")


def _check_size(given: GivenBatch) -> None:
    if not given.entities:
        raise MissingValueError("entities is empty; give at least one record.")
    if len(given.entities) > MOST_RECORDS:
        raise InvalidValueError(
            f"entities has {len(given.entities)} records; send at most {MOST_RECORDS} in a batch, and more batches."
        )
    if given.entity_type == "RETAILER":
        for number, record in enumerate(given.entities):
            if not record.get("retailerId"):
                raise MissingValueError(f"entities[{number}].retailerId is missing; give the ref of the new retailer.")


def _check_length(name: str, text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise TooLongError(f"{name} is {text[:40]!r}… with {len(text)} characters; at most {LONGEST_TEXT} are stored.")


def _decoded(content: bytes, type_: type[T]) -> T:
    try:
        found = msgspec.json.decode(content, type=type_)
    except msgspec.ValidationError as error:
        raise InvalidValueError(f"The body is not as it should be: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"The body is not JSON: {error}") from None
    check_nesting(content, found, len(found.entities) - 1 if isinstance(found, GivenBatch) else 0)
    if b"\\u0000" in content and holds_nul(msgspec.to_builtins(found)):
        raise InvalidValueError("The body holds the character U+0000, which cannot be stored.")
    return found


def page(query: QueryParams) -> tuple[int, int]:
    """Return which page is asked for: where it begins, and how much it holds at most."""
    start = whole("start", query.get("start") or "0")
    return start, min(whole("count", query.get("count") or str(PAGE)), LARGEST_PAGE)


def paged(start: int, found: list[Any]) -> dict[str, int]:
    """Return what an answer says about its page."""
    return {"start": start, "count": len(found)}
