"""The rules that Penstock ships, a folder an area; importing this imports all of them, which fills ``REGISTRY``."""

from __future__ import annotations

import importlib
import pkgutil

from penstock.rules.declaration import REGISTRY

__all__ = ["REGISTRY"]

for _found in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_found.name)
