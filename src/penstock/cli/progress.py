"""What ``penstock up`` shows: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.database.embedded.directory import DataDirectory


class ConsoleProgress:
    """Tells a person at the console what goes on."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, doing: str, done: str) -> Iterator[None]:
        """Show ``doing`` while the block runs, then ``done`` and the time it took."""
        started = time.monotonic()
        if self._console.is_terminal:
            with self._console.status(f"{doing} …"):
                yield
        else:
            self._print(f"{doing} ...")
            yield
        self._print(f"{done} ({time.monotonic() - started:.1f} s)")

    def note(self, text: str) -> None:
        """Show that something happened."""
        self._print(text)

    def ready(self, url: str, connection: dict[str, str] | None, directory: DataDirectory) -> None:
        """Show where to look, and with which credentials."""
        self._print("")
        self._print(f"Penstock runs.      {url}")
        self._print(f"GraphQL             {url}/graphql")
        if connection:
            self._print(f"Username, password  {connection['username']}  {connection['password']}")
            self._print(f"All credentials     {directory.connection_file}")
        else:
            self._print("Credentials         kept elsewhere; `penstock account renew PENSTOCK` makes new ones")
        self._print(f"Logs                {directory.path / 'logs'}")
        self._print("Ctrl-C stops it; the data stays.")
        self._print("")

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False)
        self._console.file.flush()
