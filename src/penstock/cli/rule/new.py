"""``penstock rule new``: a package with one rule, its test and a README, to go on from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock.errors import InvalidValueError
from penstock.model.vocabulary import snake
from penstock.rules.names import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_NAME = re.compile(r"[a-z][a-z0-9_]*\.[A-Z][A-Za-z0-9]*")
_PLACEHOLDER = re.compile(r"\[\[([a-z]+)\]\]")
_ENDING = ".in"  # of the templates: nobody shall take them for modules


@dataclass(frozen=True)
class Names:
    """What a new package and its parts are called, all from ``<namespace>.<Rule>``."""

    rule: str

    @property
    def values(self) -> dict[str, str]:
        """Return what the place-holders of the template stand for."""
        namespace, _, name = self.rule.partition(".")
        module = f"{namespace}_rules"
        package = module.replace("_", "-")
        return {
            "rule": self.rule,
            "namespace": namespace,
            "name": name,
            "package": package,
            "module": module,
            "function": snake(name),
        }


@click.command()
@click.argument("name")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where to put the folder."
)
def new(name: str, into: Path) -> None:
    """Make a Python package with a rule NAME, such as price.SendEventOnTotalPrice.

    It has tests, and passes them, ruff and mypy as it is. Install it beside Penstock, or upload it as a plugin.
    """
    folder = create(name, into)
    click.echo(f"{folder} is there. Next: cd {folder}, python -m pip install -e . and pytest; README.md says more.")


def create(name: str, into: Path) -> Path:
    """Write the package into a new folder; return the folder.

    ``InvalidValueError`` where the name is none, is taken by a rule that is installed, or the folder exists.
    """
    if not _NAME.fullmatch(name):
        raise InvalidValueError(f"a rule is called <namespace>.<Rule>, such as price.LargeOrder, not {name}")
    if iskeyword(snake(name.partition(".")[2])):
        raise InvalidValueError(f"{name} would be a module called {snake(name.partition('.')[2])}; take another name")
    if resolve(f"ACCOUNT.{name}") is not None:
        raise InvalidValueError(f"rule {name} exists already; take another name")
    values = Names(name).values
    folder = into / values["package"]
    if folder.exists():
        raise InvalidValueError(f"{folder} exists already; put the rule into it, or take another namespace")
    template = resources.files("penstock.cli.rule") / "template"
    for path, file in _files(template, ""):
        target = folder / _filled(path.removesuffix(_ENDING), values)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_filled(file.read_text("utf-8"), values), encoding="utf-8")
    return folder


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for part in sorted(folder.iterdir(), key=lambda p: p.name):
        if part.is_dir():
            yield from _files(part, f"{path}{part.name}/")
        elif part.name.endswith(_ENDING):
            yield path + part.name, part


def _filled(text: str, values: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)
