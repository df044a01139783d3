"""How ids look from outside: a number for most entities, an opaque UUID for those addressed by ref (spec 12 §2).

The UUID holds the number in its last twelve digits, so nothing has to be looked up to read one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.model.vocabulary import Entity

_PREFIX = "00000000-0000-8000-8000-"
_LARGEST = 2**63 - 1
_SURELY = 19  # digits; fewer are below the largest
_UUID = re.compile(rf"{_PREFIX}([0-9a-f]{{12}})", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,19}")


def shown(entity: Entity, id_: int) -> str:
    """Return the text by which clients see the id of a row of ``entity``."""
    return f"{_PREFIX}{id_:012x}" if entity.addressed == "ref" else str(id_)


def shown_sql(entity: Entity, expression: str) -> str:
    """Return SQL for the same text, without quotes, of the id that ``expression`` (``t.id``) gives."""
    if entity.addressed == "ref":
        return f"'{_PREFIX}' || lpad(to_hex({expression}), 12, '0')"
    return f"{expression}::text"


def parse(text: str | int) -> int | None:
    """Return the number behind an id in either form; None when it can be no id of ours."""
    written = str(text)
    if len(written) < _SURELY and written.isascii() and written.isdecimal():
        return int(written)
    if match := _UUID.fullmatch(written):
        return int(match[1], 16)
    if _NUMBER.fullmatch(written) and int(written) <= _LARGEST:
        return int(written)
    return None
