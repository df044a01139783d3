"""The rules that Penstock ships, a folder an area; importing this imports all of them, which fills the registry."""

from __future__ import annotations

import importlib
import pkgutil

for _found in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_found.name)
