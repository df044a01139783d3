"""Scenarios from files: read, checked as far as a file can be, and put in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.errors import InvalidValueError, NotFoundError
from penstock.simulation.scenario.shapes import Scenario, StockChange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_scenario(file: Path) -> Scenario:
    """Return the scenario in a file, its workflows read; without a name it has that of the file.

    Raises:
        InvalidValueError: it is no scenario; the message names the file, the member and what is wrong with it.
    """
    found: Scenario = _decoded(file, Scenario)
    for number, change in enumerate(found.stock):
        if wrong := _mistake(change):
            raise InvalidValueError(f"{file}: stock[{number}] {wrong}")
    for number, setting in enumerate(found.settings):
        if setting.value is None:
            raise InvalidValueError(f"{file}: settings[{number}] gives {setting.name} the value null; give another one")
    for number, mutation in enumerate(found.mutations):
        if len(mutation) != 1:
            raise InvalidValueError(
                f"{file}: mutations[{number}] names {', '.join(mutation) or 'nothing'}; give one mutation and its input"
            )
    workflows = [_document(file, given) for given in found.workflows]
    return msgspec.structs.replace(found, name=found.name or file.stem, workflows=workflows)


def _decoded(file: Path, type_: Any) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes(), type=type_)
    except FileNotFoundError:
        raise NotFoundError(f"{file} does not exist.") from None
    except OSError as error:
        raise InvalidValueError(f"{file} cannot be read: {error.strerror}.") from None
    except msgspec.ValidationError as error:
        raise InvalidValueError(f"{file} is no scenario: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(f"{file} is not JSON: {error}") from None


def _mistake(change: StockChange) -> str | None:
    if (change.count is None) == (change.factor is None):
        return "gives neither count nor factor, or both; give one of them"
    if change.product is None and change.location is None:
        return "names neither product nor location"
    if change.count is not None and (change.product is None or change.location is None):
        return "gives a count, which needs both product and location"
    return None


def _document(file: Path, given: str | dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = _decoded(file.parent / given, dict[str, Any]) if isinstance(given, str) else given
    return document


def in_words(scenario: Scenario) -> list[str]:
    """Return what a scenario changes, a few words each."""
    return list(_words(scenario))


def _words(scenario: Scenario) -> Iterator[str]:
    yield from (f"mutation {name}" for mutation in scenario.mutations for name in mutation)
    yield from (f"{c.ref} {c.status}" for c in scenario.locations)
    for network in scenario.networks:
        yield from (f"{place} joins {network.ref}" for place in network.add)
        yield from (f"{place} leaves {network.ref}" for place in network.remove)
    for setting in scenario.settings:
        yield f"{setting.name} = {setting.value}" + (f" at {setting.location}" if setting.location else "")
    yield from (f"workflow {d.get('name') or d.get('entityType')}" for d in scenario.workflows if isinstance(d, dict))
    yield from (f"profile {p.get('ref')}" for p in scenario.profiles)
    for control in scenario.controls:
        told = "removed" if control.remove else control.value
        yield f"{control.type} {control.about}" + ("" if told is None else f" {told}")
    yield from (_stock(change) for change in scenario.stock)
    yield from (f"event {event.get('name')}" for event in scenario.events)


def _stock(change: StockChange) -> str:
    where = f"{change.product or 'all'} at {change.location or 'all places'}"
    return f"{where}: {change.count}" if change.factor is None else f"{where}: times {change.factor:g}"
