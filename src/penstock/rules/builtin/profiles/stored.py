"""The profile that a rule names, as it is stored (spec 22 §7, §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.rules import RuleError
from penstock.rules.questions import Matching
from penstock.sourcing.profile.strategies import Defaults, Strategy, strategies

if TYPE_CHECKING:
    from penstock.rules import Context

Row = Any


@dataclass(frozen=True, slots=True)
class Profile:
    """The ACTIVE version of a profile, with the strategies of one of its lists."""

    ref: str
    version: int
    strategies: list[Strategy]

    @classmethod
    def of(cls, version: Row, kind: str) -> Profile:
        """Read the strategies in a column of a version.

        Raises:
            ProfileError: a strategy makes no sense.
        """
        catalogue, network = _ref(version.default_virtual_catalogue_link), _ref(version.default_network_link)
        defaults = Defaults(catalogue, network, version.default_max_split)
        return cls(version.ref, version.version, strategies(getattr(version, kind), defaults))

    @property
    def conditional(self) -> bool:
        """Return whether a strategy has conditions, so that what they look at has to be known."""
        return any(strategy.conditions for strategy in self.strategies)

    def __str__(self) -> str:
        return f"sourcing profile {self.ref} version {self.version}"


async def active_version(context: Context) -> Row:
    """Return the ACTIVE version of the profile ``sourcingProfileRef``; whoever asks keeps to it (spec 22 §8).

    ``RuleError`` 400 where the retailer and the account have no such profile, or no version of it is ACTIVE.
    """
    ref = context.prop("sourcingProfileRef")
    found = await context.ask(Matching("SourcingProfile", (("ref", (ref,)), ("status", ("ACTIVE",)))))
    row = next((r for r in found if r.retailer_id in {None, context.event.retailer_id}), None)
    if row is None:
        raise RuleError(f"property sourcingProfileRef: there is no sourcing profile {ref} with an ACTIVE version")
    return row


def _ref(link: dict[str, Any] | None) -> str | None:
    return None if link is None else link.get("ref")
