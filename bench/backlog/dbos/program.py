# ruff: noqa: INP001 - it is run by its path, where nothing of ours can be imported
# DBOS is not installed where types are checked.
# mypy: disable-error-code="untyped-decorator"
"""The same work with DBOS: a workflow of three steps, one of which changes a row. Runs in an environment of its own.

``program.py fill URL EVENTS LANES ORDERED`` enqueues, ``program.py work URL NAME ORDERED`` works. The steps are kept
small: the second and the third read nothing from the database, as Penstock's do from what it has loaded. The first
is a plain step, not a transaction with a checkpoint of its own: that makes DBOS a third faster.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from dbos import DBOS, DBOSClient
from sqlalchemy import create_engine, text

QUEUE, NAME = "backlog", "penstock-bench"
THREADS = 16  # of one worker, each with its connections: more than two cores can use
TABLE = "CREATE TABLE IF NOT EXISTS thing (id bigint PRIMARY KEY, status text, revision bigint NOT NULL DEFAULT 0)"
THINGS = "INSERT INTO thing (id) SELECT generate_series(1, :lanes) ON CONFLICT DO NOTHING"
CHANGE = "UPDATE thing SET status = :status, revision = revision + 1 WHERE id = :id"


def fill(url: str, events: int, lanes: int, *, ordered: bool) -> None:
    """Put everything into the queue."""
    with create_engine(url).begin() as connection:
        connection.execute(text(THINGS), {"lanes": lanes})
    client = DBOSClient(system_database_url=url, system_database_pool_size=8)

    def put(number: int) -> None:
        lane = number % lanes + 1
        options = {"workflow_name": "answer", "queue_name": QUEUE}
        if ordered:
            options["queue_partition_key"] = str(lane)
        client.enqueue(options, lane, f"STEP{number // lanes}")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, range(events)))
    client.destroy()


def work(url: str, name: str, *, ordered: bool) -> None:
    """Work until killed; say so when ready."""
    with create_engine(url).begin() as connection:
        connection.execute(text(TABLE))
    DBOS(
        config={
            "name": NAME,
            "system_database_url": url,
            "sys_db_pool_size": THREADS,
            "max_executor_threads": THREADS,
            "executor_id": name,
            "application_version": "1",
            "log_level": "WARNING",
        }
    )
    engine = create_engine(url, pool_size=THREADS, max_overflow=0)

    @DBOS.step(name="change")
    def change(id_: int, status: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(CHANGE), {"id": id_, "status": status})

    @DBOS.step(name="look")
    def look(fulfilments: list[str]) -> bool:
        return bool(fulfilments) and all(status == "LOST" for status in fulfilments)

    @DBOS.step(name="tell")
    def tell() -> str:
        return "setting backlog.webhook is missing or has no url: nothing was sent"

    @DBOS.workflow(name="answer")
    def answer(id_: int, status: str) -> str:
        change(id_, status)
        look(["ASSIGNED"])
        told: str = tell()
        return told

    DBOS.launch()
    limits = {"partition_concurrency": 1} if ordered else {"worker_concurrency": THREADS}
    DBOS.register_queue(QUEUE, polling_interval_sec=0.05, **limits)
    print("ready", flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    command, address, *rest = sys.argv[1:]
    if command == "fill":
        fill(address, int(rest[0]), int(rest[1]), ordered=rest[2] == "ordered")
    else:
        work(address, rest[0], ordered=rest[1] == "ordered")
