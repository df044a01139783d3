"""What leaves for outside systems and people: webhooks and mails become rows of the outbox (spec 14, 35 §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.database.ids import uuid7
from penstock.delivery.mail.letters import Letter
from penstock.delivery.records import OutboxRow
from penstock.delivery.sending.schedule import EXPONENTIAL, schedule_of
from penstock.delivery.targets import target_of
from penstock.model.identifiers import shown
from penstock.orchestration.places import entity_of
from penstock.orchestration.records import numbered
from penstock.orchestration.webhooks import ARRAY, ATTRIBUTES_FORM, body
from penstock.rules.actions import Mail
from penstock.tracing import PARENT, TRACING

if TYPE_CHECKING:
    import uuid

    from penstock.model.rows import Row
    from penstock.orchestration.execution import Execution
    from penstock.rules.actions import Webhook
    from penstock.rules.context import Event


def queued(action: Webhook | Mail, event: Event, row: Row, execution: Execution, number: int) -> None:
    """Put a webhook or mail into the outbox; ``number`` is that of the event in its context."""
    batch = execution.batch
    id_, event_id_ = uuid7(batch.now), numbered(execution.pending.id, number)
    if isinstance(action, Mail):
        told = _letter(action, event, row, execution)
    else:
        told = _post(action, id_, event, row, execution)
    execution.run.webhooks.append(
        OutboxRow(
            id=id_,
            event_id=event_id_,
            retailer_id=event.retailer_id,
            root_type=event.root_type,
            root_id=event.root_id,
            root_ref=event.root_ref,
            created=batch.now,
            due=batch.now,
            trace=TRACING.caused_by(event_id_, execution.pending.meta, execution.pending.id).get(PARENT),
            **told,
        )
    )


def _letter(action: Mail, event: Event, row: Row, execution: Execution) -> dict[str, Any]:
    """Return what a row of the outbox says of a mail.

    Mails take their time: nobody waits for one within seconds, and servers that are careful with strangers take it at
    the second try after minutes. So the schedule is the long one, whatever that of webhooks is.
    """
    about = {"template": action.template, "to": action.to, "subject": action.subject, "text": action.text}
    entity = f"{event.entity_type}:{shown(entity_of(row), row.id)}"
    return {**Letter(entity=entity, created=execution.batch.now, **about).row(), "schedule": EXPONENTIAL}


def _post(action: Webhook, id_: uuid.UUID, event: Event, row: Row, execution: Execution) -> dict[str, Any]:
    """Return what a row of the outbox says of a webhook."""
    batch, workflow = execution.batch, execution.once or execution.workflow
    form = batch.configuration.setting(ATTRIBUTES_FORM, event.retailer_id)
    own = execution.stored(row, event.root_type, event.root_id) if form == ARRAY else None
    target, host = target_of(action.url)
    return {
        "name": action.name,
        "url": action.url,
        "target": target,
        "host": host,
        "body": msgspec.json.encode(body(id_, action, event, row, batch.account, form, own)).decode(),
        "schedule": schedule_of(workflow.document.get("settings") if workflow else None),
    }
