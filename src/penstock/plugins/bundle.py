"""Bundles: what is uploaded, a wheel with the entry points of its rules (spec 13 §14)."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import zipfile
import zlib
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from penstock.errors import InvalidValueError, shown
from penstock.rules.installed import GROUP

if TYPE_CHECKING:
    from email.message import Message

MOST_BYTES = 8 * 1024 * 1024  # of a wheel
MOST_UNPACKED = 32 * 1024 * 1024
MOST_FILES = 1_000
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+!_-]{0,63}")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_PENSTOCK = re.compile(r"penstock(?![\w-])", re.IGNORECASE)
_JAVA = re.compile(r".*\.class|META-INF/MANIFEST\.MF|OSGI-.*", re.IGNORECASE)
_HOW = "Build one with python -m pip wheel --no-deps."


@dataclass(frozen=True)
class Bundle:
    """A wheel that has been looked at, but not imported."""

    version: str
    modules: tuple[str, ...]  # of the entry points: importing them declares the rules
    account: str | None  # that the entry points name, if any
    digest: str
    content: bytes


def read_bundle(content: bytes) -> Bundle:
    """Look at an uploaded file.

    Raises:
        InvalidValueError: it is no wheel that can be taken; the message says why and what to do.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            return _read(files, content)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise InvalidValueError(f"file is no wheel: {error}. {_HOW}") from None


def _read(files: zipfile.ZipFile, content: bytes) -> Bundle:
    _check_files(files)
    about = _metadata(files)
    version = about.get("Version", "").strip()
    if not _VERSION.fullmatch(version):
        raise InvalidValueError(f"The wheel's METADATA has the Version {shown(version)}; give it one such as 1.0.0.")
    for needed in about.get_all("Requires-Dist", []):
        if not _PENSTOCK.match(needed) and "extra ==" not in needed:
            raise InvalidValueError(
                f"The wheel requires {shown(needed)}. An uploaded plugin has the standard library and penstock.rules "
                "only; put what it needs into its own package, or install it beside Penstock instead."
            )
    modules, account = _entry_points(files)
    return Bundle(version, modules, account, hashlib.sha256(content).hexdigest(), content)


def _check_files(files: zipfile.ZipFile) -> None:
    entries = files.infolist()
    if any(_JAVA.fullmatch(e.filename) for e in entries):
        raise InvalidValueError(f"file is a Java bundle. Penstock runs rules in Python: upload a wheel. {_HOW}")
    if len(entries) > MOST_FILES or sum(e.file_size for e in entries) > MOST_UNPACKED:
        raise InvalidValueError(f"The wheel has more than {MOST_FILES} files or {MOST_UNPACKED} bytes unpacked.")
    for entry in entries:
        name = entry.filename
        if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name or "\0" in name:
            raise InvalidValueError(f"The wheel has a file outside of itself: {shown(name)}.")
        if name.endswith((".so", ".pyd", ".dylib")):
            raise InvalidValueError(f"The wheel has compiled code, {shown(name)}; only Python is taken.")
        if name.endswith(".py"):
            _check_source(name, _content(files, name))


def _content(files: zipfile.ZipFile, name: str) -> bytes:
    """Return a file's content; an archive that lies about sizes ends here."""
    with files.open(name) as opened:
        content = opened.read(MOST_UNPACKED + 1)
    if len(content) > MOST_UNPACKED:
        raise InvalidValueError(f"The wheel's {shown(name)} has more than {MOST_UNPACKED} bytes.")
    return content


def _check_source(name: str, source: bytes) -> None:
    try:
        ast.parse(source.decode(), name)
    except SyntaxError as error:
        raise InvalidValueError(f"{name}, line {error.lineno}: {error.msg}.") from None
    except (UnicodeDecodeError, ValueError, RecursionError, MemoryError) as error:
        raise InvalidValueError(f"{name} is no Python: {error}.") from None


def _named(files: zipfile.ZipFile, end: str) -> str:
    found = [n for n in files.namelist() if n.endswith(f".dist-info/{end}") and n.count("/") == 1]
    if len(found) != 1:
        raise InvalidValueError(f"file has no manifest: {len(found)} files end in .dist-info/{end}. {_HOW}")
    return _content(files, found[0]).decode(errors="replace")


def _metadata(files: zipfile.ZipFile) -> Message:
    return HeaderParser().parsestr(_named(files, "METADATA"))


class _Capitals(ConfigParser):
    """A parser that leaves names as they are written."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def _entry_points(files: zipfile.ZipFile) -> tuple[tuple[str, ...], str | None]:
    """Return the modules to import, and the account that the names of entry points begin with."""
    parser = _Capitals(delimiters="=", interpolation=None, strict=False)
    try:
        parser.read_string(_named(files, "entry_points.txt"))
    except ConfigError as error:
        raise InvalidValueError(f"The wheel's entry_points.txt cannot be read: {error}.") from None
    points = dict(parser[GROUP]) if parser.has_section(GROUP) else {}
    modules = tuple(value.strip() for value in points.values())
    bad = [m for m in modules if not _MODULE.fullmatch(m)]
    if not modules or bad:
        raise InvalidValueError(
            f"The wheel's entry points in the group {GROUP} are {shown(points)}; each has to name a module that "
            "declares rules."
        )
    accounts = {name.partition(".")[0] for name in points if "." in name}
    if len(accounts) > 1:
        raise InvalidValueError(f"The entry points name the accounts {', '.join(sorted(accounts))}; one is allowed.")
    return modules, next(iter(accounts), None)
