"""One mutation at work: the keys that it looks up, the rows that it makes, and the one write at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg

from penstock.api.graphql.mutations.generic.conflicts import refusals
from penstock.api.graphql.mutations.generic.lookups import (
    UP,
    Found,
    Lookup,
    bound,
    flattened,
    key_lookup,
)
from penstock.errors import ForbiddenError, InvalidValueError, MissingValueError, NotFoundError
from penstock.model.registry import MODEL
from penstock.model.serving import served, serves, serves_all
from penstock.model.writes import Changes
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.workflow import workflow_of

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping

    from penstock.api.graphql.mutations.generic.lookups import Path
    from penstock.api.graphql.mutations.writer import Writer
    from penstock.api.graphql.operations import Call
    from penstock.identity.principal import Scope
    from penstock.model.vocabulary import Entity, One
    from penstock.orchestration.configuration import Configuration

DEADLOCKS = 3  # after which the error is the client's


@dataclass(slots=True)
class Wanted:
    """A row that an input names; ``found`` are the rows that the key fits, once looked up."""

    lookup: Lookup
    values: list[Any]
    label: str
    key: tuple[Any, ...] | None  # the values as they are bound; None when no row can have them
    found: list[Found] = field(default_factory=list)

    @property
    def said(self) -> str:
        """Return the key in words: ``ref HD-1``."""
        named = zip(self.lookup.paths, self.values, strict=True)
        return ", ".join(f"{'.'.join(p)} {v}" for p, v in named if p[0] != UP)


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows stand: the root of their tree and workflow, and their retailer.

    ``tree`` is the entity at the root of the tree; links inside a tree must not leave it.
    """

    tree: str | None = None
    root_id: int | None = None
    root_ref: str | None = None
    root_type: str | None = None
    retailer_id: int | None = None
    retailer_ref: str | None = None
    alone: bool = False  # without the root that rows of their kind may have, each row is its own


NOWHERE = Place()


class Work:
    """What one mutation gathers. ``permission`` is the one whose scope limits the rows that it may touch."""

    def __init__(self, call: Call, permission: str) -> None:
        writer: Writer = call.writer
        self.call = call
        self.database = call.database
        self.principal = call.principal
        self.permission = permission
        self.scope: Scope = call.principal.scope(permission)
        self.writer = writer
        self.now = writer.clock.now()
        self.changes = Changes()
        self.further: list[tuple[str, tuple[Any, ...]]] = []  # statements that follow in the same transaction
        self.attended = False  # somebody waits for what the events bring about
        self.announced: list[uuid.UUID] = []  # the events of what is created
        self.new_ids = 0
        self.new_small_ids = 0
        self._small_ids: list[int] = []
        self._wanted: dict[tuple[Lookup, tuple[Any, ...]], Wanted] = {}
        self._configuration: Configuration | None = None

    def want(self, target: str, key: Mapping[str, Any], label: str, up: One | None = None) -> Wanted:
        """Look up the row of an entity or interface that a key names; ``up`` ties it to another row's key.

        Raises:
            MissingValueError: the key says nothing.
        """
        flat = sorted(flattened(key))
        paths = tuple([path for path, _ in flat])
        if not any(path[0] != UP for path in paths):
            raise MissingValueError(f"{label} names no {target}; give one of the fields of its key")
        return self.seek(self.lookup(target, paths, up), [v for _, v in flat], label)

    def lookup(self, target: str, paths: tuple[Path, ...], up: One | None = None) -> Lookup:
        """Return the look-up by these paths, within what the permission covers."""
        return key_lookup(target, paths, up, limited=bool(self.scope.partial) and target in MODEL.by_name)

    def seek(self, lookup: Lookup, values: list[Any], label: str) -> Wanted:
        """Look up a key of any shape."""
        key = bound(lookup, values)
        if key is None:
            return Wanted(lookup, values, label, None)
        known = self._wanted.get((lookup, key))
        if known is None:
            known = self._wanted[lookup, key] = Wanted(lookup, values, label, key)
        return known

    async def resolve(self) -> None:
        """Look everything up with one select, and have ids ready; afterwards nothing waits until the write."""
        workflows = await self._select() if self._wanted or self.new_small_ids else None
        self._configuration = await self.writer.configurations.knowing(workflows)
        await self.writer.ids.reserve(self.new_ids)

    async def _select(self) -> int:
        """Look everything up; return the revision of the workflows."""
        shapes: dict[Lookup, list[Wanted]] = {}
        for (lookup, _), wanted in self._wanted.items():
            shapes.setdefault(lookup, []).append(wanted)
        partial = self.scope.partial
        kind = tuple(shapes), (tuple(partial), tuple(self.scope.locations)) if partial else None
        keys = [[w.key for w in same if w.key] for same in shapes.values()]
        if self.new_small_ids:
            rows, workflows, self._small_ids = await self.writer.finder.find_with_ids(kind, keys, self.new_small_ids)
        else:
            rows, workflows = await self.writer.finder.find(kind, keys)
        for same, all_found in zip(shapes.values(), rows, strict=True):
            for wanted, found in zip(same, all_found, strict=True):
                wanted.found = found
        return workflows

    def take_id(self, entity: Entity) -> int:
        """Return an id for a new row that was announced in ``new_ids`` or ``new_small_ids``."""
        return self._small_ids.pop() if entity.small_ids else self.writer.ids.take()

    def announce_row(self, entity: Entity) -> None:
        """Say that a row will need an id."""
        if entity.small_ids:
            self.new_small_ids += 1
        else:
            self.new_ids += 1

    def workflow_of(self, retailer_id: int | None, event: str, type_: str | None) -> tuple[str, int]:
        """Return name and major version of the workflow that new entities get (spec 12 §6.2)."""
        assert self._configuration is not None
        return workflow_of(self._configuration.workflows, retailer_id or 0, event, type_)

    def setting(self, name: str, retailer_id: int = 0) -> Any:
        """Return the value of a setting for a retailer, 0 for the account; None where there is none."""
        assert self._configuration is not None
        return self._configuration.setting(name, retailer_id)

    def settle(self, wanted: Wanted, place: Place = NOWHERE) -> Found:
        """Return the one row that a key names, seen from a place.

        Raises:
            ForbiddenError: a retailer that the permission does not cover.
            NotFoundError: no such row, or none that belongs there or may be touched.
            InvalidValueError: several rows with this ref.
        """
        target = wanted.lookup.target
        fitting = [f for f in wanted.found if self.covers(f) and _belongs(f, target, place)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise InvalidValueError(f"{wanted.label}: several {target}s have {wanted.said}; name one by its id")
        if wanted.found and target == "Retailer":
            raise ForbiddenError(f"User does not have permission: {self.permission} for retailer {wanted.found[0].id}")
        within = f" of retailer {place.retailer_id}" if place.retailer_id is not None else ""
        raise NotFoundError(f"{wanted.label}: {target} with {wanted.said}{within} does not exist")

    def covers(self, found: Found) -> bool:
        """Return whether the permission holds for a row: for its retailer, or one that its catalogue serves."""
        if found.retailer_id is not None:
            return self.scope.touches(found.retailer_id)
        refs = found.retailer_refs
        return (
            self.scope.everything
            or serves_all(refs)
            or any(map(self.scope.touches, served(refs, self.principal.retailer_refs)))
        )

    def require_served(self, refs: list[str] | None) -> list[int]:
        """Return the ids of the retailers that a catalogue with this list is for, none where it is for all.

        Raises :class:`ForbiddenError` when the permission covers none of them.
        """
        known = [] if serves_all(refs) else served(refs, self.principal.retailer_refs)
        if known and not any(map(self.scope.touches, known)):
            self.require_retailer(known[0])
        return known

    def require_account(self) -> None:
        """Raise :class:`ForbiddenError` unless the permission is held in the whole account."""
        if not self.scope.everything:
            raise ForbiddenError(f"User does not have permission: {self.permission} for the account")

    def require_retailer(self, retailer_id: int) -> None:
        """Raise :class:`ForbiddenError` unless the permission covers all of the retailer."""
        if not self.scope.covers(retailer_id):
            raise ForbiddenError(f"User does not have permission: {self.permission} for retailer {retailer_id}")

    async def write(self) -> None:
        """Write everything, one statement unless a mutation of its own kind adds further ones.

        Raises the error of the constraint that is violated (spec 12 §8).
        """
        with refusals():
            await self._until_it_is_our_turn()
        if PendingEvent in self.changes.inserted:
            self.writer.wake()

    async def _until_it_is_our_turn(self) -> None:
        """Write; after a deadlock with a workflow on the same tree, which undid this write, once more."""
        for _ in range(DEADLOCKS):
            try:
                return await self._write()
            except asyncpg.DeadlockDetectedError:
                continue
        return await self._write()

    async def _write(self) -> None:
        if not self.further:
            await self.writer.together.write(self.changes)
            return
        async with self.database.transaction() as connection:
            await self.changes.write(connection)
            for sql, arguments in self.further:
                await connection.execute(sql, *arguments)


def _belongs(found: Found, target: str, place: Place) -> bool:
    """Return whether a row may be linked from a place: same tree, same retailer, a catalogue that serves it."""
    tree = MODEL.entity(target).tree if target in MODEL.by_name else None
    if tree is not None and tree == place.tree and place.root_id is not None:
        root = found.id if target == tree else found.root_id
        if root != place.root_id:
            return False
    if found.retailer_id is not None and place.retailer_id is not None and found.retailer_id != place.retailer_id:
        return False
    refs = found.retailer_refs
    if target in MODEL.by_name and MODEL.entity(target).scope == "account":
        return True  # a network may hold locations of retailers that it does not list
    return not place.retailer_ref or serves(refs, place.retailer_ref)
