"""The profile that a rule names, as it is stored (spec 22 §7, §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.rules import RuleError
from penstock.rules.questions import Matching
from penstock.sourcing.profile.strategies import Defaults, Strategy, strategies

if TYPE_CHECKING:
    from penstock.rules import Context


@dataclass(frozen=True, slots=True)
class Profile:
    """The ACTIVE version of a profile, with the strategies of one of its lists."""

    ref: str
    version: int
    strategies: list[Strategy]

    def __str__(self) -> str:
        return f"sourcing profile {self.ref} version {self.version}"


async def active_profile(context: Context, kind: str) -> Profile:
    """Return the ACTIVE version of the profile ``sourcingProfileRef`` with the strategies of a column.

    ``RuleError`` 400 where the retailer and the account have no such profile, or no version of it is ACTIVE.

    Raises:
        ProfileError: a strategy makes no sense.
    """
    ref = context.prop("sourcingProfileRef")
    found = await context.ask(Matching("SourcingProfile", (("ref", (ref,)), ("status", ("ACTIVE",)))))
    row = next((r for r in found if r.retailer_id in {None, context.event.retailer_id}), None)
    if row is None:
        raise RuleError(f"property sourcingProfileRef: there is no sourcing profile {ref} with an ACTIVE version")
    defaults = Defaults(_ref(row.default_virtual_catalogue_link), _ref(row.default_network_link), row.default_max_split)
    return Profile(row.ref, row.version, strategies(getattr(row, kind), defaults))


def _ref(link: dict[str, Any] | None) -> str | None:
    return None if link is None else link.get("ref")
