"""All operations of the REST API, resource by resource."""

from __future__ import annotations

from penstock.api.rest import (
    doctor,
    document,
    events,
    health,
    jobs,
    metrics,
    oauth,
    replays,
    session,
)

OPERATIONS = (
    *oauth.OPERATIONS,
    *session.OPERATIONS,
    *health.OPERATIONS,
    *doctor.OPERATIONS,
    *document.OPERATIONS,
    *events.OPERATIONS,
    *jobs.OPERATIONS,
    *metrics.OPERATIONS,
    *replays.OPERATIONS,
)
