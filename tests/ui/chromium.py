"""A Chromium that comes as a package from the npm registry, so that none has to be installed."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hatch_build import node, npm_ci
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

HERE = Path(__file__).parent
UNPACKED = HERE / "browser"
OTHER = "PENSTOCK_TEST_BROWSER"  # names the program of another Chromium

ARGUMENTS = (
    "--headless",
    "--no-sandbox",  # neither root nor a container has one; it opens nothing but our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{0}/fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{0}/fonts/cache</cachedir>
</fontconfig>
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the browser."""
    program, environment = _other() or _packaged()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=[*ARGUMENTS], env={**os.environ, **environment}
        )
        try:
            yield browser
        finally:
            await browser.close()


def _other() -> tuple[Path, dict[str, str]] | None:
    given = os.environ.get(OTHER)
    return (Path(given), {}) if given else None


def _packaged() -> tuple[Path, dict[str, str]]:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.fail(f"The packaged browser is for Linux on x86-64; set {OTHER} to the program of a Chromium.")
    npm_ci(HERE)
    if not (UNPACKED / "fonts.conf").exists():
        _unpack()
    environment = {"LD_LIBRARY_PATH": f"{UNPACKED}/al2023/lib", "FONTCONFIG_FILE": f"{UNPACKED}/fonts.conf"}
    return UNPACKED / "chromium", environment


def _unpack() -> None:
    shutil.rmtree(UNPACKED, ignore_errors=True)
    UNPACKED.mkdir()
    node(HERE, "unpack.js", TMPDIR=str(UNPACKED))
    (UNPACKED / "fonts.conf").write_text(FONTS.format(UNPACKED), encoding="utf-8")
