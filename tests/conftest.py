"""What every test may ask for: one PostgreSQL server for all, and fresh databases on it."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import asyncpg
import pytest

from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer
from penstock.database.migrate import migrate
from penstock.database.pools import Database
from penstock.database.urls import database_of, with_database
from penstock.rules import REGISTRY
from penstock.testing import checked
from statements import Corpus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

Stream = Literal["control", "account"]

# A crash of the machine may cost the tests' data.
FAST = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "1GB", "shared_buffers": "128MB"}

IN_MEMORY, ROOM = Path("/dev/shm"), 8 * 1024**3  # noqa: S108 - mkdtemp makes a folder of each run's own there
OURS = "penstock-tests-"

_numbers = itertools.count(1)
_LONGEST = {ring: n for n, ring in enumerate(("chaos", "fuzz", "clients", "supervisor", "scenarios", "delivery"))}


class MakeDatabase(Protocol):
    """Makes databases that are dropped after the test."""

    async def __call__(self, stream: Stream = "account") -> Database:
        """Return a new database with all migrations of ``stream``."""
        ...


_corpus = Corpus()


def pytest_configure() -> None:
    """Have temporary files in memory where there is room: making and dropping a database takes a tenth there."""
    if "TMPDIR" in os.environ or not (IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK)):
        return
    if shutil.disk_usage(IN_MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix=OURS, dir=IN_MEMORY)
        Path(tempfile.tempdir).chmod(0o711)  # as of any folder for temporary files, others may enter what is theirs


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the rings that take longest where several processes share the tests, so that they end together."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _LONGEST.get(item.path.parent.name, len(_LONGEST)))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Tell the process that counts for all, if this is one of several; that one tidies up where nothing failed."""
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["corpus"] = [_corpus.queries, _corpus.statements]
    elif exitstatus == pytest.ExitCode.OK and Path(tempfile.gettempdir()).name.startswith(OURS):
        shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what one of several processes has counted."""
    queries, statements = getattr(node, "workeroutput", {}).get("corpus", (0, 0))
    _corpus.queries += queries
    _corpus.statements += statements


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many queries were looked at."""
    terminalreporter.write_line(f"{_corpus.queries:,} queries took {_corpus.statements:,} SQL statements")


@pytest.fixture(scope="session")
def corpus() -> Iterator[Corpus]:
    """Watch the statements of all queries that tests send in this process."""
    with pytest.MonkeyPatch.context() as patch:
        _corpus.watch(patch)
        yield _corpus


@pytest.fixture(autouse=True)
def _one_statement_for_each_query(corpus: Corpus) -> Iterator[None]:
    yield
    wrong, corpus.wrong = corpus.wrong, []
    assert not wrong


@pytest.fixture(scope="session")
def breaches() -> Iterator[list[str]]:
    """Hold every rule of the library that runs in this process to its declaration; return what it broke."""
    found: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, rule in list(REGISTRY.items()):
            patch.setitem(REGISTRY, name, checked(rule, found.append))
        yield found


@pytest.fixture(autouse=True)
def _rules_do_what_they_declare(breaches: list[str]) -> Iterator[None]:
    yield
    broken = sorted(set(breaches))
    breaches.clear()
    assert not broken


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a server: that of PENSTOCK_TEST_DATABASE_URL, or one started for this session."""
    given = os.environ.get("PENSTOCK_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = tempfile.TemporaryDirectory(dir=tmp_path_factory.getbasetemp(), ignore_cleanup_errors=True)
    with (
        folder as name,
        DataDirectory(Path(name)) as directory,
        PostgresServer(directory, options=FAST) as server,
    ):
        yield with_database(server.url, "postgres")


def unique_name(what: str) -> str:
    """Return a name that no other test and no other session on the same server uses."""
    return f"test_{what}_{os.getpid()}_{next(_numbers)}"


async def create_database(server: str, *, template: str = "template0") -> str:
    """Create a database and return its URL."""
    name = unique_name("database")
    await _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return with_database(server, name)


async def drop_database(server: str, url: str) -> None:
    """Drop a database that ``create_database`` made."""
    name = database_of(url)
    await _run(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _run(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def templates(postgres: str) -> AsyncIterator[dict[Stream, str]]:
    """Return a migrated database of each stream, by name: copying one is faster than migrating."""
    urls: dict[Stream, str] = {}
    for stream in ("control", "account"):
        urls[stream] = await create_database(postgres)
        await migrate(urls[stream], stream)
    yield {stream: database_of(url) for stream, url in urls.items()}
    for url in urls.values():
        await drop_database(postgres, url)


@pytest.fixture
async def make_database(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[MakeDatabase]:
    """Return a function that makes databases for this test."""
    async with databases(postgres, templates) as make:
        yield make


@asynccontextmanager
async def databases(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[MakeDatabase]:
    """Yield a function that makes databases, which are dropped in the end."""
    made: list[Database] = []

    async def make(stream: Stream = "account") -> Database:
        database = await Database.open(await create_database(postgres, template=templates[stream]))
        made.append(database)
        return database

    yield make
    for database in made:
        await database.close()
        await drop_database(postgres, database.dsn)


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    """Return a new, empty database of an account."""
    return await make_database()
