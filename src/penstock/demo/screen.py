"""Shows the score: two bars refreshed in place on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from rich.console import Console

    from penstock.demo.board import Score

_EVERY = 5.0  # seconds between plain lines


class Screen(Protocol):
    """Something that shows scores as they come."""

    def show(self, score: Score) -> None:
        """Show this score instead of the last one."""

    def close(self) -> None:
        """Leave the last score where it is."""


def screen_for(console: Console) -> Screen:
    """Return the screen that suits the console."""
    return Bars(console) if console.is_terminal else Lines(console)


def line(score: Score) -> str:
    """Return the score in a line."""
    stock = "" if score.stock >= score.stock_expected else f"stock {score.stock}/{score.stock_expected}, "
    orders = f"{score.placed} placed, {score.routed} routed, {score.shipped} shipped, {score.done} done"
    return f"{stock}orders: {orders}, {score.rate:.0f} events/s"


class Bars:
    """A bar for the stock that arrives and one for the orders that are done."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=console)
        self._stock = self._progress.add_task("stock records loaded", total=None)
        self._orders = self._progress.add_task("orders", total=None)
        self._progress.start()

    def show(self, score: Score) -> None:
        """Move both bars."""
        self._progress.update(self._stock, completed=score.stock, total=score.stock_expected or None)
        self._progress.update(self._orders, completed=score.done, total=score.expected, description=line(score))

    def close(self) -> None:
        """Stop refreshing."""
        self._progress.stop()


class Lines:
    """A line every five seconds while something changes, and one for the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""
        self._at = -_EVERY

    def show(self, score: Score) -> None:
        """Print the score when it is time and there is news."""
        text = line(score)
        due = time.monotonic() - self._at >= _EVERY or score.finished
        if due and text != self._last:
            self._console.print(text, highlight=False, soft_wrap=True)
            self._last, self._at = text, time.monotonic()

    def close(self) -> None:
        """Do nothing: lines stay where they are."""
