"""A mail as the outbox keeps it, and the message that is made of it when it is sent."""

from __future__ import annotations

from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.errors import PenstockError
from penstock.mailing.addresses import address, domain
from penstock.mailing.limits import one_line

if TYPE_CHECKING:
    import uuid

    from penstock.mailing.server import MailServer

UNSENDABLE = (ValueError, PenstockError, msgspec.MsgspecError)  # what is stored is no mail; none of ours is like that
TARGET = "mail"  # of every mail: the installation's server. No webhook's target is like this: those are URLs


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What the outbox keeps of a mail; its sender is only known to who sends it."""

    template: str
    to: str
    subject: str
    text: str
    entity: str  # "ORDER:5120"
    created: datetime

    def encoded(self) -> str:
        """Return it in JSON."""
        return msgspec.json.encode(self).decode()

    def row(self) -> dict[str, Any]:
        """Return what it is in a row of the outbox."""
        about = {"name": self.template, "url": f"mailto:{self.to}", "host": domain(self.to)}
        return {**about, "target": TARGET, "body": self.encoded()}


def letter(body: str) -> Letter:
    """Return a mail of the outbox."""
    return msgspec.json.decode(body, type=Letter)


def told(target: str, body: str) -> str:
    """Return what logs and audits show of a body: of a mail all but its text, which is for nobody but its reader."""
    if target != TARGET:
        return body
    shown = msgspec.json.decode(body)
    shown.pop("text", None)
    return msgspec.json.encode(shown).decode()


def message(id_: uuid.UUID, sent: Letter, server: MailServer) -> EmailMessage:
    """Return the message: the same each time, as far as a reader can tell, and known by its id.

    The text is quoted-printable, so that no line of it can mean anything to a server.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(server.sender_name, addr_spec=server.sender)
    made["To"] = Address(addr_spec=address(sent.to))
    # As Header writes it: older versions of Python lose spaces of long subjects in other alphabets (gh-92081).
    made.set_raw("Subject", Header(one_line(sent.subject), header_name="Subject").encode())
    made["Date"] = sent.created
    made["Message-ID"] = f"<{id_}@{domain(server.sender)}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-OMS-Entity"] = one_line(sent.entity)
    made.set_content(sent.text, charset="utf-8", cte="quoted-printable")
    return made
