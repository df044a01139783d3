"""The embedded server: whatever happened before, it starts, or says in a sentence why not."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from penstock.database.embedded import directory as directory_module
from penstock.database.embedded.cluster import entered, owner_of, postmaster_pid
from penstock.database.embedded.directory import SOCKET_NAME, DataDirectory, socket_directory
from penstock.database.embedded.programs import find_programs, reachable_programs
from penstock.database.embedded.server import PostgresServer
from penstock.database.urls import with_database
from penstock.errors import SetupError
from penstock.supervisor import ports
from penstock.supervisor.ports import listening_socket

if TYPE_CHECKING:
    from collections.abc import Iterator

FAST = {"fsync": "off", "shared_buffers": "16MB"}
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a server as another user")

# A Penstock that starts a server on the directory named by its argument, and then waits to be killed.
PARENT = """
import sys, time
from pathlib import Path
from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer
server = PostgresServer(DataDirectory(Path(sys.argv[1])), options={"fsync": "off"})
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory with a cluster; making one takes a second."""
    path = tmp_path_factory.mktemp("data")
    with DataDirectory(path) as directory, PostgresServer(directory, options=FAST):
        return path


@contextmanager
def _started(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, cwd="/", **options) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def _penstock(
    data: Path, interpreter: str = sys.executable, **options: Any
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start PARENT on ``data``; give it and its server's process number."""
    with _started([interpreter, "-c", PARENT, str(data)], stdout=subprocess.PIPE, **options) as parent:
        assert parent.stdout
        yield parent, int(parent.stdout.readline())


async def _ask(server: PostgresServer, *statements: str) -> object:
    connection = await asyncpg.connect(with_database(server.url, "postgres"))
    try:
        return [await connection.fetchval(statement) for statement in statements][-1]
    finally:
        await connection.close()


def _alive(pid: int) -> bool:
    """Say whether a process runs; one that only waits for its parent to notice its end does not."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    return False


def _gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _alive(pid)


async def test_starts_again_with_the_same_data(data: Path) -> None:
    with DataDirectory(data) as directory:
        with PostgresServer(directory, options=FAST) as server:
            await _ask(server, "CREATE TABLE kept AS SELECT 7 AS a", "SELECT 1")
            pid = server.pid
        assert not _alive(pid)
        with PostgresServer(directory, options=FAST) as server:
            assert await _ask(server, "SELECT a FROM kept", "DROP TABLE kept", "SHOW max_wal_size") == "4GB"


async def test_listens_at_its_socket_only_and_lets_only_its_user_in(data: Path) -> None:
    with DataDirectory(data) as directory, PostgresServer(directory, options=FAST) as server:
        assert await _ask(server, "SHOW listen_addresses") == ""
        assert stat.S_IMODE(directory.sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE(directory.cluster.stat().st_mode) == 0o700


@AS_ROOT
def test_does_not_run_as_root_even_where_only_root_may_enter(data: Path) -> None:
    data.parent.chmod(0o700)
    with DataDirectory(data) as directory, PostgresServer(directory, options=FAST) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
        assert Path(f"/proc/{server.pid}").stat().st_uid == directory.cluster.stat().st_uid


def test_a_killed_parent_leaves_no_orphan(data: Path) -> None:
    with _penstock(data) as (parent, server):
        assert _alive(server)
        parent.kill()
        assert _gone_within(server, 60)


async def test_starts_after_parent_and_server_were_killed(data: Path) -> None:
    with _penstock(data) as (parent, server_pid):
        os.kill(server_pid, signal.SIGKILL)
        parent.kill()
    with DataDirectory(data) as directory, PostgresServer(directory, options=FAST) as server:
        assert await _ask(server, "SELECT 1") == 1


async def test_takes_over_from_a_server_that_outlived_its_parent(data: Path) -> None:
    with DataDirectory(data) as directory:
        orphan = PostgresServer(directory, options=FAST)
        orphan.start()
        with PostgresServer(directory, options=FAST) as server:
            assert not orphan.running
            assert await _ask(server, "SELECT 1") == 1


async def test_a_pid_file_that_names_another_process_does_not_stop_it(data: Path) -> None:
    with DataDirectory(data) as directory:
        owner = owner_of(directory.cluster, "nobody")
        user = owner.uid if owner else os.geteuid()
        with _started(["/bin/sleep", "60"], user=user) as stranger:
            lines = [str(stranger.pid), str(directory.cluster), "1", "5432", "/nowhere", "", "0 0", "ready"]
            (directory.cluster / "postmaster.pid").write_text("\n".join(lines), encoding="ascii")
            with PostgresServer(directory, options=FAST) as server:
                assert await _ask(server, "SELECT 1") == 1
                assert postmaster_pid(directory.cluster) == (server.pid, "ready")
            assert stranger.poll() is None


def test_a_second_penstock_on_the_same_data_is_refused(data: Path) -> None:
    with DataDirectory(data), pytest.raises(SetupError, match=rf"in use by another .*{os.getpid()}"):
        DataDirectory(data)


@pytest.mark.parametrize("place", ["/proc/penstock", "/dev/null/penstock"])
def test_a_directory_that_cannot_be_written_is_told(place: str) -> None:
    with pytest.raises(SetupError, match="cannot be written"):
        DataDirectory(Path(place))


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_module, "LEAST_FREE_MEGABYTES", 10**9)
    with pytest.raises(SetupError, match="too little"):
        DataDirectory(tmp_path)


def test_data_of_another_version_is_left_alone(data: Path) -> None:
    with DataDirectory(data) as directory:
        version = directory.cluster / "PG_VERSION"
        version.write_text("9\n", encoding="ascii")
        try:
            with pytest.raises(SetupError, match="made by PostgreSQL 9"):
                PostgresServer(directory, options=FAST).start()
        finally:
            version.write_text("18\n", encoding="ascii")


def test_the_reason_of_a_failed_start_is_told(data: Path) -> None:
    with DataDirectory(data) as directory:
        server = PostgresServer(directory, options={**FAST, "shared_buffers": "no number"})
        with pytest.raises(SetupError, match=r"postgresql\.conf.* contains errors"):
            server.start()
        assert not server.running


async def test_finishes_what_a_killed_first_start_left_half_made(tmp_path: Path) -> None:
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n", encoding="ascii")
    with DataDirectory(tmp_path) as directory, PostgresServer(directory, options=FAST) as server:
        assert await _ask(server, "SHOW server_encoding") == "UTF8"


def test_a_long_path_gets_a_short_socket() -> None:
    assert socket_directory(Path("/srv/penstock")) == Path("/srv/penstock/run")
    long = socket_directory(Path("/srv") / ("x" * 100))
    assert len(str(long / SOCKET_NAME)) <= 107
    assert long == socket_directory(Path("/srv") / ("x" * 100))


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="PENSTOCK_POSTGRES_BIN"):
        find_programs(tmp_path)


def test_private_programs_named_by_a_setting_are_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "postgres").touch(mode=0o755)
    with pytest.raises(SetupError, match="only root may enter"):
        reachable_programs(tmp_path)


@AS_ROOT
def test_starts_as_an_ordinary_user() -> None:
    interpreter = _interpreter_for_all()
    with tempfile.TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o777)
        _start_and_kill(Path(open_to_all) / ("long" * 25), interpreter)


def _start_and_kill(data: Path, interpreter: str) -> None:
    with _penstock(
        data,
        interpreter,
        user=65534,
        group=65534,
        extra_groups=[],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
    ) as (parent, server):
        assert Path(f"/proc/{server}").stat().st_uid == 65534
        parent.kill()
        assert _gone_within(server, 60)


def _interpreter_for_all() -> str:
    """Return a Python of this version that every user can run; the one of these tests may be root's own."""
    for path in (Path(sys.executable), Path(f"/usr/bin/python3.{sys.version_info.minor}")):
        if path.exists() and all(each.stat().st_mode & stat.S_IXOTH for each in path.resolve().parents):
            return str(path)
    pytest.skip("no interpreter that an ordinary user may run")


@pytest.mark.parametrize("shared", [False, True])
def test_a_taken_port_is_told(monkeypatch: pytest.MonkeyPatch, *, shared: bool) -> None:
    monkeypatch.setattr(ports, "SECONDS_TO_WAIT_FOR_A_DYING_HOLDER", 0.1)
    with closing(socket.socket()) as holder:
        if shared:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(SetupError, match="is taken by another program"):
            listening_socket("127.0.0.1", holder.getsockname()[1])


def test_a_foreign_address_is_told() -> None:
    with pytest.raises(SetupError, match="--host"):
        listening_socket("192.0.2.1", 8080)


def test_a_directory_is_named_by_its_descriptor(tmp_path: Path) -> None:
    with entered(tmp_path) as (name, descriptor):
        assert descriptor > 2
        assert Path(name).samefile(tmp_path)
