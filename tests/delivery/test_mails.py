"""Mails: handed to a server or kept in a folder, retried, refused, and never more than one message (spec 35 §10)."""

from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from desk import START

from mailserver import Taken, taking
from penstock.database.ids import uuid7
from penstock.delivery.mail.letters import TARGET, Letter, message
from penstock.delivery.mail.mailers import NoMailer, mailer
from penstock.delivery.mail.smtp import SmtpMailer
from penstock.errors import InvalidValueError
from penstock.mailing.server import MailServer, mail_server

if TYPE_CHECKING:
    import uuid
    from pathlib import Path

    from desk import Desk

    from mailserver import Server
    from receiver import Receiver

pytest_plugins = ["desk_fixtures"]

SHOP = "Nørth Shop <orders@north.example>"
TEXT = "Dear Ana,\n\n.\nyour PIN is 4711. Grüße!\n"


def letter(**own: Any) -> Letter:
    """Return a mail to Ana."""
    usual = {"template": "shipped", "to": "ana@shop.example", "subject": "Your order Ø1", "text": TEXT}
    return Letter(**{**usual, "entity": "ORDER:5120", "created": START, **own})


async def put(desk: Desk, **own: Any) -> uuid.UUID:
    """Put a mail into the outbox."""
    return await desk.put(schedule="exponential", **letter(**own).row())


def at(server: Server, scheme: str = "smtp+plain", login: str = "") -> MailServer:
    """Return the operator's choice of this server."""
    made = mail_server(f"{scheme}://{login}localhost:{server.port}", SHOP)
    assert made is not None
    return made


async def test_a_mail_is_handed_to_the_server(desk: Desk) -> None:
    async with taking() as server:
        desk.post.mailer = mailer(at(server))
        id_ = await put(desk)
        assert await desk.turns() == 1
    (mail,) = server.mails
    assert (mail.sender, mail.recipients) == ("orders@north.example", ("ana@shop.example",))
    got = mail.message
    assert got["From"] == "Nørth Shop <orders@north.example>"
    assert (got["To"], got["Subject"]) == ("ana@shop.example", "Your order Ø1")
    assert got["Message-ID"] == f"<{id_}@north.example>"
    assert got["Date"].datetime == START
    assert (got["X-OMS-Entity"], got["Auto-Submitted"]) == ("ORDER:5120", "auto-generated")
    assert got.get_content().replace("\r\n", "\n") == TEXT
    assert mail.content.isascii()
    delivery = await desk.delivery(id_)
    assert (delivery.status, delivery.name, delivery.url) == ("DELIVERED", "shipped", "mailto:ana@shop.example")
    (attempt,) = await desk.attempts(id_)
    assert (attempt.accepted, attempt.code, attempt.response, attempt.error) == (True, 250, "kept", None)


async def test_logs_and_audits_do_not_show_the_text(desk: Desk) -> None:
    desk.post.mailer = NoMailer()
    id_ = await put(desk)
    await desk.turns()
    shown = json.loads(await desk.log.body(id_))
    assert shown.keys() == {"template", "to", "subject", "entity", "created"}
    event = await desk.database.fetchval("SELECT event_id FROM outbox WHERE id = $1", id_)
    async with desk.database.transaction() as connection:
        (audited,) = await desk.log.of_events(connection, [(event, event)])
    assert json.loads(audited.body) == shown
    assert "4711" not in repr(audited)


async def test_a_server_that_is_down_gets_it_later_and_once(desk: Desk) -> None:
    async with taking() as gone:
        pass
    desk.post.mailer = mailer(at(gone))
    id_ = await put(desk)
    assert await desk.turns() == 2
    assert (await desk.delivery(id_)).status == "PENDING"
    (circuit,) = await desk.log.circuits.known()
    assert (circuit.target, circuit.failures) == (TARGET, 2)
    async with taking(port=gone.port) as server:
        assert await desk.wait(59) == 0
        assert await desk.wait(1) == 1
        assert await desk.wait(100_000) == 0
    assert len(server.mails) == 1
    assert (await desk.delivery(id_)).status == "DELIVERED"
    assert "Connect" in str((await desk.attempts(id_))[0].error)


async def test_many_mails_wait_for_a_server_that_is_down_and_all_arrive_once(desk: Desk, receiver: Receiver) -> None:
    async with taking() as gone:
        pass
    desk.post.mailer = mailer(at(gone))
    ids = [await put(desk, subject=f"mail {n}") for n in range(30)]
    await desk.turns()
    (circuit,) = await desk.log.circuits.known()
    assert circuit.paused_until is not None
    webhook = await desk.put(receiver.url)
    assert await desk.turns() == 1, "webhooks go on"
    assert (await desk.delivery(webhook)).status == "DELIVERED"
    async with taking(port=gone.port) as server:
        await desk.wait(30)
        await desk.wait(60)
    assert sorted(m.message["Subject"] for m in server.mails) == sorted(f"mail {n}" for n in range(30))
    assert {(await desk.delivery(id_)).status for id_ in ids} == {"DELIVERED"}


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
async def test_a_server_that_says_later_is_asked_again(desk: Desk, verb: str) -> None:
    async with taking() as server:
        desk.post.mailer = mailer(at(server))
        server.replies = {verb: ["451 greylisted", "450 not yet"]}
        id_ = await put(desk)
        assert await desk.turns() == 2
        assert (await desk.delivery(id_)).status == "PENDING"
        assert await desk.wait(60) == 1
    assert len(server.mails) == 1
    first, *_, last = await desk.attempts(id_)
    assert (first.code, first.error, last.accepted) == (451, "451 greylisted", True)
    assert await desk.log.circuits.known() == [], "the server is there"


@pytest.mark.parametrize("verb", ["RCPT", "."])
async def test_a_server_that_says_never_is_not_asked_again(desk: Desk, verb: str) -> None:
    async with taking() as server:
        desk.post.mailer = mailer(at(server))
        server.replies = {verb: ["550 nobody here"]}
        id_ = await put(desk)
        assert await desk.turns() == 1
        assert await desk.wait(100_000) == 0
        delivery = await desk.delivery(id_)
        assert (delivery.status, delivery.attempts) == ("FAILED", 1)
        (attempt,) = await desk.attempts(id_)
        assert (attempt.code, attempt.error) == (550, "550 nobody here")
        assert await desk.log.circuits.known() == []
        await desk.log.redeliver(id_)
        await desk.turns()
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("verb", "reply"), [("EHLO", "554 go away"), ("RCPT", "421 closing"), (".", "421 closing"), ("MAIL", "421 closing")]
)
async def test_a_server_that_talks_to_nobody_is_down(desk: Desk, verb: str, reply: str) -> None:
    async with taking() as server:
        desk.post.mailer = mailer(at(server))
        server.replies = {verb: [reply, reply], "HELO": [reply, reply]}
        id_ = await put(desk)
        assert await desk.turns() == 2
        (circuit,) = await desk.log.circuits.known()
        assert (circuit.target, circuit.failures) == (TARGET, 2)
        await desk.wait(60)
    assert (await desk.delivery(id_)).status == "DELIVERED"


async def test_a_server_that_does_not_answer_holds_nobody(desk: Desk) -> None:
    async with taking() as server:
        server.replies = {"DATA": ["354-slow"]}  # and the rest never comes
        desk.post.mailer = SmtpMailer(at(server), seconds=0.2)
        id_ = await put(desk)
        await desk.turn()
    (attempt,) = await desk.attempts(id_)
    assert attempt.error == "no answer in time"


async def test_a_farewell_that_fails_is_no_failure(desk: Desk) -> None:
    async with taking() as server:
        desk.post.mailer = mailer(at(server))
        server.replies = {"QUIT": ["554 never"]}
        id_ = await put(desk)
        assert await desk.turns() == 1
    assert (await desk.delivery(id_)).status == "DELIVERED"


# --- TLS and passwords ---


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server shows, and what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(file)
    return shown, ssl.create_default_context(cadata=made.public_bytes(Encoding.PEM).decode())


async def test_starttls_and_the_password(desk: Desk, tmp_path: Path) -> None:
    shown, trusting = certificate(tmp_path)
    async with taking(shown, password="hunter2") as server:
        desk.post.mailer = SmtpMailer(at(server, "smtp", "shop:hunter2@"), trusting)
        await put(desk)
        await desk.turns()
    assert len(server.mails) == 1
    verbs = [line.partition(" ")[0] for line in server.said]
    assert verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]


async def test_a_wrong_password_is_tried_again_and_told_to_nobody(desk: Desk, tmp_path: Path) -> None:
    shown, trusting = certificate(tmp_path)
    async with taking(shown, password="hunter2") as server:
        desk.post.mailer = SmtpMailer(at(server, "smtp", "shop:letmein@"), trusting)
        id_ = await put(desk)
        assert await desk.turns() == 2
    assert server.mails == []
    delivery, attempts = await desk.delivery(id_), await desk.attempts(id_)
    assert (delivery.status, attempts[0].code) == ("PENDING", 535)
    assert "letmein" not in repr(attempts)


async def test_without_the_tls_that_was_asked_for_nothing_is_sent(desk: Desk, tmp_path: Path) -> None:
    shown, _ = certificate(tmp_path)
    async with taking() as bare, taking(shown, password="hunter2") as unknown:
        for server in (bare, unknown):  # one offers none, the other's certificate nobody knows
            desk.post.mailer = SmtpMailer(at(server, "smtp", "shop:hunter2@"))
            await put(desk)
            await desk.turns()
            assert server.mails == []
            assert not any(line.startswith(("AUTH", "MAIL")) for line in server.said)


# --- without a server ---


async def test_a_folder_keeps_what_no_server_takes(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mail"
    desk.post.mailer = mailer(mail_server(folder.as_uri(), ""))
    id_ = await put(desk)
    assert await desk.turns() == 1
    (file,) = folder.iterdir()
    assert file.name == f"{id_}.eml"
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    kept = Taken("", (), file.read_bytes()).message
    assert (kept["To"], kept["From"]) == ("ana@shop.example", "penstock@localhost")
    assert kept.get_content().replace("\r\n", "\n") == TEXT
    (attempt,) = await desk.attempts(id_)
    assert (attempt.accepted, attempt.response) == (True, f"kept as {file}")


async def test_a_folder_that_cannot_be_written_is_tried_again(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    desk.post.mailer = mailer(mail_server((tmp_path / "mail").as_uri(), ""))
    id_ = await put(desk)
    await desk.turns()
    assert (await desk.delivery(id_)).status == "PENDING"
    (tmp_path / "mail").unlink()
    await desk.wait(60)
    assert (await desk.delivery(id_)).status == "DELIVERED"


async def test_nobody_to_take_it(desk: Desk) -> None:
    desk.post.mailer = mailer(None)
    id_ = await put(desk)
    assert await desk.turns() == 1
    delivery = await desk.delivery(id_)
    assert (delivery.status, delivery.attempts) == ("FAILED", 1)
    assert "PENSTOCK_MAIL_URL" in str((await desk.attempts(id_))[0].error)


# --- injection ---

EVIL = (
    "x\r\n.\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<all@evil.example>\r\nDATA\r\nSubject: evil\r\n\r\nbuy\r\n.\r\n"
)


async def test_a_text_cannot_end_the_message(desk: Desk) -> None:
    async with taking() as server:
        desk.post.mailer = mailer(at(server))
        for text in (EVIL, EVIL.replace("\r\n", "\n"), EVIL.replace("\r\n", "\r"), ".", "\n..\n", ""):
            await put(desk, text=text)
        await desk.turns()
    assert len(server.mails) == 6
    assert {m.recipients for m in server.mails} == {("ana@shop.example",)}
    first = next(m.message.get_content() for m in server.mails if "buy" in m.message.get_content())
    assert first.split() == EVIL.split()


@pytest.mark.parametrize("field", ["subject", "entity"])
async def test_a_value_cannot_begin_a_header(desk: Desk, field: str) -> None:
    async with taking() as server:
        desk.post.mailer = mailer(at(server))
        await put(desk, **{field: "a\r\nBcc: eve@evil.example\nX: y\r\n\r\nbody"})
        await desk.turns()
    (mail,) = server.mails
    assert mail.message["Bcc"] is None
    assert mail.recipients == ("ana@shop.example",)
    assert "a Bcc: eve@evil.example X: y body" in mail.message.values()


@pytest.mark.parametrize("to", ["ana@shop.example\r\nRCPT TO:<eve@evil.example>", "a@b.example,c@d.example", "a b@c"])
async def test_whatever_stored_it_what_is_no_address_gets_nothing(desk: Desk, to: str) -> None:
    with pytest.raises(InvalidValueError, match="no mail address"):
        message(uuid7(START), letter(to=to), MailServer("file", "a@b.example"))
    async with taking() as server:
        desk.post.mailer = mailer(at(server))
        id_ = await put(desk, to=to)
        await desk.turns()
    assert server.said == []
    assert (await desk.delivery(id_)).status == "FAILED"


async def test_a_webhook_that_calls_itself_mail_is_none(desk: Desk) -> None:
    """What a workflow names as the address of a webhook never reaches the mail server."""
    async with taking() as server:
        desk.post.mailer = mailer(at(server))
        ids = [await desk.put(url) for url in ("mailto:eve@evil.example", "mail", "mail://x", "")]
        await desk.turns()
    assert server.said == []
    assert {(await desk.delivery(id_)).status for id_ in ids} == {"FAILED"}
