"""``make fuzz``: whatever comes in, no answer is a server error, shows Penstock's inside, or takes long.

Operations are drawn from the schema and from the OpenAPI document that the API serves, and broken on purpose; each
answer is judged. Without ``--connection`` a Penstock of its own is started and furnished. It creates, changes and
removes whatever it can: never let it loose on data that anybody needs.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.fuzzing.house import furnished_house
from bench.fuzzing.report import complaints, show
from bench.fuzzing.run import fuzz
from bench.fuzzing.smaller import smaller
from bench.fuzzing.tally import Tally
from bench.fuzzing.target import Target
from bench.fuzzing.watching import peak_memory, watching
from penstock.demo.client.connection import read_connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from penstock.demo.client import Connection

OPERATIONS = 10_000


def main(arguments: Sequence[str]) -> int:
    """Fuzz; return 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="how many to send")
    parser.add_argument("--seed", type=int, default=1, help="everything that is drawn follows from it")
    parser.add_argument("--connection", type=Path, help="the connection.json of a running Penstock, to use that one")
    parser.add_argument("--database", help="the URL of its PostgreSQL, to see its statements")
    parser.add_argument(
        "--patience", type=float, default=1, help="how often as long things may take, on a busy machine"
    )
    given = parser.parse_args(arguments)
    return asyncio.run(_run(given))


async def _run(given: argparse.Namespace) -> int:
    seed: int = given.seed
    print(f"Fuzzing with seed {seed}", flush=True)
    async with _penstock(given.connection, given.database) as (connection, server, api):
        target = await asyncio.to_thread(Target, connection)
        tally = Tally(target, given.operations)
        async with watching(target.url, server, tally) as watch:
            await asyncio.to_thread(fuzz, tally, seed)
        watch.memory = peak_memory(api) if api is not None else 0
        show(tally, watch)
        print(*(f"Found, being made smaller: {what}" for _, what in tally.failures), sep="\n", flush=True)
        await asyncio.to_thread(_make_smaller, tally)
    wrong = complaints(tally, watch, given.patience)
    print(*(f"FAIL {complaint}" for complaint in wrong), sep="\n", end="\n" if wrong else "")
    print(f"{tally.done} operations with seed {seed}: {f'{len(wrong)} failures' if wrong else 'nothing wrong'}.")
    return bool(wrong)


@asynccontextmanager
async def _penstock(
    file: Path | None, database: str | None
) -> AsyncIterator[tuple[Connection, str | None, int | None]]:
    """Give the connection of the Penstock to fuzz, its PostgreSQL and its API process when these are known."""
    if file is not None:
        yield read_connection(file), database, None
        return
    with tempfile.TemporaryDirectory() as folder:
        async with furnished_house(Path(folder) / "data") as found:
            yield found


def _make_smaller(tally: Tally) -> None:
    for failure in tally.failures.values():
        if failure.request is not None:
            failure.request = smaller(failure.request, partial(tally.fails, failure))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
