"""Giving a mail to the operator's server, by SMTP.

aiosmtplib, since it runs in the loop of the couriers: a mail has one deadline over all of its dialogue, as a webhook
has, and ends with its courier. smtplib would need a thread that nobody can stop.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from penstock.delivery.mail.letters import UNSENDABLE, letter, message
from penstock.delivery.outcomes import MOST_SECONDS, SECONDS_TO_ANSWER, Outcome, storable
from penstock.mailing.server import STARTTLS, TLS

if TYPE_CHECKING:
    import ssl
    import uuid

    from penstock.mailing.server import MailServer

_TAKEN = 250
_LEAVES = 421  # the server closes: it is out of order, whatever it was told
_FINAL = 500


class SmtpMailer:
    """Gives each mail to the server by a connection of its own."""

    def __init__(self, server: MailServer, tls: ssl.SSLContext | None = None, seconds: float = MOST_SECONDS) -> None:
        """Prepare; ``tls`` is for servers whose certificate the system does not know."""
        self._server = server
        self._tls = tls
        self._seconds = seconds

    async def send(self, id_: uuid.UUID, body: str) -> Outcome:
        """Send a mail of the outbox; return what came of it, whatever it is."""
        client = self._client()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._told(client, id_, body)
        except TimeoutError:
            return Outcome(error="no answer in time", down=True)
        except SMTPResponseException as error:
            return _answered(error.code, error.message, down=True)
        except (SMTPException, OSError) as error:
            return Outcome(error=storable(f"{type(error).__name__}: {error}"), down=True)
        except UNSENDABLE as error:
            return Outcome(error=storable(str(error)), refused=True)
        finally:
            client.close()

    async def _told(self, client: SMTP, id_: uuid.UUID, body: str) -> Outcome:
        sent = letter(body)
        made = message(id_, sent, self._server).as_bytes()
        await client.connect()
        try:
            _, answer = await client.sendmail(self._server.sender, [sent.to], made)
        except SMTPRecipientsRefused as error:
            first = error.recipients[0]
            return _answered(first.code, first.message, refused=first.code >= _FINAL)
        except SMTPDataError as error:
            return _answered(error.code, error.message, refused=error.code >= _FINAL)
        except SMTPSenderRefused as error:  # the operator's to put right; until then it is tried again
            return _answered(error.code, error.message)
        with suppress(SMTPException, OSError, TimeoutError):  # the mail is taken, whatever becomes of the farewell
            await client.quit(timeout=1)
        return Outcome(_TAKEN, storable(answer), accepted=True)

    def _client(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            local_hostname=socket.gethostname(),  # the default asks the network for a longer one
            timeout=SECONDS_TO_ANSWER,
            use_tls=server.scheme == TLS,
            start_tls=server.scheme == STARTTLS,
            tls_context=self._tls,
        )


def _answered(code: int, words: str, *, refused: bool = False, down: bool = False) -> Outcome:
    """Return what a refusal means; a server that says that it leaves is down."""
    down = down or code == _LEAVES
    return Outcome(code, error=storable(f"{code} {words}"), refused=refused, down=down)
