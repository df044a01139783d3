"""The fixtures of this folder, for the modules that name this one as a plugin."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hatch_build import npm_ci
from node_tools import FOLDER, node
from served import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from served import Served

    from conftest import Stream

_CODEGEN = "node_modules/@graphql-codegen/cli/esm/bin.js"


@pytest.fixture(scope="session")
def packages(pytestconfig: pytest.Config) -> Path:
    """Return the folder with the npm packages of the lock file; what is done about them shows at once."""
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled(), _alone():
        npm_ci(FOLDER)
    return FOLDER


@pytest.fixture(scope="session")
async def served(
    postgres: str, templates: dict[Stream, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """Return a running API; tests add to it what they like, except orders of the type ``TYPE``."""
    async with serving(postgres, templates, tmp_path_factory.mktemp("served")) as made:
        yield made


@pytest.fixture(scope="session")
def generated(packages: Path, served: Served) -> None:
    """See that the types are there that graphql-codegen makes of the running server's schema and our documents."""
    made = packages / "generated"
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    with _alone():
        if (made / ".run").exists() and (made / ".run").read_text() == run:
            return
        shutil.rmtree(made, ignore_errors=True)
        code, output = node(_CODEGEN, "--config", "codegen.ts", environment=served.environment)
        assert code == 0, output
        (made / ".run").write_text(run)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time work in this folder; several run tests at once."""
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
