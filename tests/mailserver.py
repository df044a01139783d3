"""A mail server on this machine that answers what a test tells it to (RFC 5321, as far as Penstock speaks it)."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from email.message import EmailMessage


@dataclass(frozen=True)
class Taken:
    """A mail that was accepted: who sent it to whom, as the dialogue said, and the message."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """Return the message as mail programs read it."""
        return message_from_bytes(self.content, policy=policy.default)


@dataclass
class Server:
    """What came. ``replies`` are said in turn in place of the usual ones, by verb; "." is the end of a message."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    password: str = ""
    mails: list[Taken] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # every command, whoever said it
    replies: dict[str, list[str]] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    dialogues: set[asyncio.Task[None]] = field(default_factory=set)

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one dialogue, for as long as the other side and the test do."""
        task = asyncio.current_task()
        assert task is not None
        self.dialogues.add(task)
        with suppress(EOFError, OSError, asyncio.CancelledError):
            await self._talk(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        self.dialogues.discard(task)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test\r\n")
        sender, recipients = "", list[str]()
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            verb, _, rest = line.partition(" ")
            self.said.append(line)
            reply = self._scripted(verb) or self._usual(verb, rest)
            writer.write(f"{reply}\r\n".encode())
            await writer.drain()
            if verb == "STARTTLS" and reply.startswith("220") and self.tls:
                await writer.start_tls(self.tls)
            elif verb == "MAIL":
                sender, recipients = _path(rest), []
            elif verb == "RCPT" and reply.startswith("250"):
                recipients.append(_path(rest))
            elif verb == "DATA" and reply.startswith("354"):
                content = await reader.readuntil(b"\r\n.\r\n")
                ending = self._scripted(".") or "250 kept"
                if ending.startswith("250"):
                    self._take(Taken(sender, tuple(recipients), content[:-3].replace(b"\r\n..", b"\r\n.")))
                writer.write(f"{ending}\r\n".encode())
            if verb == "QUIT" or reply.startswith("421"):
                break

    def _scripted(self, verb: str) -> str:
        waiting = self.replies.get(verb)
        return waiting.pop(0) if waiting else ""

    def _usual(self, verb: str, rest: str) -> str:
        if verb == "EHLO":
            more = (["STARTTLS"] if self.tls else []) + (["AUTH PLAIN"] if self.password else [])
            return "\r\n".join(["250-mail.test", *(f"250-{each}" for each in more), "250 8BITMIME"])
        if verb == "AUTH":
            given = base64.b64decode(rest.partition(" ")[2]).split(b"\0")[-1].decode()
            return "235 welcome" if given == self.password else "535 who are you"
        return {"DATA": "354 go on", "QUIT": "221 bye", "STARTTLS": "220 go on"}.get(verb, "250 good")

    def _take(self, mail: Taken) -> None:
        self.mails.append(mail)
        self.arrived.set()

    async def until(self, count: int, seconds: float = 60) -> None:
        """Wait until so many mails have come."""
        async with asyncio.timeout(seconds):
            while len(self.mails) < count:
                self.arrived.clear()
                await self.arrived.wait()


def _path(rest: str) -> str:
    return rest[rest.index("<") + 1 : rest.index(">")]


@asynccontextmanager
async def taking(tls: ssl.SSLContext | None = None, password: str = "", port: int = 0) -> AsyncIterator[Server]:
    """Listen on a port of the loopback address; ``tls`` offers STARTTLS."""
    made = Server(tls=tls, password=password)
    listening = await asyncio.start_server(made.hear, "127.0.0.1", port)
    made.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield made
        for task in made.dialogues:
            task.cancel()
        await asyncio.gather(*made.dialogues)
