"""A scenario applied to a fork by the means that change a system in use, so that both refuse the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError, PenstockError
from penstock.simulation.scenario.controls import change_control
from penstock.simulation.scenario.decisions import change_profile, change_setting, change_workflow
from penstock.simulation.scenario.places import change_location, change_network
from penstock.simulation.scenario.stock import change_stock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from penstock.simulation.scenario.shapes import Scenario
    from penstock.simulation.scenario.site import Site


async def _mutation(site: Site, change: dict[str, dict[str, Any]]) -> None:
    for name, given in change.items():
        await site.house.mutate(name, given)
    await site.house.settle()


async def _event(site: Site, change: dict[str, Any]) -> None:
    await site.done([change])


# In this order: what comes later may name what came before.
_PARTS: dict[str, Callable[[Site, Any], Awaitable[None]]] = {
    "mutations": _mutation,
    "locations": change_location,
    "networks": change_network,
    "settings": change_setting,
    "workflows": change_workflow,
    "profiles": change_profile,
    "controls": change_control,
    "stock": change_stock,
    "events": _event,
}


async def apply(site: Site, scenario: Scenario) -> None:
    """Change a fork as a scenario says, and let all that follows happen.

    Raises:
        InvalidValueError: a change is refused; the message names scenario, member and what is wrong.
    """
    for part, change_one in _PARTS.items():
        for number, change in enumerate(getattr(scenario, part)):
            try:
                await change_one(site, change)
            except PenstockError as error:
                raise InvalidValueError(f"{scenario.name}: {part}[{number}]: {error.message}") from error
    await site.house.settle()
