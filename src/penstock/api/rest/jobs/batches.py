"""Sending batches, and what became of their records (spec 11 §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.limits import read_body
from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.jobs.jobs import BATCH_CREATE, BATCH_VIEW, JOB_ID, PATH, found_job, state
from penstock.api.rest.jobs.reading import MOST_BYTES, PAGING, page, paged, read_batch
from penstock.api.rest.jobs.shapes import AcceptedBatch, BatchPage, BatchResults, GivenBatch
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.values import identifier
from penstock.errors import InvalidValueError, NotFoundError
from penstock.identity.first_passwords import first_passwords
from penstock.ingest.accepting import accept
from penstock.ingest.reading import Job, batches_of, find_batch, results_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.ingest.accepting import NewBatch
    from penstock.ingest.records import Result

_PRIVATE = {"Cache-Control": "no-store"}


async def post(request: Request) -> Response:
    """Accept a batch; the workers bring it in."""
    account, job = await found_job(request, [BATCH_CREATE])
    batch = await read_batch(await read_body(request.scope, request.receive, MOST_BYTES))
    _check_job(batch, job)
    principal, now = principal_of(request), services_of(request).clock.now()
    id_ = await accept(account.database, job.id, batch, user_id=principal.user_id, username=principal.username, now=now)
    return answer({"id": str(id_), "status": "PENDING"})


def _check_job(batch: NewBatch, job: Job) -> None:
    if batch.entity_type == "RETAILER" and job.retailer_id:
        raise InvalidValueError(
            f"The job belongs to retailer {job.retailer_id}; new retailers come in a job with the retailerId 0."
        )


async def find(request: Request) -> Response:
    """Return a page of a job's batches."""
    start, count = page(request.query_params)
    account, job = await found_job(request, [BATCH_VIEW])
    found = [state(batch) for batch in await batches_of(account.database, job.id, start, count)]
    return answer({**paged(start, found), "total": job.batches, "results": found})


async def get(request: Request) -> Response:
    """Return a batch with a page of what became of its records."""
    start, count = page(request.query_params)
    account, job = await found_job(request, [BATCH_VIEW])
    id_ = identifier("batchId", request.path_params["batchId"])
    batch = await find_batch(account.database, job.id, id_)
    if batch is None:
        raise NotFoundError(f"Job {job.id} has no batch {id_}.")
    results = [result for _, result in await results_of(account.database, id_, start, count)]
    passwords: dict[int, str] = {}
    if batch.user_id == principal_of(request).user_id:
        passwords = await first_passwords(account.database, [r.user_id for r in results if r.user_id])
    rows = [_row(result, passwords) for result in results]
    return answer({**state(batch), **paged(start, rows), "results": rows}, headers=_PRIVATE)


def _row(result: Result, passwords: dict[int, str]) -> dict[str, Any]:
    known = {
        "entityId": result.entity_id,
        "entityRef": result.entity_ref,
        "username": result.username,
        "password": passwords.get(result.user_id or 0),
    }
    said = {name: value for name, value in known.items() if value is not None}
    return {**said, "responseCode": result.response_code, "message": result.message}


BATCHES = f"{PATH}/{{jobId}}/batch"
_BATCH_ID = Parameter("batchId", "The id of a batch of the job.", place="path")
OPERATIONS = (
    Operation("POST", BATCHES, post, {200: AcceptedBatch, **errors(400, 403, 404)}, (JOB_ID,), body=GivenBatch),
    Operation("GET", BATCHES, find, {200: BatchPage, **errors(400, 403, 404)}, (JOB_ID, *PAGING)),
    Operation(
        "GET",
        f"{BATCHES}/{{batchId}}",
        get,
        {200: BatchResults, **errors(400, 403, 404)},
        (JOB_ID, _BATCH_ID, *PAGING),
    ),
)
