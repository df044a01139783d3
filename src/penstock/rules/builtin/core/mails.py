"""Telling people by mail (spec 35 §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError
from penstock.mailing.addresses import address
from penstock.mailing.filling import filled, scopes
from penstock.mailing.limits import check, one_line
from penstock.mailing.templates import SETTING, TEMPLATES
from penstock.rules import Context, Mail, Prop, PropType, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import forward
from penstock.rules.builtin.core.addressees import VALUES
from penstock.rules.questions import ById, ByRef, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.mailing.templates import Template

CUSTOMER = "customer"  # as ``to``: the order's customer
_CUSTOMERS_ADDRESS = "{{customer.primaryEmail}}"


@rule(
    "core.SendEmail",
    "Send a mail by the template {template} to {to}, then {eventName}",
    Prop("template", "what is said", PropType.ENUM, values=tuple(TEMPLATES)),
    Prop("to", "an address, `customer`, or a placeholder such as `{{event.attributes.email}}`"),
    Prop("eventName", "name of the event to send once the mail is queued", default=None),
    sends=Sends("{eventName}"),
    reads=("Order", "OrderItem", "ReturnOrder", "BillingAccount", "Location", "FulfilmentOption"),
    asks=(Setting, ById, ByRef),
    mails=True,
    fails={
        400: "`to` is no address, a placeholder leads nowhere, or the setting with the retailer's texts is none",
        404: "the order or the customer that the mail speaks of does not exist",
    },
)
async def send_email(context: Context) -> list[Mail | SendEvent]:
    """Send one mail, by the retailer's own texts where a setting has them."""
    try:
        template = TEMPLATES[context.prop("template")]
        template = template.replaced(await context.ask(Setting(SETTING + template.name)))
        mail = await _written(context, template)
    except InvalidValueError as error:
        raise RuleError(error.message) from None
    return [mail] if context.prop("eventName") is None else [mail, forward(context)]


async def _written(context: Context, template: Template) -> Mail:
    """Return the mail; ``InvalidValueError`` says what is wrong with an address or a placeholder."""
    to = context.prop("to").strip()
    to = _CUSTOMERS_ADDRESS if to == CUSTOMER else to
    values = await _values(context, template.scopes | scopes(to))
    try:
        subject, text = one_line(filled(template.subject, values)), filled(template.text, values)
    except InvalidValueError as error:
        raise InvalidValueError(f"template {template.name}: {error.message}") from None
    mail = Mail(template.name, address(filled(to, values)), subject, text)
    check(mail.to, mail.subject, mail.text)
    return mail


async def _values(context: Context, wanted: set[str]) -> Mapping[str, Any]:
    """Return what placeholders may stand for, as far as it is wanted, by its first word."""
    if unknown := sorted(wanted - VALUES.keys()):
        raise InvalidValueError(f"{{{{{unknown[0]}…}}}} leads nowhere; begin with one of {', '.join(VALUES)}")
    return {scope: await VALUES[scope](context) for scope in VALUES if scope in wanted}
