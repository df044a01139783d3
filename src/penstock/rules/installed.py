"""Rules of packages that are installed beside Penstock, found by entry points (issue 4, part 4).

They are trusted like the rules of the library, and like these belong to all accounts.
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, NamedTuple

from penstock.rules.declaration import REGISTRY

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "penstock.rules"


class Installed(NamedTuple):
    """A package with rules: those that it declared, or why it could not be loaded."""

    package: str
    version: str
    module: str
    rules: tuple[str, ...]
    error: str = ""


@cache
def installed() -> tuple[Installed, ...]:
    """Import the modules of all entry points, once; one that fails leaves none of its rules behind."""
    points = sorted(entry_points(group=GROUP), key=lambda p: (p.dist.name if p.dist else "", p.name))
    return tuple(_load(point) for point in dict.fromkeys(points))


def _load(point: EntryPoint) -> Installed:
    before = dict(REGISTRY)
    package, version = (point.dist.name, point.dist.version) if point.dist else (point.name, "")
    try:
        importlib.import_module(point.module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a package of others; whatever it is, Penstock goes on
        REGISTRY.clear()
        REGISTRY.update(before)
        return Installed(package, version, point.module, (), f"{type(error).__name__}: {error}")
    return Installed(package, version, point.module, tuple(REGISTRY.keys() - before.keys()))
