"""The files of a PostgreSQL cluster: made once, owned by the right user, fit for the next start."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from penstock.database.embedded.launch import Owner, launched
from penstock.database.embedded.programs import major_version
from penstock.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SUPERUSER = "penstock"
SECONDS_TO_END_A_PREDECESSOR = 60
_STATE = 7  # lines of a pid file before the one with the state

# Chosen for many short transactions on small and middling machines. Whoever wants other values says
# ALTER SYSTEM: PostgreSQL reads that after the file which is written from this table.
CONFIGURATION = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "wal_compression": "off",
    "min_wal_size": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "10s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_vacuum_insert_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "autovacuum_vacuum_cost_limit": "2000",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %d ",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
}


def owner_of(cluster: Path, user: str) -> Owner | None:
    """Return the user that must own and run ``cluster``, or None: the one that runs this process.

    PostgreSQL refuses to run as root, so root starts it as the user that owns the cluster already, and gives
    a new one to ``user``.

    Raises:
        SetupError: the cluster belongs to somebody else, or there is no such user.
    """
    existing = cluster.stat() if cluster.exists() else None
    if os.geteuid() != 0:
        if existing and existing.st_uid != os.geteuid():
            raise SetupError(
                f"The data in {cluster} belongs to user {_name(existing.st_uid)}. "
                "Run as that user or as root, or name another directory with --data."
            )
        return None
    if existing and existing.st_uid != 0:
        return Owner(existing.st_uid, existing.st_gid)
    try:
        entry = pwd.getpwnam(user)
    except KeyError as error:
        raise SetupError(
            f"PostgreSQL cannot run as root, and there is no user {user!r} to run it as. "
            "Set PENSTOCK_POSTGRES_USER to an existing user."
        ) from error
    return Owner(entry.pw_uid, entry.pw_gid)


def _name(uid: int) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def private_directory(path: Path, owner: Owner | None) -> None:
    """Make ``path`` a directory that only ``owner`` may enter.

    Raises:
        SetupError: something that belongs to somebody else stands there.
    """
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    there = path.lstat()
    if path.is_symlink() or not path.is_dir() or there.st_uid not in {os.geteuid(), owner and owner.uid}:
        raise SetupError(f"{path} is not a directory of the user that runs the database. Remove it, and start again.")
    if owner:
        os.chown(path, owner.uid, owner.gid)
    path.chmod(0o700)


@contextmanager
def entered(path: Path) -> Iterator[tuple[str, int]]:
    """Open a directory and give a name for it that a child with its descriptor can use.

    The child may then work in a directory whose parents it may not enter, such as one below root's home.
    The name is also short, whatever the path.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield (f"/proc/self/fd/{descriptor}" if sys.platform == "linux" else str(path), descriptor)
    finally:
        os.close(descriptor)


def ensure_cluster(cluster: Path, programs: Path, owner: Owner | None, options: Mapping[str, str]) -> None:
    """Create the cluster where there is none yet, check its version, and write its configuration.

    Raises:
        SetupError: the cluster is of another PostgreSQL version, or cannot be made.
    """
    if not (cluster / "PG_VERSION").exists():
        _create(cluster, programs, owner, sync=options.get("fsync") != "off")
    has = int((cluster / "PG_VERSION").read_text(encoding="ascii"))
    brings = major_version(programs)
    if has != brings:
        raise SetupError(
            f"The data in {cluster} was made by PostgreSQL {has}, but this Penstock brings {brings}. Set "
            f"PENSTOCK_POSTGRES_BIN to the programs of PostgreSQL {has}, or move the data with pg_upgrade."
        )
    lines = [f"{name} = '{value}'" for name, value in (CONFIGURATION | dict(options)).items()]
    (cluster / "postgresql.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _create(cluster: Path, programs: Path, owner: Owner | None, *, sync: bool) -> None:
    """Run initdb beside the cluster's place and rename, so that a kill leaves no half-made cluster."""
    fresh = cluster.with_name(f"{cluster.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    private_directory(fresh, owner)
    with entered(fresh) as (name, descriptor):
        arguments = ["--encoding=UTF8", "--locale=C", "--auth=trust", f"--username={SUPERUSER}"]
        command = [str(programs / "initdb"), f"--pgdata={name}", *arguments]
        made = subprocess.run(
            launched(command if sync else [*command, "--no-sync"], at_parents_death=signal.SIGKILL, as_user=owner),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            pass_fds=(descriptor,),
        )
    if made.returncode:
        raise SetupError(f"A new database cannot be made in {cluster}: {_last_line(made.stderr)}")
    fresh.rename(cluster)


def _last_line(text: str) -> str:
    """Return what went wrong from the words of a PostgreSQL program: its last error, else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no reason given"]
    errors = [line for line in lines if "error:" in line or "FATAL:" in line]
    return (errors or lines)[-1]


def postmaster_pid(cluster: Path) -> tuple[int, str]:
    """Return the process number and the state that the cluster's pid file names; (0, "") without one."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return int(lines[0]), lines[_STATE].strip() if len(lines) > _STATE else ""
    except (FileNotFoundError, IndexError, ValueError):
        return 0, ""


def end_predecessor(cluster: Path, sockets: Path) -> None:
    """Stop a server that outlived its Penstock, and disarm the lock files that a killed one left behind.

    Only the holder of the data directory's lock may call this.
    """
    pid, _ = postmaster_pid(cluster)
    if not pid:
        return
    deadline = time.monotonic() + SECONDS_TO_END_A_PREDECESSOR
    while _works_in(pid, cluster):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(0.1)
    # The number may meanwhile belong to any process; PostgreSQL would take that one for a server. It never
    # takes its own parent for one, and still checks that no old backend holds the shared memory.
    with suppress(FileNotFoundError):
        file = cluster / "postmaster.pid"
        _, *others = file.read_text(encoding="utf-8").splitlines()
        file.write_text("\n".join([str(os.getpid()), *others]) + "\n", encoding="utf-8")
    for left in sockets.glob(".s.PGSQL.*"):
        left.unlink()


def _works_in(pid: int, cluster: Path) -> bool:
    try:
        return cluster.samefile(f"/proc/{pid}/cwd")
    except OSError:
        return False
