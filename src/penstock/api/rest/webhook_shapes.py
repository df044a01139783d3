"""Deliveries, targets and keys of webhooks as they go over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.rest.shape import Shape
from penstock.delivery.keys.forms import fingerprint, pem, standard
from penstock.orchestration.expand import wire_time

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from penstock.delivery.keys.store import PublicKey
    from penstock.delivery.log import Attempt, Delivery
    from penstock.delivery.sending.circuits import Circuit


class DeliveryState(Shape, kw_only=True):
    """A webhook or mail and how far it has come: PENDING, DELIVERED, or FAILED after the last try."""

    id: str
    status: str
    name: str
    url: str
    target: str
    event_id: str
    retailer_id: str
    root_entity_type: str | None
    root_entity_id: str | None
    root_entity_ref: str | None
    retry_schedule: str
    attempts: int
    created_on: str
    next_attempt_on: str | None
    settled_on: str | None


class DeliveryAttempt(Shape):
    """One request; its id is that of an entry of the event's audit."""

    id: str
    attempt: int
    event_status: str
    started_on: str
    stopped_on: str
    response_code: int | None
    response_body: str | None
    error: str | None


class DeliveryDetails(DeliveryState, kw_only=True):
    """A webhook, or a mail without its text, with what is sent and the last hundred attempts, the newest first."""

    body: str
    history: list[DeliveryAttempt]


class DeliveryPage(Shape):
    """A page of deliveries, newest first; the next one begins at start + count."""

    start: int
    count: int
    has_more: bool
    results: list[DeliveryState]


class WebhookTarget(Shape):
    """A receiver that has failed: CLOSED when webhooks go there, OPEN while they wait, but for a probe now and then."""

    target: str
    circuit: str
    failures: int
    pauses: int
    paused_until: str | None
    last_error: str | None
    changed_on: str


class WebhookTargets(Shape):
    """Receivers that have failed, paused ones first."""

    results: list[WebhookTarget]


class WebhookKey(Shape):
    """A public key, in the forms that receivers want: ACTIVE signs, NEXT will, PREVIOUS has signed."""

    id: str
    state: str
    bits: int
    spki: str
    pem: str
    fingerprint: str
    ed25519: str
    created_on: str
    activated_on: str | None
    retired_on: str | None


class WebhookKeys(Shape):
    """Keys of webhooks."""

    results: list[WebhookKey]


def state_of(delivery: Delivery) -> DeliveryState:
    """Return a delivery as it is listed."""
    return DeliveryState(**_state(delivery))


def details_of(delivery: Delivery, body: str, attempts: Iterable[Attempt]) -> DeliveryDetails:
    """Return a delivery as it is looked at."""
    return DeliveryDetails(**_state(delivery), body=body, history=[_attempt(a) for a in attempts])


def _state(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": str(delivery.id),
        "status": delivery.status,
        "name": delivery.name,
        "url": delivery.url,
        "target": delivery.target,
        "event_id": str(delivery.event_id),
        "retailer_id": str(delivery.retailer_id),
        "root_entity_type": delivery.root_type,
        "root_entity_id": None if delivery.root_id is None else str(delivery.root_id),
        "root_entity_ref": delivery.root_ref,
        "retry_schedule": delivery.schedule,
        "attempts": delivery.attempts,
        "created_on": wire_time(delivery.created),
        "next_attempt_on": _time(delivery.due),
        "settled_on": _time(delivery.settled),
    }


def _attempt(attempt: Attempt) -> DeliveryAttempt:
    return DeliveryAttempt(
        str(attempt.id),
        attempt.attempt,
        "SUCCESS" if attempt.accepted else "FAILED",
        wire_time(attempt.started),
        wire_time(attempt.stopped),
        attempt.code,
        attempt.response,
        attempt.error,
    )


def target_shape(circuit: Circuit) -> WebhookTarget:
    """Return a target's circuit."""
    return WebhookTarget(
        circuit.target,
        "CLOSED" if circuit.paused_until is None else "OPEN",
        circuit.failures,
        circuit.pauses,
        _time(circuit.paused_until),
        circuit.error,
        wire_time(circuit.changed),
    )


def key_shape(key: PublicKey) -> WebhookKey:
    """Return a public key."""
    return WebhookKey(
        str(key.id),
        key.state,
        key.bits,
        key.rsa_public,
        pem(key.rsa_public),
        fingerprint(key.rsa_public),
        standard(key.ed25519_public),
        wire_time(key.created),
        _time(key.activated),
        _time(key.retired),
    )


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else wire_time(moment)
