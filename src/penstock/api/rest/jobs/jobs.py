"""Opening jobs, and how far they are (spec 11 §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.limits import read_body
from penstock.api.rest.answers import answer
from penstock.api.rest.declaration import Operation, Parameter, errors
from penstock.api.rest.jobs.reading import PAGING, page, paged, read_job
from penstock.api.rest.jobs.shapes import GivenJob, JobOutcome, JobState, OpenedJob
from penstock.api.rest.requests import principal_of, services_of
from penstock.api.rest.values import identifier
from penstock.errors import ForbiddenError, NotFoundError
from penstock.ingest.accepting import open_job
from penstock.ingest.reading import Job, Progress, batches_of, find_job, totals_of
from penstock.orchestration.expand import wire_time

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from penstock.api.services import Account

PATH = "/api/v4.1/job"
VIEW, CREATE, BATCH_VIEW, BATCH_CREATE = "JOB_VIEW", "JOB_CREATE", "BATCH_VIEW", "BATCH_CREATE"
JOB_ID = Parameter("jobId", "The id of a job.", place="path")


async def post(request: Request) -> Response:
    """Open a job."""
    principal, services = principal_of(request), services_of(request)
    principal.require([CREATE])
    given = read_job(await read_body(request.scope, request.receive))
    retailer_id = identifier("retailerId", given.retailer_id)
    require(request, [CREATE], retailer_id)
    account = await services.account(principal.account)
    now = services.clock.now()
    id_ = await open_job(account.database, given.name, retailer_id, given.meta, user=principal.username, now=now)
    about = {"id": str(id_), "name": given.name, "retailerId": str(retailer_id)}
    return answer({**about, "status": "OPEN", "createdOn": wire_time(now)})


async def get(request: Request) -> Response:
    """Return a job with a page of its batches."""
    start, count = page(request.query_params)
    account, job = await found_job(request, [VIEW, BATCH_VIEW])
    batches = [state(b) for b in await batches_of(account.database, job.id, start, count)]
    about = {"id": str(job.id), "jobId": str(job.id), "name": job.name, "retailerId": str(job.retailer_id)}
    known = {"status": job.status(services_of(request).clock.now()), "createdOn": wire_time(job.created_on)}
    return answer({**about, **known, **paged(start, batches), "total": job.batches, "batch": batches})


async def results(request: Request) -> Response:
    """Return how many batches of a job are complete, and a page of them."""
    start, count = page(request.query_params)
    account, job = await found_job(request, [VIEW, BATCH_VIEW])
    successful, failed = await totals_of(account.database, job.id)
    batches = [_outcome(b) for b in await batches_of(account.database, job.id, start, count)]
    counts = {"totalBatches": job.batches, "successfulBatches": successful, "failedBatches": failed}
    status = job.status(services_of(request).clock.now())
    return answer({"id": str(job.id), "status": status, **counts, **paged(start, batches), "results": batches})


async def found_job(request: Request, permissions: list[str]) -> tuple[Account, Job]:
    """Return the job that a request names, and its account.

    Raises:
        ForbiddenError: a permission is missing, or is not held for the job's retailer.
        NotFoundError: there is no such job.
    """
    principal = principal_of(request)
    principal.require(permissions)
    id_ = identifier("jobId", request.path_params["jobId"])
    account = await services_of(request).account(principal.account)
    job = await find_job(account.database, id_)
    if job is None:
        raise NotFoundError(f"Job {id_} does not exist.")
    require(request, permissions, job.retailer_id)
    return account, job


def require(request: Request, permissions: list[str], retailer_id: int) -> None:
    """Raise :class:`ForbiddenError` unless the permissions are held for all of the retailer, 0 for the account."""
    principal = principal_of(request)
    principal.require(permissions)
    lacking = [p for p in permissions if not principal.scope(p).covers(retailer_id)]
    if lacking:
        where = f"retailer {retailer_id}" if retailer_id else "the account"
        raise ForbiddenError(f"User does not have permission: {', '.join(lacking)} for {where}")


def state(batch: Progress) -> dict[str, Any]:
    """Return how far a batch is, as ``BatchState`` says."""
    counts = {"total": batch.total, "processed": batch.processed, "skipped": batch.skipped, "failed": batch.failed}
    id_ = str(batch.id)
    return {"batchId": id_, "id": id_, "status": batch.status, "createdOn": wire_time(batch.created_on), **counts}


def _outcome(batch: Progress) -> dict[str, Any]:
    counts = {"processedEntities": batch.processed, "totalEntities": batch.total}
    return {"batchId": str(batch.id), "status": batch.status, **counts}


OPERATIONS = (
    Operation("POST", PATH, post, {200: OpenedJob, **errors(400, 403, 404)}, body=GivenJob),
    Operation("GET", f"{PATH}/{{jobId}}", get, {200: JobState, **errors(400, 403, 404)}, (JOB_ID, *PAGING)),
    Operation(
        "GET", f"{PATH}/{{jobId}}/results", results, {200: JobOutcome, **errors(400, 403, 404)}, (JOB_ID, *PAGING)
    ),
)
