"""Workflows as they are given in files, and fragments laid over them, or over what is stored (spec 13 §13)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.cli.workflow.files import checked, inside, name_of, read
from penstock.cli.workflow.writing import kept
from penstock.errors import InvalidValueError, MissingValueError
from penstock.workflows.documents import filled
from penstock.workflows.merging import merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Document = dict[str, Any]

FRAGMENTS = "workflow-fragments"  # the folder of a module in which each file is a fragment


@dataclass(frozen=True, slots=True)
class Fragment:
    """A partial workflow, and the name of the one that it is to lie over."""

    file: Path
    name: str
    document: Document


@dataclass(frozen=True, slots=True)
class Given:
    """Whole workflows by name, fragments of them or of stored ones, and the file of each whole one."""

    whole: dict[str, Document]
    fragments: list[Fragment]
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Return the names of all workflows that files are about."""
        return list(dict.fromkeys([*self.whole, *(fragment.name for fragment in self.fragments)]))

    @property
    def lacking(self) -> list[str]:
        """Return the names of those of which there are fragments only: they lie over what is stored."""
        return [name for name in self.names if name not in self.whole]

    def over(self, stored: Mapping[str, Document | None]) -> list[Document]:
        """Return the workflows, each with its fragments over it.

        Raises:
            InvalidValueError: a file that fragments lie over is no workflow; the message names it.
            MissingValueError: there is no workflow for a fragment to lie over.
        """
        found = dict(self.whole)
        for fragment in self.fragments:
            base = found.get(fragment.name)
            if base is None and (below := stored.get(fragment.name)) is not None:
                base = kept(below)
            if base is None:
                raise MissingValueError(
                    f"{fragment.file} is a fragment of {fragment.name}, which is not stored; give its file, too"
                )
            found[fragment.name] = merged(checked(base, f"what {fragment.file} lies over"), fragment.document)
        return list(found.values())


def given(files: Iterable[Path], fragments: Iterable[Path], values: Mapping[str, str]) -> Given:
    """Read files and folders, the place-holders in them filled in.

    Raises:
        InvalidValueError: a file cannot be used; the message names it.
    """
    whole, partial = _sorted(files, fragments)
    found: dict[str, Document] = {}
    named: dict[str, Path] = {}
    for file in whole:
        document: Document = filled(read(file), values)
        name = name_of(document, file)
        if name in found:
            raise InvalidValueError(f"{file} is {name}, too; give one file of each workflow, and fragments of it")
        found[name], named[name] = checked({**document, "name": name}, str(file)), file
    return Given(found, [_fragment(file, filled(read(file), values)) for file in partial], named)


def given_to_lint(files: Iterable[Path], fragments: Iterable[Path]) -> Given:
    """Read files and folders as they are: what is wrong with a whole workflow is the linter's to say."""
    whole, partial = _sorted(files, fragments)
    found: dict[str, Document] = {}
    for file in whole:
        document, name = read(file), str(file)
        with suppress(InvalidValueError):
            name = name_of(document, file)
        found[str(file) if name in found else name] = document
    return Given(found, [_fragment(file, read(file)) for file in partial])


def _fragment(file: Path, document: Document) -> Fragment:
    return Fragment(file, name_of(document, file), checked(document, str(file), whole=False))


def _sorted(files: Iterable[Path], fragments: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    named = [inner for file in files for inner in inside(file)]
    partial = [file for file in named if file.parent.name == FRAGMENTS]
    return [file for file in named if file not in partial], [*partial, *(f for p in fragments for f in inside(p))]
