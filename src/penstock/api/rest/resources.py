"""All operations of the REST API, resource by resource."""

from __future__ import annotations

from penstock.api.rest import doctor, document, events, health, metrics, oauth, session

OPERATIONS = (
    *oauth.OPERATIONS,
    *session.OPERATIONS,
    *health.OPERATIONS,
    *metrics.OPERATIONS,
    *document.OPERATIONS,
    *events.OPERATIONS,
    *doctor.OPERATIONS,
)
