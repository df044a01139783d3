"""What rules did, as people read it."""

from __future__ import annotations

from typing import Any

import msgspec


def spoken(action: list[Any], most: int) -> str:
    """Return an action of a trace: ``→ CreateFulfilment``, ``status = BOOKED``; values have so many characters."""
    kind, *details = action
    match kind:
        case "SendEvent":
            return f"→ {details[0]}" + (f" at {details[3]}" if details[3] else "")
        case "Update":
            return ", ".join(f"{k} = {short(v, most)}" for k, v in details[2].items())
        case "Create":
            return f"new {details[0].removesuffix('Row')} {details[1].get('ref') or details[1].get('id')}"
    return f"{kind} {short(details, most)}"


def short(value: Any, most: int) -> str:
    """Return a text, or a value as JSON, with so many characters at most."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= most else f"{text[:most]}…"
