"""Who takes mails: the installation's server, or where there is none a folder, or nobody."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Protocol

from penstock.delivery.mail.letters import UNSENDABLE, letter, message
from penstock.delivery.mail.smtp import SmtpMailer
from penstock.delivery.outcomes import Outcome, storable
from penstock.mailing.server import URL

if TYPE_CHECKING:
    import uuid
    from pathlib import Path

    from penstock.mailing.server import MailServer


class Mailer(Protocol):
    """Takes a mail of the outbox."""

    async def send(self, id_: uuid.UUID, body: str) -> Outcome:
        """Return what came of it, whatever it is."""
        ...


class NoMailer:
    """Refuses every mail, so that it stands in the log as given up, and can be sent from there later."""

    async def send(self, id_: uuid.UUID, body: str) -> Outcome:
        """Send nothing, and say so."""
        del id_, body
        return Outcome(error=f"there is no mail server: set {URL}, then deliver it again", refused=True)


class FolderMailer:
    """Keeps mails as files, for a developer to look at: ``<delivery>.eml``, which mail programs open."""

    def __init__(self, server: MailServer, folder: Path) -> None:
        self._server = server
        self._folder = folder

    async def send(self, id_: uuid.UUID, body: str) -> Outcome:
        """Write a file; sent again, it is the same one."""
        file = self._folder / f"{id_}.eml"
        try:
            content = message(id_, letter(body), self._server).as_bytes()
            await asyncio.to_thread(_write, file, content)
        except OSError as error:
            return Outcome(error=storable(f"{type(error).__name__}: {error}"), down=True)
        except UNSENDABLE as error:
            return Outcome(error=storable(str(error)), refused=True)
        return Outcome(response=f"kept as {file}", accepted=True)


def _write(file: Path, content: bytes) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    unfinished.replace(file)


def mailer(server: MailServer | None) -> Mailer:
    """Return who takes the mails of an installation."""
    if server is None:
        return NoMailer()
    return SmtpMailer(server) if server.folder is None else FolderMailer(server, server.folder)
