"""The report of a run: what was sent, what came back, what took long, and what was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bench.fuzzing.broken import shown

if TYPE_CHECKING:
    from bench.fuzzing.tally import Failure, Tally
    from bench.fuzzing.watching import Watch

SECONDS = 1.0  # for a statement
HELD = 2.0  # seconds that a small request may wait, on a busy machine
_SHOWN = 110  # characters


def complaints(tally: Tally, watch: Watch, patience: float = 1) -> list[str]:
    """Return what is wrong with the run as a whole; ``patience`` is how often as long things may take."""
    found = [
        f"{failure.kind}: {failure.what} ({failure.times} times)\n    {failure.said}\n    {_sent(failure)}"
        for failure in tally.failures.values()
    ]
    found += [f"a statement ran for {s:.2f} s: {sql[:300]}" for s, sql in watch.slowest if s > SECONDS * patience]
    seconds, during = watch.held
    if seconds > HELD * patience:
        found.append(f"the API let a small request wait for {seconds:.2f} s during {during}")
    if tally.done < tally.wanted:
        found.append(f"only {tally.done} of {tally.wanted} operations were sent")
    return found


def _sent(failure: Failure) -> str:
    return shown(failure.request) if failure.request else ""


def show(tally: Tally, watch: Watch) -> None:
    """Print the tables."""
    console = Console(width=150, highlight=False)
    kinds = Table("operations", "sent", "statuses", title="What was sent", title_justify="left")
    for kind, count in tally.kinds.items():
        statuses = ", ".join(f"{n} x {status}" for status, n in sorted(tally.statuses[kind].items()))
        kinds.add_row(kind, str(count), statuses)
    kinds.add_row("in all", str(tally.done), "")
    codes = Table("code", "times", title="Errors in GraphQL's answers", title_justify="left")
    for code, count in tally.codes.most_common():
        codes.add_row(code, str(count))
    slow = Table("seconds", "what", title="What took longest", title_justify="left")
    for seconds, sql in watch.slowest:
        slow.add_row(f"{seconds:.2f}", f"statement: {sql[:_SHOWN]}")
    for seconds, what in tally.slowest:
        slow.add_row(f"{seconds:.2f}", f"answer: {what[:_SHOWN]}")
    slow.add_row(f"{watch.held[0]:.2f}", f"the loop was held: {watch.held[1][:_SHOWN]}")
    for table in (kinds, codes, slow):
        console.print(table, markup=False)
    if watch.memory:
        console.print(f"The API process took {watch.memory} MB at most.")
    if not watch.sees_statements:
        console.print("Statements were not watched: give --database to see them.")
