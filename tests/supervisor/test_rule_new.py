"""``penstock rule new``: given a name, when a package is made, then it passes its own checks as it is."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import penstock
from penstock.cli import main
from penstock.cli.rule.new import create
from penstock.errors import InvalidValueError

SOURCE = Path(penstock.__file__).parents[1]
LONG = "my_own_shop.SendEventOnVerifyingThatTheTotalPriceOfTheOrderIsLarge"


def check(folder: Path, module: str, *arguments: str) -> None:
    """Run one of the package's checks as its README says."""
    paths = {"PYTHONPATH": str(SOURCE), "MYPYPATH": str(SOURCE)}
    environment = {**os.environ, **paths, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_package_passes_its_tests(tmp_path: Path) -> None:
    check(create("price.LargeOrder", tmp_path), "pytest", "-q")


@pytest.mark.parametrize("name", ["price.LargeOrder", LONG, "x.A"])
def test_it_is_written_as_its_linter_wants_it(tmp_path: Path, name: str) -> None:
    folder = create(name, tmp_path)
    check(folder, "ruff", "check", "--no-cache")
    check(folder, "ruff", "format", "--check", "--no-cache")


def test_its_types_are_right(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    cache = pytestconfig.cache
    assert cache is not None
    kept = cache.mkdir("types-of-new-rules")  # reading Penstock's own types again costs most of the time
    check(create("price.LargeOrder", tmp_path), "mypy", f"--cache-dir={kept}")


def test_its_entry_point_leads_to_a_module_that_declares_the_rule(tmp_path: Path) -> None:
    folder = create("price.LargeOrder", tmp_path)
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["penstock.rules"]
    assert (project["name"], points) == ("price-rules", {"price": "price_rules"})
    assert (folder / "src" / points["price"] / "large_order.py").exists()
    asked = "import price_rules; from penstock.rules.names import resolve; assert resolve('ACME.price.LargeOrder')"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), str(folder / "src")])}
    subprocess.run([sys.executable, "-c", asked], env=environment, check=True, timeout=60)


def test_the_command_says_what_is_next(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["rule", "new", "price.LargeOrder", "--into", str(tmp_path)])
    assert result.exit_code == 0
    assert "price-rules is there" in result.output
    again = CliRunner().invoke(main, ["rule", "new", "price.LargeOrder", "--into", str(tmp_path)])
    assert again.exit_code == 1
    assert "exists already" in again.output


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("LargeOrder", "is called <namespace>.<Rule>"),
        ("price.largeOrder", "is called <namespace>.<Rule>"),
        ("../price.LargeOrder", "is called <namespace>.<Rule>"),
        ("ACME.price.LargeOrder", "is called <namespace>.<Rule>"),
        ("core.SetState", "exists already"),
        ("commonv2.SetState", "exists already"),
        ("price.Class", "would be a module called class"),
    ],
)
def test_names_that_cannot_be_are_refused_and_leave_nothing(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        create(name, tmp_path)
    assert list(tmp_path.iterdir()) == []
