"""Addresses, placeholders, templates, and what an operator may name as a mail server (spec 35 §10)."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from uuid import UUID

import pytest

from penstock.delivery.mail.letters import Letter, message
from penstock.errors import InvalidValueError, SetupError
from penstock.mailing.addresses import address, domain, sender
from penstock.mailing.filling import filled, paths, scopes
from penstock.mailing.limits import LONGEST_SUBJECT, LONGEST_TEXT, check, one_line
from penstock.mailing.server import FOLDER, PLAIN, STARTTLS, TLS, MailServer, mail_server
from penstock.mailing.templates import TEMPLATES, Template
from penstock.settings import Settings

SHOP = "North Shop <orders@north.example>"


@pytest.mark.parametrize("good", ["ana@shop.example", "a.b+c=d'e@x-y.example", "ops@mailhost", " ana@shop.example "])
def test_addresses(good: str) -> None:
    assert address(good) == good.strip()


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "ana",
        "@shop.example",
        "ana@",
        "ana@shop..example",
        ".ana@shop.example",
        "ana@-shop.example",
        "ana@shop.example, eve@evil.example",
        "ana@shop.example\r\nBcc: eve@evil.example",
        "ana@shop.example\n",
        "ana@shop.example\0",
        "Ana <ana@shop.example>",
        "<ana@shop.example>",
        "ana@shop.example> SIZE=1",
        '"ana eve"@shop.example',
        "ana(eve)@shop.example",
        "ana@[127.0.0.1]",
        "änä@shop.example",
        "ana@shöp.example",
        "a" * 65 + "@shop.example",
        "a@" + ".".join(["b" * 63] * 4) + ".example",
    ],
)
def test_what_is_no_address(bad: str) -> None:
    with pytest.raises(InvalidValueError, match=r"^email is .*no mail address"):
        address(bad, "email")


def test_senders_and_domains() -> None:
    assert sender(SHOP, "X") == ("North Shop", "orders@north.example")
    assert sender("orders@north.example", "X") == ("", "orders@north.example")
    assert sender('"North" <a@b.example>', "X") == ("North", "a@b.example")
    assert domain("Ana@Shop.Example") == "shop.example"
    for bad in ("Shop <a@b.example>\r\nBcc: c@d.example", "Shop <a@b.example> <c@d.example>", "Shop\n <a@b.example>"):
        with pytest.raises(InvalidValueError):
            sender(bad, "X")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Dear {{ customer.firstName }},", "Dear Ana,"),
        ("{{a.n}}/{{a.f}}/{{a.g}}/{{a.b}}/{{a.none}}/{{a.at}}", "5/20.00/0.125/true//2026-03-02 09:00 UTC"),
        ("{{a.attributes.pin code}} {{a.attributes.fc.pin}} {{a.price.amount}}", "1 2 12.50"),
        ("{single} }{ {}", "{single} }{ {}"),
        ("{{a.braces}}", "{{customer.firstName}}"),
        ("{{a.half}}", "?"),
    ],
)
def test_placeholders_are_filled_once(text: str, wanted: str) -> None:
    values = {
        "customer": {"firstName": "Ana"},
        "a": {
            "n": 5,
            "f": 20.0,
            "g": 0.125,
            "b": True,
            "none": None,
            "at": datetime(2026, 3, 2, 9, tzinfo=UTC),
            "attributes": {"pin code": 1, "fc.pin": 2},
            "price": {"amount": 12.5},
            "braces": "{{customer.firstName}}",
            "half": "\ud800",
        },
    }
    assert filled(text, values) == wanted


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{customer.name}}", "customer has no name, but attributes, firstName"),
        ("{{customer.firstName.x}}", "firstName has no x"),
        ("{{customer.attributes.pin}}", "attributes has no pin"),
        ("{{customer}}", "no single value"),
        ("{{customer.attributes}}", "no single value"),
        ("{{}}", "a mail has no empty name"),
        ("{{#customer}}", "a mail has no #customer"),
        ("{{customer.__class__}}", "customer has no __class__"),
        ("{{customer.firstName", "two braces without a placeholder"),
        ("}}", "two braces without a placeholder"),
        ("{{{customer.firstName}}}x{{", "two braces"),
    ],
)
def test_a_placeholder_that_leads_nowhere_is_named(text: str, why: str) -> None:
    with pytest.raises(InvalidValueError, match=why):
        filled(text, {"customer": {"firstName": "Ana", "attributes": {}}})


def test_paths_and_scopes() -> None:
    assert paths("{{a.b}} {{ c.d.e }}") == ["a.b", "c.d.e"]
    assert scopes("{{a.b}} {{a.c}} {{d}}") == {"a", "d"}


def test_what_a_mail_keeps_to() -> None:
    check("ana@shop.example", "s" * LONGEST_SUBJECT, "t" * LONGEST_TEXT)
    assert one_line("a\r\nBcc: x\t y\0\u2028") == "a Bcc: x y"
    for subject in ("", " ", "a\r\nBcc: eve@evil.example", "a\0", "s" * (LONGEST_SUBJECT + 1)):
        with pytest.raises(InvalidValueError, match="subject"):
            check("ana@shop.example", subject, "")
    with pytest.raises(InvalidValueError, match="text of a mail"):
        check("ana@shop.example", "s", "t" * (LONGEST_TEXT + 1))


@pytest.mark.parametrize(
    "subject",
    [
        "Ваш заказ " * 12 + "WEB-70001",
        "commande expédiée déjà reçue " * 5 + "à l'adresse",
        "Grüße " + "x" * 200,
        "plain words, and =?utf-8?q? too; " * 5 + "end",
    ],
)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    server = MailServer(STARTTLS, "orders@north.example")
    created = datetime(2026, 3, 2, 9, tzinfo=UTC)
    sent = Letter(template="t", to="a@b.example", subject=subject, text="x", entity="ORDER:1", created=created)
    got = message_from_bytes(message(UUID(int=1), sent, server).as_bytes(), policy=SMTP)
    assert got["Subject"] == subject


def test_every_template_speaks_of_what_is_there() -> None:
    assert set(TEMPLATES) >= {"order-confirmation", "ready-for-collection", "shipped", "cancelled", "refund"}
    for template in TEMPLATES.values():
        assert template.scopes <= {"entity", "order", "customer"}, template.name
        assert template.subject
        assert "\n" not in template.subject
        assert template.text.endswith("\n")


def test_a_setting_replaces_what_it_gives() -> None:
    template = Template("shipped", "S", "T")
    assert template.replaced(None) == template
    assert template.replaced({"subject": "Own", "sms": "x"}) == Template("shipped", "Own", "T")
    assert template.replaced({"text": "Own"}) == Template("shipped", "S", "Own")
    for setting, why in (
        ("x", "notification.template.shipped must be an object"),
        ({"subject": 5}, "subject of"),
        ({"text": ""}, "text of setting notification.template.shipped"),
    ):
        with pytest.raises(InvalidValueError, match=why):
            template.replaced(setting)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("smtp://mail.example", (STARTTLS, "mail.example", 587, "", "")),
        ("smtps://shop:a%40b%2Fc@mail.example", (TLS, "mail.example", 465, "shop", "a@b/c")),
        ("smtp+plain://127.0.0.1:1025/", (PLAIN, "127.0.0.1", 1025, "", "")),
        ("smtp+plain://u:p@localhost", (PLAIN, "localhost", 25, "u", "p")),
        ("smtp://u:p@[2001:db8::1]:2525", (STARTTLS, "2001:db8::1", 2525, "u", "p")),
    ],
)
def test_servers(url: str, wanted: tuple[str, str, int, str, str]) -> None:
    server = mail_server(url, SHOP)
    assert server is not None
    assert (server.scheme, server.host, server.port, server.user, server.password) == wanted
    assert (server.sender, server.sender_name) == ("orders@north.example", "North Shop")


def test_a_folder_and_nothing() -> None:
    assert mail_server("", "") is None
    assert mail_server("file:///var/mail%20box", "") == MailServer(
        FOLDER, "penstock@localhost", folder=Path("/var/mail box")
    )


@pytest.mark.parametrize(
    ("url", "from_", "why"),
    [
        ("mail.example", SHOP, "PENSTOCK_MAIL_URL begins with no scheme"),
        ("https://mail.example", SHOP, "PENSTOCK_MAIL_URL begins with https://"),
        ("smtp://", SHOP, "PENSTOCK_MAIL_URL"),
        ("smtp://mail.example/inbox", SHOP, "PENSTOCK_MAIL_URL"),
        ("smtp://mail.example:99999", SHOP, "PENSTOCK_MAIL_URL is no address"),
        ("smtp://u@mail.example", SHOP, "not both"),
        ("smtp+plain://u:hunter2@mail.example", SHOP, "in the clear"),
        ("smtp://u:hunter2/x@mail.example", SHOP, "is no address.* write characters such as /"),
        ("smtp://u:hunter2#x@mail.example", SHOP, "is no address"),
        ("smtp://u:hunter2\u2100@mail.example", SHOP, "is no address"),
        ("file://host/folder", "", "no folder"),
        ("file:///", "", "no folder"),
        ("smtp://mail.example", "", "PENSTOCK_MAIL_FROM is not set"),
        ("smtp://mail.example", "nobody", "PENSTOCK_MAIL_FROM is 'nobody'"),
    ],
)
def test_what_cannot_be_a_server(url: str, from_: str, why: str) -> None:
    with pytest.raises(SetupError, match=why) as refused:
        mail_server(url, from_)
    assert "hunter2" not in refused.value.message


def test_the_environment_names_it_and_nobody_sees_the_password() -> None:
    given = {"PENSTOCK_MAIL_URL": "smtps://u:hunter2@mail.example", "PENSTOCK_MAIL_FROM": SHOP}
    settings = Settings.from_environment(given)
    assert settings.mail is not None
    assert settings.mail.password == "hunter2"
    assert "hunter2" not in repr(settings)
    assert Settings.from_environment({}).mail is None
