"""Which account an event is booked on, and which order or return it is about (spec 33 §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules import RuleError
from penstock.rules.builtin.billing.references import NAME, read
from penstock.rules.questions import ByRef, Matching

if TYPE_CHECKING:
    from penstock.rules import Context

Row = Any

SEVERAL = "the customer has several billing accounts"
NO_CUSTOMER = "there is no customer"


async def account_of_customer(context: Context, owner: Row) -> Row | None:
    """Return the billing account of the customer of an order or return, None where there is none.

    ``RuleError`` 422 without a customer, and where there are several accounts.
    """
    if owner.customer_id is None:
        raise RuleError(f"{context.event.entity_type} {owner.ref} has no customer, so no billing account", 422)
    where = (("customer_id", (owner.customer_id,)), ("retailer_id", (owner.retailer_id,)))
    found = await context.ask(Matching("BillingAccount", where))
    if len(found) > 1:
        refs = ", ".join(account.ref for account in found)
        raise RuleError(f"customer {owner.customer_id} has {len(found)} billing accounts: {refs}; leave one", 422)
    return found[0] if found else None


async def account_for(context: Context) -> Row:
    """Return the account that an event is booked on.

    That is the event's entity; else what ``entityReference`` names, where it names an account; else the customer's.
    ``RuleError`` 404 for a name without an account, 422 where the customer has none.
    """
    if context.entity_name == "BillingAccount":
        return context.entity
    if context.event.attributes.get(NAME) is not None and read(context).means("BillingAccount"):
        return await named_account(context)
    account = await account_of_customer(context, context.entity)
    if account is None:
        raise RuleError(f"the customer of {context.event.entity_type} {context.entity.ref} has no billing account", 422)
    return account


async def named_account(context: Context) -> Row:
    """Return the account that ``entityReference`` names; ``RuleError`` 404 where there is none of that ref."""
    named = read(context)
    if not named.means("BillingAccount"):
        raise RuleError(f"attribute {NAME} must name a BILLING_ACCOUNT, but names {named.type} {named.ref}", 422)
    account = await context.ask(ByRef("BillingAccount", named.ref))
    if account is None:
        raise RuleError(f"attribute {NAME}: there is no billing account {named.ref}", 404)
    return account


async def source_for(context: Context, entity: str) -> Row:
    """Return the order or return that an event is about: its entity, at an account what ``entityReference`` names.

    ``RuleError`` 422 where it names something else than ``entity``, 404 where that does not exist.
    """
    if context.entity_name == entity:
        return context.entity
    named = read(context)
    if not named.means(entity):
        raise RuleError(f"attribute {NAME} must name one {entity}, but names {named.type} {named.ref}", 422)
    found = await context.ask(ByRef(entity, named.ref, within=context.event.retailer_id))
    if found is None:
        raise RuleError(f"attribute {NAME}: there is no {entity} {named.ref}", 404)
    return found
