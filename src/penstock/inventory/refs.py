"""How rows of the stock ledger are named, and what a ref tells: for Python and for PostgreSQL (spec 20 §1.2).

Clients may give refs of their own: a ref tells something only where it has the shape of ours.
"""

from __future__ import annotations

import re

# The end of a ref that names a fulfilment: a longer number is no id.
NAMED = r":([0-9]{1,18})\Z"

# The fulfilment or hold that a row ``q`` of the ledger was written for, as text; null where its ref names none.
_NUMBER = f"substring(q.ref FROM '{NAMED}')"
HOLDER = f"CASE WHEN q.ref LIKE '%:' || q.type || ':' || {_NUMBER} THEN {_NUMBER} END"

# The same as :func:`returned_ref`, for a row ``i`` of a return ``r``.
RETURNED = "CASE WHEN starts_with(i.ref, r.ref) THEN i.ref ELSE r.ref || ':' || i.ref END"


def quantity_ref(position: str, type_: str, holder: int | str | None = None, number: int = 1) -> str:
    """Return ``"A:S1:DEFAULT:SALE"``, with the id of its fulfilment or hold, and a number for further corrections."""
    whose = f":{holder}" if holder else ""
    which = f":{number}" if number > 1 else ""
    return f"{position}:{type_}{whose}{which}"


def fulfilment_of(ref: str) -> int | None:
    """Return the id of the fulfilment that a promise of stock names, ``"A:S1:DEFAULT:RESERVED:9001"``; None if none."""
    found = re.search(NAMED, ref)
    return int(found[1]) if found else None


def returned_ref(return_: str, item: str) -> str:
    """Return the ref by which returned goods are in stock again: the item's, behind its return's where others have it.

    The items that Penstock itself makes begin with the ref of their return; those of clients are named as they like.
    """
    return item if item.startswith(return_) else f"{return_}:{item}"
