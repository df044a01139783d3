"""Which addresses mails go to: plain ones, that can be nothing else.

An address stands in commands of SMTP and in headers, so nothing passes that could end a line or begin another
recipient: no names, comments, quotes or lists, only what RFC 5321 calls a dot-string at a domain, in ASCII.
"""

from __future__ import annotations

import re

from penstock.errors import InvalidValueError, shown

LONGEST = 254  # characters (RFC 5321 §4.5.3.1.3, less the angle brackets)
LONGEST_LOCAL = 64  # those before the @

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_LABEL}(?:\.{_LABEL})*)")
_NAMED = re.compile(r'(?:"([^\x00-\x1f\x7f"<>]*)"|([^\x00-\x1f\x7f"<>]*?)) *<([^<>]*)>')


def address(text: str, what: str = "to") -> str:
    """Return an address without the blanks around it.

    Raises:
        InvalidValueError: it is none; the message begins with ``what`` it was to be.
    """
    found = _ADDRESS.fullmatch(text.strip(" "))
    if found is None or len(found[0]) > LONGEST or len(found[1]) > LONGEST_LOCAL:
        raise InvalidValueError(f"{what} is {shown(text)}, which is no mail address; give one such as ana@shop.example")
    return found[0]


def domain(text: str) -> str:
    """Return the domain of an address, in small letters."""
    return text.rpartition("@")[2].lower()


def sender(text: str, what: str) -> tuple[str, str]:
    """Return name and address of a sender: ``North Shop <orders@north.example>``, or the address alone.

    Raises:
        InvalidValueError: as above.
    """
    found = _NAMED.fullmatch(text.strip(" "))
    if found is None:
        return "", address(text, what)
    return found[1] or found[2] or "", address(found[3], what)
