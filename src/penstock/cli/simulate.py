"""``penstock simulate``: what if, in a fork of the state."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.text import Text

from penstock.api.rest.values import moment
from penstock.cli.compared import print_report
from penstock.cli.options import data_option, running_database_url
from penstock.errors import InvalidValueError
from penstock.logs import quiet
from penstock.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.simulation.asked import Question, Teller
    from penstock.simulation.report import Report

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_PICTURE = click.Path(path_type=Path, dir_okay=False, writable=True)


@click.command()
@click.argument("scenarios", type=_FILE, nargs=-1)
@click.option("--recorded", type=click.IntRange(1, 100_000), default=None, help="Place the latest N orders again.")
@click.option("--since", default=None, help="Of recorded orders only those from this moment on.")
@click.option("--until", default=None, help="Of recorded orders only those until this moment.")
@click.option("--generated", type=click.IntRange(1, 100_000), default=None, help="Place N orders that are drawn.")
@click.option("--seed", type=int, default=1, show_default=True, help="By which generated orders are drawn.")
@click.option("--retailer", type=int, default=None, help="The retailer's id, where there are several.")
@click.option("--account", default="", help="The account, where there are several.")
@click.option("--picture", type=_PICTURE, default=None, help="Draw the comparison into this file, an SVG.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@data_option
def simulate(
    *,
    scenarios: tuple[Path, ...],
    recorded: int | None,
    since: str | None,
    until: str | None,
    generated: int | None,
    seed: int,
    retailer: int | None,
    account: str,
    picture: Path | None,
    as_json: bool,
    data: Path,
) -> None:
    """Run orders in a fork of the state, unchanged and under each of the SCENARIOS, and compare.

    The fork is a consistent copy on a server of its own: the database in use is only read, and nothing is sent.
    Without --recorded and --generated, the latest 200 orders are placed again.
    """
    from penstock.simulation.asked import Generated, Question
    from penstock.simulation.orders.recorded import Wanted
    from penstock.simulation.report import as_json as encoded
    from penstock.simulation.scenario.reading import read_scenario

    if generated is not None and (recorded, since, until) != (None, None, None):
        raise click.UsageError("--generated goes with none of --recorded, --since and --until.")
    if picture is not None and not picture.absolute().parent.is_dir():
        raise click.UsageError(f"--picture is {picture}, and there is no such folder.")
    first = None if since is None else moment("--since", since)
    last = None if until is None else moment("--until", until)
    orders = Wanted(recorded or 200, first, last) if generated is None else Generated(generated, seed)
    question = Question(account, retailer, [read_scenario(file) for file in scenarios], orders)
    settings = Settings.from_environment()
    report = _ended(running_database_url(settings, data), data, settings, question)
    if as_json:
        click.echo(encoded(report))
    else:
        print_report(report, Console(highlight=False))
    if picture is not None:
        _draw(report, picture)


def _draw(report: Report, picture: Path) -> None:
    from penstock.simulation.picture import drawn

    try:
        picture.write_text(drawn(report), encoding="utf-8")
    except OSError as error:
        raise InvalidValueError(f"--picture is {picture}, which cannot be written: {error.strerror}.") from None
    click.echo(f"Drawn in {picture}", err=True)


def _ended(url: str, data: Path, settings: Settings, question: Question) -> Report:
    """Return the report; whoever ends this process politely also ends the fork."""
    with Console(stderr=True).status("forking ...") as status, quiet():
        try:
            return asyncio.run(_simulated(url, data, settings, question, lambda words: status.update(Text(words))))
        except asyncio.CancelledError:
            raise click.Abort from None


async def _simulated(url: str, data: Path, settings: Settings, question: Question, tell: Teller) -> Report:
    from penstock.simulation.service import simulate as run

    with _stopping():
        return await run(url, data, settings, question, tell)


@contextmanager
def _stopping() -> Iterator[None]:
    """Let SIGTERM and SIGHUP cancel what runs, as Ctrl-C does."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    signals = (signal.SIGTERM, signal.SIGHUP) if threading.current_thread() is threading.main_thread() else ()
    for signum in signals:
        loop.add_signal_handler(signum, task.cancel)
    try:
        yield
    finally:
        for signum in signals:
            loop.remove_signal_handler(signum)
