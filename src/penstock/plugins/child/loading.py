"""Importing a plugin in its process, out of memory, and finding the rules that it declares."""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.util
import io
import sys
import zipfile
from typing import TYPE_CHECKING, Any

from penstock.rules.builtin import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from penstock.rules.declaration import Rule


class Wheel(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """The Python files of a wheel, as a finder of modules."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            self._sources = {name: files.read(name).decode() for name in files.namelist() if name.endswith(".py")}

    def imported(self) -> set[str]:
        """Return the names of the modules that the files import."""
        return {name for path, source in self._sources.items() for name in _imported(source, path)}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module or package of the wheel."""
        del path, target
        if self._path(fullname) is None:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=self._path(fullname))

    def _path(self, name: str) -> str | None:
        base = name.replace(".", "/")
        return next((p for p in (f"{base}/__init__.py", f"{base}.py") if p in self._sources), None)

    def is_package(self, fullname: str) -> bool:
        """Return whether a module is a package."""
        return (self._path(fullname) or "").endswith("/__init__.py")

    def get_source(self, fullname: str) -> str:
        """Return a module's source; tracebacks show its lines."""
        return self._sources[self._path(fullname) or ""]

    def get_code(self, fullname: str) -> Any:
        """Return a module's code."""
        return compile(self.get_source(fullname), self._path(fullname) or fullname, "exec", dont_inherit=True)


def _imported(source: str, path: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source, path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def load(wheel: Wheel, modules: Sequence[str]) -> dict[str, Rule]:
    """Import the modules; return the rules that came with that, by name."""
    before = dict(REGISTRY)  # Penstock's own
    sys.meta_path.insert(0, wheel)
    for module in modules:
        importlib.import_module(module)
    own = {name: rule for name, rule in REGISTRY.items() if name not in before}
    for name, rule in own.items():
        if rule.function is None:
            raise TypeError(f"{name} is a set rule; an uploaded plugin declares its rules with @rule")
    return own
