"""Which account a request is for, as far as it says so itself (spec 10 §1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from penstock.api.limits import header

if TYPE_CHECKING:
    from starlette.types import Scope

# acme.api.example.com, acme.sandbox.api.example.com
_HOST = re.compile(r"(?P<account>[a-z0-9_-]+)\.(?:(?:sandbox|test|staging)\.)?api\.", re.IGNORECASE)


def named_account(scope: Scope) -> str | None:
    """Return the account that the header ``fluent.account`` or else the host's name gives, in upper case."""
    if named := (header(scope, b"fluent.account") or "").strip():
        return named.upper()
    host = _HOST.match(header(scope, b"host") or "")
    return host["account"].upper() if host else None
