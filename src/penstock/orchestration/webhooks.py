"""The body of a webhook: the event model (spec 14 §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.identifiers import shown
from penstock.model.registry import MODEL
from penstock.orchestration.expand import listed
from penstock.orchestration.places import entity_of

if TYPE_CHECKING:
    import uuid

    from penstock.model.rows import Row
    from penstock.orchestration.workflow import Workflow
    from penstock.rules.actions import Webhook
    from penstock.rules.context import Event

# A setting of a retailer or account: "array" is the form that older receivers were written for.
ATTRIBUTES_FORM = "webhook.attributes.form"
ARRAY = "array"


def body(
    id_: uuid.UUID,
    action: Webhook,
    event: Event,
    row: Row,
    account: str,
    form: str | None = None,
    workflow: Workflow | None = None,
) -> dict[str, Any]:
    """Return the body; fields without a value are left out. ``workflow`` is what older receivers are told of."""
    roots = MODEL.of_event(event.root_type or "")
    root_id = shown(roots[0], event.root_id) if roots and event.root_id is not None else None
    attributes = event.attributes if action.attributes is None else action.attributes
    fields: dict[str, Any] = {
        "id": str(id_),
        "name": action.name,
        "accountId": account,
        "retailerId": str(event.retailer_id),
        "entityId": shown(entity_of(row), row.id),
        "entityRef": event.entity_ref,
        "entityType": event.entity_type,
        "entitySubtype": event.entity_subtype,
        "entityStatus": getattr(row, "status", None),
        "type": event.type,
        "attributes": (listed(attributes) or []) if form == ARRAY else attributes,
        "meta": {"mode": event.meta.get("mode", "ASYNC"), "simulation": False, "models": []},
        "trailLogs": [],
        "errorLogs": [],
        "rootEntityId": root_id,
        "rootEntityType": event.root_type,
        "rootEntityRef": event.root_ref,
    }
    if form == ARRAY:
        fields["source"] = event.source
        fields["flexType"] = None if workflow is None else workflow.name.replace("::", ":")
        fields["flexVersion"] = None if workflow is None else workflow.version
    return {k: v for k, v in fields.items() if v is not None}
