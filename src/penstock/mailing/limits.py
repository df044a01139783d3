"""What every mail keeps to, whichever rule has written it."""

from __future__ import annotations

import re

from penstock.errors import InvalidValueError
from penstock.mailing.addresses import address

LONGEST_SUBJECT = 250  # characters
LONGEST_TEXT = 100_000
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def one_line(text: str) -> str:
    """Return a text as it may stand in a header: one line, without what is no character."""
    return " ".join(_NO_TEXT.sub(" ", text).split())


def check(to: str, subject: str, text: str) -> None:
    """Check a mail.

    Raises:
        InvalidValueError: the address is none, the subject has several lines, or something is too long or empty.
    """
    address(to)
    if not subject or subject != one_line(subject):
        raise InvalidValueError(f"the subject of a mail is one line of text, not {subject!r:.200}")
    if len(subject) > LONGEST_SUBJECT:
        raise InvalidValueError(f"the subject of a mail has {LONGEST_SUBJECT} characters at most, not {len(subject)}")
    if len(text) > LONGEST_TEXT:
        raise InvalidValueError(f"the text of a mail has {LONGEST_TEXT} characters at most, not {len(text)}")
