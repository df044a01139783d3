"""The server that an installation gives its mails to, or the folder that it keeps them in.

Only the operator names it, in the environment of the processes: no workflow, setting or event can.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import url2pathname

from penstock.errors import InvalidValueError, SetupError
from penstock.mailing.addresses import sender

URL, FROM = "PENSTOCK_MAIL_URL", "PENSTOCK_MAIL_FROM"
STARTTLS, TLS, PLAIN, FOLDER = "smtp", "smtps", "smtp+plain", "file"
_PORTS = {STARTTLS: 587, TLS: 465, PLAIN: 25}
_FORMS = "smtp://user:password@host:587, smtps://…:465, smtp+plain://host:25 or file:///folder"
_ESCAPES = "write characters such as / # ? @ in a password as %2F %23 %3F %40, and a port from 1 to 65535"
_NOBODY = "penstock@localhost"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails go, and whom they come from.

    ``scheme`` says how: STARTTLS (required, not only tried), TLS from the first byte, PLAIN without any, or into the
    ``folder``.
    """

    scheme: str
    sender: str
    sender_name: str = ""
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    folder: Path | None = None


def mail_server(url: str, from_: str) -> MailServer | None:
    """Return what the two variables say; None where no server is named.

    Raises:
        SetupError: one of them cannot be used. The message never shows the URL, which may hold a password.
    """
    name, address = _sender(from_)
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # what it says may be a part of the password
        raise SetupError(f"{URL} is no address. Use {_FORMS}; {_ESCAPES}.") from None
    if parts.scheme == FOLDER:
        return MailServer(FOLDER, address or _NOBODY, name, folder=_folder(parts))
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise SetupError(f"{URL} begins with {parts.scheme + '://' if parts.scheme else 'no scheme'}; use {_FORMS}.")
    if not address:
        raise SetupError(f"{FROM} is not set; a mail server needs it: the address that mails come from.")
    user, password = _login(parts)
    return MailServer(parts.scheme, address, name, parts.hostname, port or _PORTS[parts.scheme], user, password)


def _sender(text: str) -> tuple[str, str]:
    try:
        return sender(text, FROM) if text else ("", "")
    except InvalidValueError as error:
        raise SetupError(f"{error.message}.") from None


def _folder(parts: SplitResult) -> Path:
    folder = Path(url2pathname(parts.path))
    if parts.netloc or not folder.is_absolute() or folder == Path("/"):
        raise SetupError(f"{URL} is no folder; write it as file:///var/lib/penstock/mail.")
    return folder


def _login(parts: SplitResult) -> tuple[str, str]:
    """Return user and password, which go over no wire in the clear."""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise SetupError(f"{URL} has a user or a password, but not both.")
    if user and parts.scheme == PLAIN and not _here(parts.hostname or ""):
        raise SetupError(f"{URL} would send its password in the clear; use smtp:// or smtps://.")
    return user, password


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
