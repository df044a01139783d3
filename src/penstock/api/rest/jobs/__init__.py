"""``/api/v4.1/job``: jobs and their batches (spec 11 §3, §4)."""

from penstock.api.rest.jobs import batches, jobs

OPERATIONS = (*jobs.OPERATIONS, *batches.OPERATIONS)
