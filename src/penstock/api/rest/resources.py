"""All operations of the REST API, resource by resource."""

from __future__ import annotations

from penstock.api.rest import document, events, health, oauth, session, webhook_keys, webhook_log

OPERATIONS = (
    *oauth.OPERATIONS,
    *session.OPERATIONS,
    *health.OPERATIONS,
    *document.OPERATIONS,
    *events.OPERATIONS,
    *webhook_log.OPERATIONS,
    *webhook_keys.OPERATIONS,
)
