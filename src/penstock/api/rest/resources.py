"""All operations of the REST API, resource by resource."""

from __future__ import annotations

from penstock.api.rest import document, events, fulfilment_options, health, jobs, oauth, session

OPERATIONS = (
    *oauth.OPERATIONS,
    *session.OPERATIONS,
    *health.OPERATIONS,
    *document.OPERATIONS,
    *events.OPERATIONS,
    *jobs.OPERATIONS,
    *fulfilment_options.OPERATIONS,
)
