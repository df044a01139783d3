"""Which files a command is about, and what to fill in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_PATH = click.Path(exists=True, path_type=Path)


@dataclass(frozen=True, slots=True)
class Local:
    """Files and folders of workflows, of fragments, and ``name=value`` of place-holders."""

    files: tuple[Path, ...]
    fragments: tuple[Path, ...]
    values: tuple[str, ...]


fragment_option = click.option(
    "--fragment",
    "fragments",
    multiple=True,
    type=_PATH,
    help="A partial workflow to lay over the one of its name; files in a folder workflow-fragments are some.",
)


def local_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take files; it gets them as ``local``."""

    @click.argument("files", nargs=-1, type=_PATH, metavar="FILE...")
    @fragment_option
    @click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="Value of a place-holder [[NAME]].")
    @wraps(command)
    def taking(files: tuple[Path, ...], fragments: tuple[Path, ...], values: tuple[str, ...], **more: Any) -> None:
        if not files and not fragments:
            raise click.UsageError("Missing argument 'FILE...', or --fragment.")
        command(local=Local(files, fragments, values), **more)

    return taking
