"""Rules of packages that are installed beside Penstock, found by their entry points."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from penstock.rules.declaration import REGISTRY
from penstock.rules.installed import installed
from penstock.rules.names import resolve
from penstock.sourcing.profile import CONDITIONS, CRITERIA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RULE = "from penstock.rules import rule\n@rule('{name}', 'Says hello')\ndef hello(context):\n    return []\n"


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder whose packages count as installed; what they declare is gone afterwards."""
    kept: tuple[dict[str, Any], ...] = (REGISTRY, CONDITIONS.by_type, CRITERIA.by_type)
    before, modules = [dict(registry) for registry in kept], set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    installed.cache_clear()
    yield tmp_path
    installed.cache_clear()
    for name in set(sys.modules) - modules:
        del sys.modules[name]
    for registry, entries in zip(kept, before, strict=True):
        registry.clear()
        registry.update(entries)


def install(folder: Path, name: str, source: str) -> None:
    (folder / f"{name}.py").write_text(source)
    about = folder / f"{name}-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text(f"[penstock.rules]\n{name} = {name}\n")


def test_an_installed_package_adds_its_rules_for_every_account(packages: Path) -> None:
    install(packages, "acme_hello", _RULE.format(name="hello.Say"))
    (found,) = installed()
    assert found == ("acme_hello", "1.2", "acme_hello", ("hello.Say",), "")
    for account in ("ACME", "OTHER"):
        rule = resolve(f"{account}.hello.Say")
        assert rule is not None
        assert rule.description == "Says hello"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import no_such_thing", "ModuleNotFoundError: No module named 'no_such_thing'"),
        (_RULE.format(name="hello.Half") + "1 / 0", "ZeroDivisionError: division by zero"),
        (_RULE.format(name="core.SetState"), "ValueError: rule core.SetState is declared twice"),
        ("raise SystemExit(1)", "SystemExit: 1"),
        ("def hello(:", "SyntaxError: invalid syntax"),
    ],
)
def test_a_broken_package_is_reported_and_leaves_nothing_behind(packages: Path, source: str, error: str) -> None:
    install(packages, "acme_broken", source)
    install(packages, "acme_fine", _RULE.format(name="fine.Say"))
    known = resolve("ACME.core.SetState")
    broken, fine = installed()
    assert broken.package == "acme_broken"
    assert broken.error.startswith(error)
    assert resolve("ACME.hello.Half") is None
    assert resolve("ACME.core.SetState") is known
    assert fine.rules == ("fine.Say",)
    assert resolve("ACME.fine.Say") is not None


_PROFILE = """
from penstock.sourcing.profile import condition, criterion
@condition("acme.condition.always")
def always(context, params):
    return True
@criterion("acme.criterion.same")
def same(candidate, need, given):
    return 1.0
"""


def test_an_installed_package_adds_conditions_and_criteria_of_sourcing_profiles(packages: Path) -> None:
    install(packages, "acme_profile", _PROFILE)
    install(packages, "acme_broken", _PROFILE.replace("acme.", "broken.") + "1 / 0")
    assert [(found.package, bool(found.error)) for found in installed()] == [
        ("acme_broken", True),
        ("acme_profile", False),
    ]
    assert "acme.condition.always" in CONDITIONS.by_type
    assert "acme.criterion.same" in CRITERIA.by_type
    assert not any(type_.startswith("broken.") for type_ in (*CONDITIONS.by_type, *CRITERIA.by_type))
