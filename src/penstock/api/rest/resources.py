"""All operations of the REST API, resource by resource."""

from __future__ import annotations

from penstock.api.rest import (
    availability,
    doctor,
    document,
    dry_runs,
    events,
    fulfilment_options,
    health,
    holds,
    jobs,
    locations,
    metrics,
    oauth,
    plugins,
    replays,
    session,
    transitions,
    webhook_keys,
    webhook_log,
    workflows,
)

OPERATIONS = (
    *oauth.OPERATIONS,
    *session.OPERATIONS,
    *health.OPERATIONS,
    *availability.OPERATIONS,
    *doctor.OPERATIONS,
    *document.OPERATIONS,
    *dry_runs.OPERATIONS,
    *events.OPERATIONS,
    *fulfilment_options.OPERATIONS,
    *holds.OPERATIONS,
    *jobs.OPERATIONS,
    *locations.OPERATIONS,
    *metrics.OPERATIONS,
    *plugins.OPERATIONS,
    *replays.OPERATIONS,
    *transitions.OPERATIONS,
    *webhook_keys.OPERATIONS,
    *webhook_log.OPERATIONS,
    *workflows.OPERATIONS,
)
