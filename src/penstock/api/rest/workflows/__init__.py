"""``/api/v4.1/workflow``: versions of workflows (spec 11 §5)."""

from penstock.api.rest.workflows import changing, reading

OPERATIONS = (*changing.OPERATIONS, *reading.OPERATIONS)
