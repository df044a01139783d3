"""The documents name only what exists, and the generated pages are those that the code gives now."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock.cli.docs import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "penstock"
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_SNIPPET = re.compile(r"^```\w+\n(.*?)^```", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"(?P<path>[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|sql|json|toml|md|svg|csv|lock)))(?::(?P<name>[\w.]+))?")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
_VARIABLE = re.compile(r"\bPENSTOCK_[A-Z_]+\b")

# Files that a reader makes while following a page, or that Penstock makes when it runs.
_MADE = {
    "0005_gift_message.py",
    "0005_gift_message.sql",
    "0005_suppliers.py",
    "0005_suppliers.sql",
    "connection.json",
    "licences.md",
    "london.json",
    "price.py",
    "stores-first.json",
    "supplier_default.json",
    "suppliers.py",
    "test_rules_price.py",
}


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return _FENCED.sub("", page.read_text("utf-8"))


def named(page: Path) -> Iterator[tuple[str, str | None]]:
    """Yield the files and folders that a page names, each with the function named in it, if any."""
    for code in _CODE.findall(prose(page)):
        found = _PATH.fullmatch(code)
        if found and found["path"].rpartition("/")[2] not in _MADE:
            yield found["path"], found["name"]


def defined(file: Path) -> set[str]:
    """Return the functions, classes, methods and constants of a module, methods as ``Class.method``."""
    names: set[str] = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        names |= _names(node)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{name}" for inner in node.body for name in _names(inner)}
    return names


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_and_function_named_exists(page: Path) -> None:
    missing = []
    for path, name in named(page):
        file = next((base / path for base in (ROOT, PACKAGE, page.parent) if (base / path).exists()), None)
        if file is None:
            missing.append(path)
        elif name is not None and name not in defined(file):
            missing.append(f"{path}:{name}")
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link in _LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()] == []


def test_snippets_for_clients_are_parts_of_programs_that_are_tested() -> None:
    snippets = _SNIPPET.findall((ROOT / "docs" / "how-to" / "graphql-clients.md").read_text("utf-8"))
    folder = ROOT / "tests" / "clients"
    programs = [f.read_text("utf-8") for f in (folder / "codegen.ts", *(folder / "programs").iterdir()) if f.is_file()]
    assert len(snippets) > 1
    assert [s for s in snippets if not any(s in program for program in programs)] == []


@pytest.mark.parametrize("name", ["events.md", "rules.md", "schema.graphql", "openapi.json"])
def test_generated_pages_are_up_to_date(name: str) -> None:
    up_to_date = (REFERENCE / name).read_text("utf-8") == pages()[name]
    assert up_to_date, f"docs/reference/{name} has drifted; write it again with: .venv/bin/penstock docs"


def test_every_environment_variable_is_described() -> None:
    read = {name for file in PACKAGE.rglob("*.py") for name in _VARIABLE.findall(file.read_text("utf-8"))}
    described = set(_VARIABLE.findall((REFERENCE / "settings.md").read_text("utf-8")))
    assert read - described == set()


def settings_in(file: Path) -> set[str]:
    """Return the names of the settings that a file asks for by a text or by a constant of its own."""
    tree = ast.parse(file.read_text("utf-8"))
    assigned = [n for n in tree.body if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name)]
    constants = {n.targets[0].id: n.value for n in assigned if isinstance(n.targets[0], ast.Name)}
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Setting" and n.args]
    named = (constants.get(getattr(call.args[0], "id", ""), call.args[0]) for call in calls)
    return {str(n.value) for n in named if isinstance(n, ast.Constant)}


def test_every_stored_setting_is_described() -> None:
    described = (REFERENCE / "settings.md").read_text("utf-8")
    named_in_code = re.compile(r'"([A-Z][A-Z_]*(?:\.[A-Z_]+)+|[A-Z]+(?:_[A-Z]+)+_LIMIT)"')
    named_in_workflows = re.compile(r'"setting": "([^"]+)"')
    read = {n for f in (PACKAGE / "rules").rglob("*.py") for n in named_in_code.findall(f.read_text("utf-8"))}
    read |= {name for file in (PACKAGE / "rules").rglob("*.py") for name in settings_in(file)}
    assert "RETURN_WINDOW_DAYS" in read  # the constants are found
    read |= {n for f in PACKAGE.rglob("*.json") for n in named_in_workflows.findall(f.read_text("utf-8"))}
    assert {name for name in read if f"`{name}`" not in described} == set()
