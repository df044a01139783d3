"""What a simulation is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.errors import InvalidValueError
from penstock.simulation.report import BASELINE, RECORDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.simulation.orders.recorded import Wanted
    from penstock.simulation.scenario.shapes import Scenario


Teller = Callable[[str], None]  # hears in a few words what is being done


@dataclass(frozen=True)
class Generated:
    """Orders that are drawn: how many, and by which seed."""

    count: int
    seed: int

    def __str__(self) -> str:
        return f"{self.count} generated orders, seed {self.seed}"


@dataclass(frozen=True)
class Question:
    """What is to be simulated: of whom, under which scenarios, with which orders.

    Without an account it is the only one, without a retailer the account's only one. Scenarios have different names.
    """

    account: str
    retailer: int | None
    scenarios: Sequence[Scenario]
    orders: Wanted | Generated

    def check(self) -> None:
        """Raise :class:`InvalidValueError` where two variants would have the same name."""
        names = [BASELINE, RECORDED, *(scenario.name for scenario in self.scenarios)]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise InvalidValueError(f"name is {name!r}, which another variant has; give the scenario another name.")
