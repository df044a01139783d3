"""SendEmail: what it says, whom it goes to, and how it fails (spec 35 §10)."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.mailing.limits import LONGEST_TEXT
from penstock.mailing.templates import TEMPLATES
from penstock.plugins.child.described import action as described
from penstock.plugins.hosts.checks import Known, actions
from penstock.rules import Mail, Rule, RuleError, SendEvent
from penstock.rules.questions import ById, ByRef, Setting
from penstock.testing import run
from penstock.testing.context import FakeContext
from penstock.testing.orders import HomeDelivery
from penstock.testing.simulation import Simulation
from penstock.testing.trees import Tree, row

ANA = row("Customer", id=7, ref="ana", first_name="Ana", last_name="Lee", primary_email="ana@shop.example")
NAME = "core.SendEmail"


def texts(template: str, **own: Any) -> dict[Any, Any]:
    """Return the answers of a retailer with a customer, and own texts for a template."""
    return {ById("Customer", 7): ANA, Setting(f"notification.template.{template}"): own or None}


def sent(context: FakeContext, **props: Any) -> Mail:
    """Return the only mail of the rule."""
    (mail,) = run(NAME, context, **props)
    assert isinstance(mail, Mail)
    return mail


def test_an_order_is_confirmed_to_its_customer() -> None:
    order = HomeDelivery(("CAP", 2), ("SOCKS", 1))
    mail = sent(order.context(answers=texts("order-confirmation")), template="order-confirmation", to="customer")
    assert (mail.template, mail.to, mail.subject) == ("order-confirmation", "ana@shop.example", "Your order O1")
    lines = "2 \N{MULTIPLICATION SIGN} CAP\n1 \N{MULTIPLICATION SIGN} SOCKS\n"
    for part in ("Dear Ana Lee,", lines, "\n\nWe write to you"):
        assert part in mail.text


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_template_can_be_sent_for_a_fulfilment(template: str) -> None:
    order = HomeDelivery(("CAP", 2))
    fulfilment = order.fulfilment("ESCALATED", (10, 2, 0, 0))
    context = order.context(fulfilment, name="Fulfilment", answers=texts(template))
    mail = sent(context, template=template, to="customer")
    assert "{{" not in mail.subject + mail.text


def test_the_event_follows_when_the_mail_is_queued() -> None:
    context = HomeDelivery().context(answers=texts("shipped"))
    mail, event = run(NAME, context, template="shipped", to="customer", eventName="Told")
    assert isinstance(mail, Mail)
    assert event == SendEvent("Told")


@pytest.mark.parametrize(
    ("to", "wanted"),
    [
        ("ops@north.example", "ops@north.example"),
        ("{{event.attributes.email}}", "eva@shop.example"),
        ("{{ entity.attributes.contact }}", "tom@shop.example"),
        ("{{customer.primaryEmail}}", "ana@shop.example"),
        ("store-{{entity.attributes.place}}@north.example", "store-7@north.example"),
    ],
)
def test_whom_it_goes_to(to: str, wanted: str) -> None:
    context = HomeDelivery().context(attributes={"email": "eva@shop.example"}, answers=texts("escalated"))
    contact = [{"name": "contact", "value": "tom@shop.example"}, {"name": "place", "value": 7}]
    context.entity.attributes = contact
    assert sent(context, template="escalated", to=to).to == wanted


def test_nobody_asks_for_a_customer_that_no_word_is_about() -> None:
    context = HomeDelivery().context()
    sent(context, template="escalated", to="ops@north.example")
    assert [question for question, _ in context.asked] == [Setting("notification.template.escalated")]


def test_a_retailers_own_texts() -> None:
    own = {"subject": "{{order.type}}: {{event.attributes.why}}", "text": "{{entity.id}}\n{{customer.title}}."}
    context = HomeDelivery().context(attributes={"why": "rain"}, answers=texts("cancelled", **own))
    mail = sent(context, template="cancelled", to="customer")
    assert (mail.subject, mail.text) == ("HD: rain", "1\n.")


def test_values_stay_what_they_are() -> None:
    """Nothing in a value begins a header, another line of the subject, or a placeholder."""
    evil = "x\r\nBcc: eve@evil.example\r\n\r\n{{customer.primaryEmail}}"
    own = {"subject": "{{event.attributes.why}}", "text": "{{event.attributes.why}}"}
    context = HomeDelivery().context(attributes={"why": evil}, answers=texts("cancelled", **own))
    mail = sent(context, template="cancelled", to="customer")
    assert mail.subject == "x Bcc: eve@evil.example {{customer.primaryEmail}}"
    assert mail.text == evil


def refund(**memo: Any) -> FakeContext:
    """Return the context of an event to a credit memo."""
    account = row("BillingAccount", id=1, ref="B1", customer_id=7, status="ACTIVE")
    credit = row("CreditMemo", id=2, ref="CM1", billing_account_id=1, status="COMPLETE", **memo)
    credit.total_amount = {"amount": 12.5, "scale": 2}
    tree = Tree(BillingAccount=[account], CreditMemo=[credit])
    answers = texts("refund", text="{{entity.totalAmount.amount}} {{order.ref}} {{order.status}}")
    answers[ByRef("Order", "O9")] = row("Order", id=9, ref="O9", status="COMPLETE")
    answers[ByRef("Order", "O8")] = None
    return FakeContext("CreditMemo", credit, root=account, tree=tree, answers=answers)


def test_a_credit_memo_knows_customer_and_order() -> None:
    mail = sent(refund(order_link={"ref": "O9"}), template="refund", to="customer")
    assert (mail.to, mail.text) == ("ana@shop.example", "12.50 O9 COMPLETE")


@pytest.mark.parametrize(
    ("link", "why"), [(None, "CREDIT_MEMO CM1 has no order$"), ({"ref": "O8"}, "has no order: O8 does not exist")]
)
def test_an_order_that_is_missing(link: Any, why: str) -> None:
    with pytest.raises(RuleError, match=why) as failed:
        run(NAME, refund(order_link=link), template="refund", to="customer")
    assert failed.value.code == 404


def test_a_return_leads_to_its_order_and_customer() -> None:
    back = row("ReturnOrder", id=3, ref="R1", order_link={"ref": "O9"}, customer_id=7, status="COMPLETE")
    answers = texts("refund") | {ByRef("Order", "O9"): row("Order", id=9, ref="O9")}
    context = FakeContext("ReturnOrder", back, root=back, tree=Tree(ReturnOrder=[back]), answers=answers)
    assert "(R1)" in sent(context, template="refund", to="customer").text


@pytest.mark.parametrize("customer_id", [None, 7])
def test_a_customer_that_is_missing(customer_id: int | None) -> None:
    order = HomeDelivery()
    order.order.customer_id = customer_id
    context = order.context(answers={ById("Customer", 7): None})
    with pytest.raises(RuleError, match="ORDER O1 has no customer") as failed:
        run(NAME, context, template="shipped", to="customer")
    assert failed.value.code == 404


def test_an_entity_without_order_and_customer() -> None:
    place = row("Location", id=1, ref="DC")
    context = FakeContext("Location", place, root=place)
    with pytest.raises(RuleError, match="LOCATION DC has no order"):
        run(NAME, context, template="escalated", to="ops@north.example")


@pytest.mark.parametrize(
    ("to", "own", "why"),
    [
        ("nobody", {}, "to is 'nobody', which is no mail address"),
        ("a@b.example, c@d.example", {}, "which is no mail address"),
        ("{{event.attributes.email}}", {}, r"\{\{event.attributes.email\}\} leads nowhere: attributes has no email"),
        ("{{event.attributes.evil}}", {}, "which is no mail address"),
        ("{{entity.status}}", {}, "to is 'BOOKED'"),
        ("{{settings.password}}", {}, r"\{\{settings…\}\} leads nowhere; begin with one of entity, order, customer"),
        ("customer", {"text": "{{order.secret}}"}, "template shipped: .*order.secret.* leads nowhere"),
        ("customer", {"text": "{{entity.retailer.name}}"}, "template shipped: .*retailer has no name"),
        ("customer", {"subject": "{{event.name}}"}, "template shipped: .*event has no name, but attributes"),
        ("customer", {"text": "{{order"}, "two braces without a placeholder"),
        ("customer", {"text": 5}, "text of setting notification.template.shipped must be a text, not 5"),
        ("customer", {"subject": "{{customer.title}}"}, "the subject of a mail is one line of text, not ''"),
        ("customer", {"text": "x" * (LONGEST_TEXT + 1)}, "the text of a mail has 100000 characters at most"),
    ],
)
def test_what_is_wrong_is_named(to: str, own: dict[str, Any], why: str) -> None:
    evil = {"evil": "a@b.example\r\nBcc: eve@evil.example"}
    context = HomeDelivery().context(attributes=evil, answers=texts("shipped", **own))
    with pytest.raises(RuleError, match=why) as failed:
        run(NAME, context, template="shipped", to=to)
    assert failed.value.code == 400


def test_an_unknown_template() -> None:
    with pytest.raises(RuleError, match=r"property template must be one of cancelled, .*, not party"):
        run(NAME, HomeDelivery().context(), template="party", to="customer")


# --- in a workflow ---


def document(*names_and_props: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a workflow with these rules, whose mail leads to the status TOLD."""

    def ruleset(name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
        return {"name": name, "type": "ORDER", "eventType": "NORMAL", "triggers": [], "rules": rules}

    rules = [{"name": f"ACME.{name}", "props": props} for name, props in names_and_props]
    told = [{"name": "ACME.core.SetState", "props": {"status": "TOLD"}}]
    head = {"entityType": "ORDER", "entitySubtype": "HD", "version": "1.0", "statuses": []}
    return {**head, "rulesets": [ruleset("Go", rules), ruleset("Told", told)]}


def shop(*rules: tuple[str, dict[str, Any]], **settings: Any) -> tuple[Simulation, Any]:
    """Return a simulation with an order of Ana's."""
    simulation = Simulation([document(*rules)], settings=settings)
    ana = simulation.add("Customer", ref="ana", first_name="Ana", primary_email="ana@shop.example")
    return simulation, simulation.add("Order", ref="O1", type="HD", customer_id=ana.id)


def test_a_mail_is_queued_and_the_workflow_goes_on() -> None:
    props = {"template": "shipped", "to": "customer", "eventName": "Told"}
    simulation, order = shop((NAME, props), **{"notification.template.shipped": {"text": "PIN {{order.ref}}-77"}})
    played = simulation.send("Go", order)
    (mail,) = played.mails
    assert (mail.template, mail.to, mail.subject, mail.text) == (
        *("shipped", "ana@shop.example", "Your order O1 is on its way", "PIN O1-77"),
    )
    assert mail.entity == f"ORDER:{order.id}"
    assert played.webhooks == []
    assert simulation.one("Order").status == "TOLD"
    (action, _) = played.happened[0].actions
    assert action == ("Mail", "shipped", "ana@shop.example", "Your order O1 is on its way")  # and not its text


def test_a_rule_that_fails_sends_no_mail() -> None:
    simulation, order = shop((NAME, {"template": "shipped", "to": "customer"}), ("order.CreateFulfilment", {}))
    played = simulation.send("Go", order)
    assert played.happened[0].result == "FAILED"
    assert played.mails == []


# --- of rules that are not ours ---


@pytest.mark.parametrize(
    ("mail", "why"),
    [
        (Mail("x", "a@b.example\r\nRCPT TO:<c@d.example>", "s", "t"), "which is no mail address"),
        (Mail("x", "a@b.example", "s\r\nBcc: c@d.example", "t"), "the subject of a mail is one line"),
        (Mail("x", "a@b.example", "s", "t" * (LONGEST_TEXT + 1)), "the text of a mail has"),
    ],
)
def test_the_engine_looks_at_mails_of_any_rule(mail: Mail, why: str) -> None:
    def careless(_: str) -> Rule:
        return Rule("shop.Careless", "Send a mail", (), mails=True, function=lambda _: [mail])

    simulation = Simulation([document(("shop.Careless", {}))], resolve=careless)
    played = simulation.send("Go", simulation.add("Order", ref="O1", type="HD"))
    assert played.mails == []
    assert why in played.failures[0]


def test_a_plugins_mail_crosses_from_its_process() -> None:
    mail = Mail("own", "ana@shop.example", "s", "t")
    known = Known(lambda _table, _id: None)
    assert actions([described(mail)], known) == [mail]
    for wrong in (["Mail", "", "a@b.example", "s", "t"], ["Mail", "x", 5, "s", "t"], ["Mail", "x", "a@b.example", "s"]):
        with pytest.raises(RuleError):
            actions([wrong], known)
