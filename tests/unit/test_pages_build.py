"""Building the web pages: when it happens, and that installations get them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING
from zipfile import ZipFile

import hatch_build
import pytest

from penstock.api import pages

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the steps that a build takes, which only pretend."""
    taken: list[str] = []
    monkeypatch.setattr(hatch_build, "npm_ci", lambda *_: taken.append("npm"))
    monkeypatch.setattr(hatch_build, "node", lambda *_: taken.append("vite"))
    return taken


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src/penstock/api/pages/built").mkdir(parents=True)
    (tmp_path / "frontend/node_modules").mkdir(parents=True)
    (tmp_path / "frontend/graphql.html").write_text("a page")
    return tmp_path


def test_pages_are_built_when_their_sources_have_changed(root: Path, steps: list[str]) -> None:
    hatch_build.build(root)
    assert steps == ["npm", "vite"]
    hatch_build.build(root)
    (root / "frontend/node_modules/installed.js").write_text("no source")
    (root / "frontend/graphql.html").touch()
    hatch_build.build(root)
    assert steps == ["npm", "vite"]
    (root / "frontend/more.ts").write_text("")
    hatch_build.build(root)
    (root / "frontend/graphql.html").rename(root / "frontend/other.html")
    hatch_build.build(root)
    assert steps == ["npm", "vite"] * 3


def test_a_build_that_fails_is_told_and_tried_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build, "npm_ci", lambda *_: None)
    for _ in range(2):
        with pytest.raises(SystemExit, match=r"vite\.js build.* failed in .*frontend"):
            hatch_build.build(root)


def test_packages_are_installed_once_for_a_lock_file(
    root: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(hatch_build, "node", lambda *_: steps.append("npm"))
    lock = root / "frontend/package-lock.json"
    for content, options, installs in (
        ("{}", ("--omit=dev",), 1),
        ("{}", ("--omit=dev",), 1),
        ("{}", (), 2),
        ("{}", ("--omit=dev",), 2),  # all is more than some
        ("{ }", ("--omit=dev",), 3),
    ):
        lock.write_text(content)
        hatch_build.npm_ci(root / "frontend", *options)
        assert len(steps) == installs


def test_a_wheel_holds_the_pages(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    subprocess.run(command, cwd=hatch_build.ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name.rpartition("/")[2] for name in ZipFile(wheel).namelist() if "/pages/built/" in name}
    assert held == {path.name for path in pages.BUILT.iterdir()}
    assert held >= {"graphql.html", "licences.md"}


def test_lock_files_name_no_registry() -> None:
    folders = [hatch_build.ROOT / "frontend", *hatch_build.ROOT.glob("tests/*")]
    locks = [lock for folder in folders for lock in folder.glob("package-lock.json")]
    assert locks
    for lock in locks:
        assert '"resolved"' not in lock.read_text("utf-8"), lock
