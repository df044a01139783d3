"""What the linter looks at: documents in files, shipped or stored ones, and the rules that they may call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penstock.cli.workflow.given import given_to_lint
from penstock.cli.workflow.server import ask
from penstock.errors import InvalidValueError
from penstock.rules.listed import rule_of
from penstock.rules.names import resolve
from penstock.workflows.documents import filled, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from penstock.cli.workflow.server import Server
    from penstock.demo.client import Connection
    from penstock.rules.declaration import Rule

    Resolve = Callable[[str], Rule | None]

Document = dict[str, Any]

_NOT_SEEN = "Which rules are installed there is told to nobody without PLUGIN_VIEW: those installed here count instead."


@dataclass(frozen=True, slots=True)
class Subject:
    """Documents that work together, and how a rule that they name is found; None where it is not installed."""

    documents: list[Document]
    resolve: Resolve


def shipped(what: tuple[str, ...], fragments: tuple[Path, ...]) -> Subject | None:
    """Return what files, folders and names of reference workflows stand for; None where stored ones are needed.

    Raises:
        InvalidValueError: there is no such file or workflow, or it cannot be read; the message names it.
    """
    known = {str(d["name"]): d for d in reference("ACCOUNT", 1)}
    files, names = _told_apart(what)
    given = given_to_lint(files, fragments)
    if given.lacking:
        return None
    _refuse(names, known, "no file and no reference workflow")
    chosen = names if what or fragments else list(known)
    return Subject([*(known[name] for name in chosen), *given.over({})], resolve)


def of_server(what: tuple[str, ...], fragments: tuple[Path, ...], connection: Connection) -> Subject:
    """Return what files and folders stand for, and names of stored workflows; fragments lie over these, too.

    Raises:
        InvalidValueError, MissingValueError: as :func:`shipped`; and a fragment has no workflow to lie over.
    """
    files, named = _told_apart(what)
    given = given_to_lint(files, fragments)

    async def work(server: Server) -> Subject:
        known = await server.names()
        _refuse(named, known, "no file and no stored workflow")
        wanted = known if not (what or fragments) else named
        below = await server.stored([*wanted, *given.lacking])
        others = [found for name in wanted if name not in given.names and (found := below[name])]
        # A file names the rules of whatever account it is for; an uploaded one is that of this account only.
        own = [filled(d, {"account.id": connection.account_id}, whole=False) for d in given.over(below)]
        return Subject([*others, *own], _resolving(connection.account_id, await server.rules()))

    return ask(connection, work)


def _told_apart(what: Iterable[str]) -> tuple[list[Path], list[str]]:
    """Return which of these are files and folders, and which names."""
    files = [Path(named) for named in what if Path(named).exists()]
    return files, [named for named in what if not Path(named).exists()]


def _refuse(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise :class:`InvalidValueError` for the first of the names that is not known."""
    for name in names:
        if name not in known:
            raise InvalidValueError(f"there is {what} {name}; there are {', '.join(known)}")


def _resolving(account: str, listed: Mapping[str, Document] | None) -> Resolve:
    """Return how a rule is found among those that a running Penstock lists, whatever spelling older documents have."""
    if listed is None:
        click.echo(_NOT_SEEN, err=True)
        return resolve

    def find(name: str) -> Rule | None:
        full = name
        if name not in listed and (today := resolve(name)) is not None:
            full = f"{account}.{today.name}"
        return rule_of(full.partition(".")[2], listed[full]) if full in listed else None

    return find
