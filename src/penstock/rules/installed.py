"""Rules of packages that are installed beside Penstock, found by entry points (issue 4, part 4).

They are trusted like the rules of the library, and like these belong to all accounts. The same modules may add
conditions and criteria of sourcing profiles (spec 22 §10).
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock.rules.declaration import REGISTRY
from penstock.sourcing.profile import CONDITIONS, CRITERIA

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "penstock.rules"
_KEPT: tuple[dict[str, Any], ...] = (REGISTRY, CONDITIONS.by_type, CRITERIA.by_type)  # what a module may add to


class Installed(NamedTuple):
    """A package with rules: those that it declared, or why it could not be loaded."""

    package: str
    version: str
    module: str
    rules: tuple[str, ...]
    error: str = ""


@cache
def installed() -> tuple[Installed, ...]:
    """Import the modules of all entry points, once; one that fails leaves nothing of its own behind."""
    points = sorted(entry_points(group=GROUP), key=lambda p: (p.dist.name if p.dist else "", p.name))
    return tuple(_load(point) for point in dict.fromkeys(points))


def _load(point: EntryPoint) -> Installed:
    before = [dict(registry) for registry in _KEPT]
    package, version = (point.dist.name, point.dist.version) if point.dist else (point.name, "")
    try:
        importlib.import_module(point.module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - Penstock goes on, whatever another package raises
        for registry, entries in zip(_KEPT, before, strict=True):
            registry.clear()
            registry.update(entries)
        return Installed(package, version, point.module, (), f"{type(error).__name__}: {error}")
    return Installed(package, version, point.module, tuple(REGISTRY.keys() - before[0].keys()))
