"""A real Penstock in processes of its own, and what a visitor of its pages can do and must never see."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from penstock.database.embedded.launch import launched
from penstock.supervisor.ports import listening_socket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page, Request

SECONDS_TO_START = 60


@dataclass(frozen=True)
class Penstock:
    """Where it runs, and who may sign in."""

    url: str
    username: str
    password: str


@contextmanager
def started(folder: Path) -> Iterator[Penstock]:
    """Run ``penstock up`` on a free port and its own PostgreSQL."""
    with listening_socket("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    given = {name: value for name, value in os.environ.items() if name != "PENSTOCK_DATABASE_URL"}
    up = [sys.executable, "-m", "penstock.cli", "up", "--no-demo", "--data", str(folder), "--port", str(port)]
    with (folder.parent / "up.log").open("w") as log:
        process = subprocess.Popen(launched(up, at_parents_death=signal.SIGTERM), stdout=log, stderr=log, env=given)
    try:
        yield asyncio.run(_ready(folder, process))
    finally:
        process.terminate()
        process.wait(SECONDS_TO_START)


async def _ready(folder: Path, process: subprocess.Popen[bytes]) -> Penstock:
    """Wait until the banner is out, which comes when the API answers."""
    log = folder.parent / "up.log"
    async with asyncio.timeout(SECONDS_TO_START):
        while "Penstock runs." not in log.read_text(encoding="utf-8"):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            await asyncio.sleep(0.1)
    known = json.loads((folder / "connection.json").read_text(encoding="utf-8"))
    return Penstock(known["url"], known["username"], known["password"])


@dataclass
class Visit:
    """One browser with its cookies, and what has happened in its tabs that must not happen."""

    penstock: Penstock
    context: BrowserContext
    troubles: list[str] = field(default_factory=list)

    async def tab(self) -> Page:
        """Open the page in a new tab."""
        page = await self.context.new_page()
        page.on("console", lambda said: self._note(f"{said.type}: {said.text}", bad=said.type in {"error", "warning"}))
        page.on("pageerror", lambda error: self._note(f"not caught: {error}"))
        page.on("request", self._look)
        await page.goto(f"{self.penstock.url}/graphql")
        return page

    async def sign_in(self, page: Page, password: str = "") -> None:
        """Fill in the form and send it."""
        await page.get_by_label("Username").fill(self.penstock.username)
        await page.get_by_label("Password").fill(password or self.penstock.password)
        await page.get_by_role("button", name="Sign in").click()

    def expect(self, *parts: str) -> None:
        """Take out the troubles that a test provokes, each named by a part of its text; there are no others."""
        for part in parts:
            found = [trouble for trouble in self.troubles if part in trouble]
            assert found, f"{part!r} is not among {self.troubles}"
            self.troubles = [trouble for trouble in self.troubles if trouble not in found]
        assert self.troubles == [], self.troubles

    def _look(self, request: Request) -> None:
        address = urlsplit(request.url)
        ours = f"{address.scheme}://{address.netloc}" == self.penstock.url
        self._note(f"asks {request.url}", bad=not ours and address.scheme != "data")

    def _note(self, text: str, *, bad: bool = True) -> None:
        if bad:
            self.troubles.append(text)


@asynccontextmanager
async def visiting(penstock: Penstock, browser: Browser, **options: Any) -> AsyncIterator[Visit]:
    """Give a visitor who has never been here; at the end, nothing bad may have happened."""
    context = await browser.new_context(**options)
    visit = Visit(penstock, context)
    try:
        yield visit
    finally:
        with suppress(Exception):  # the test's own error tells more
            await context.close()
    visit.expect()


async def write(page: Page, operation: str) -> None:
    """Replace what stands in the editor, letter by letter where the editor is to help."""
    await page.locator(".graphiql-query-editor .view-lines").click()
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.press("Delete")
    await page.keyboard.insert_text(operation)


async def run(page: Page) -> None:
    """Run what stands in the editor."""
    await page.get_by_role("button", name="Execute query").click()
