"""All operations of the REST API, resource by resource."""

from __future__ import annotations

from penstock.api.rest import document, dry_runs, events, health, oauth, replays, session

OPERATIONS = (
    *oauth.OPERATIONS,
    *session.OPERATIONS,
    *health.OPERATIONS,
    *document.OPERATIONS,
    *events.OPERATIONS,
    *replays.OPERATIONS,
    *dry_runs.OPERATIONS,
)
