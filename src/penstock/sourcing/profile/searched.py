"""What a search for the best plan tells of itself, for whoever asks why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.sourcing.profile.planning import Plan


@dataclass(frozen=True, slots=True)
class Searched:
    """How a plan was found: its cost, the plan of the criteria that it began with, and that one's cost.

    ``nodes`` are the parts of plans that were looked at; ``proven`` says that no plan is better. ``hopeless`` says
    why nothing was looked for, or what was looked for in vain. ``costs`` are those of a fulfilment from each candidate,
    by ref.
    """

    cost: float
    begun: Plan
    begun_cost: float
    nodes: int
    proven: bool
    hopeless: str | None
    costs: Mapping[str, float]
