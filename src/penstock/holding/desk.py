"""The desk where holds are asked for, extended and given back, in one process and account (docs/adr/0025)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg

from penstock.database.gathering import Gathering
from penstock.errors import InvalidValueError, NotFoundError, PenstockError, shown
from penstock.holding.ending import end
from penstock.holding.granting import grant
from penstock.holding.planning import Item, Refused
from penstock.holding.reading import by_ref, find
from penstock.holding.records import ACTIVE, REF_KEY, RELEASED, Hold
from penstock.model.serving import serves
from penstock.orchestration.queue import WORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.clock import Clock
    from penstock.database.ids import IdSource
    from penstock.database.pools import Database
    from penstock.database.signals import Signals
    from penstock.holding.planning import Wanted
    from penstock.orchestration.configuration import Configuration, Configurations

OPTIMISTIC = 2  # rounds before everything is locked
HEAVIEST = 500  # items of several holds in a statement
_EXTEND = f"""
UPDATE hold SET expires_on = greatest(expires_on, $2), updated_on = $3 WHERE id = $1 AND status = '{ACTIVE}'"""

Outcome = Hold | Refused | PenstockError
_Line = tuple[int, str]  # retailer, user: what goes together


class ConflictError(PenstockError):
    """What is there already is in the way."""

    code, status = "C0123E", 409


class Desk:
    """Grants and ends holds; call it from one event loop. What comes at once goes together."""

    def __init__(
        self, database: Database, ids: IdSource, configurations: Configurations, clock: Clock, signals: Signals
    ) -> None:
        self._database, self._ids, self._configurations = database, ids, configurations
        self._clock, self._signals = clock, signals
        self._granting: Gathering[_Line, Wanted, Outcome] = Gathering(self._grant, lambda w: len(w.items), HEAVIEST)
        self._releasing: Gathering[_Line, int, None] = Gathering(self._release)

    async def hold(self, wanted: Wanted) -> Hold | Refused:
        """Hold everything that is wanted, or nothing; the same again returns the hold that is there, however it is.

        Raises:
            NotFoundError: there is no such retailer, or it has no such virtual catalogue.
            InvalidValueError: the virtual catalogue has no positions of its own: it is no BASE one.
            ConflictError: there is a hold of this ref, for something else.
        """
        outcome = await self._granting.add((wanted.retailer_id, wanted.user), wanted)
        if isinstance(outcome, PenstockError):
            raise outcome
        return outcome

    async def release(self, hold: Hold, user: str) -> Hold:
        """Give back what a hold keeps; one that has ended stays as it has."""
        if hold.status == ACTIVE:
            await self._releasing.add((hold.retailer_id, user), hold.id)
        return await self._again(hold)

    async def extend(self, hold: Hold, seconds: int) -> Hold:
        """Keep a hold for so many seconds from now on, if that is longer than it would be.

        Raises:
            ConflictError: it has ended.
        """
        now = self._clock.now()
        await self._database.execute(_EXTEND, hold.id, now + timedelta(seconds=seconds), now)
        found = await self._again(hold)
        if found.status != ACTIVE:
            raise ConflictError(f"Hold {found.ref} is {found.status}: only an ACTIVE one can be extended.")
        return found

    async def _again(self, hold: Hold) -> Hold:
        found = await find(self._database, hold.id)
        assert found is not None  # none is forgotten so soon
        return found

    async def _release(self, line: _Line, ids: list[int]) -> list[None]:
        async with self._database.transaction() as connection:
            ended = await end(connection, sorted(set(ids)), RELEASED, self._clock.now(), line[1])
        if ended:
            self._signals.send(WORK)
        return [None] * len(ids)

    async def _grant(self, line: _Line, group: list[Wanted]) -> list[Outcome]:
        """Grant holds of one retailer, in order; of one ref, one after the other."""
        outcomes: dict[int, Outcome] = {}
        configuration = await self._configurations.now()
        tries = 0
        while waiting := [n for n in range(len(group)) if n not in outcomes]:
            outcomes |= await self._known(line[0], group, waiting)
            refs: dict[str, int] = {}
            for n in waiting:
                if n not in outcomes and (problem := _unusable(configuration, group[n])) is not None:
                    outcomes[n] = problem
                elif n not in outcomes:
                    refs.setdefault(group[n].ref, n)
            outcomes |= await self._round(group, list(refs.values()), locking=tries >= OPTIMISTIC)
            tries += 1
        return [outcomes[n] for n in range(len(group))]

    async def _known(self, retailer: int, group: list[Wanted], waiting: Sequence[int]) -> dict[int, Outcome]:
        known = await by_ref(self._database, retailer, sorted({group[n].ref for n in waiting}))
        return {n: _told(known[group[n].ref], group[n]) for n in waiting if group[n].ref in known}

    async def _round(self, group: list[Wanted], chosen: list[int], *, locking: bool) -> dict[int, Outcome]:
        if not chosen:
            return {}
        try:
            async with self._database.transaction() as connection:
                found = await grant(connection, self._ids, [group[n] for n in chosen], locking=locking)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != REF_KEY:
                raise
            return {}  # another user or process was faster: its hold is there, and is found
        if any(isinstance(outcome, Hold) for outcome in found):
            self._signals.send(WORK)
        return {n: outcome for n, outcome in zip(chosen, found, strict=True) if outcome is not None}


def _told(hold: Hold, wanted: Wanted) -> Outcome:
    """Return a hold to who asks for it again; the time that it is kept may be another."""
    items = tuple(Item(i.product_ref, i.quantity, i.location_ref) for i in hold.items)
    if (items, hold.virtual_catalogue_ref) == (wanted.items, wanted.catalogue):
        return hold
    return ConflictError(f"ref {wanted.ref} is that of hold {hold.id}, which is for something else; give another ref.")


def _unusable(configuration: Configuration, wanted: Wanted) -> PenstockError | None:
    """Return why a retailer cannot hold anything of this catalogue; None where it can."""
    retailer = configuration.retailers.get(wanted.retailer_id)
    if retailer is None:
        return NotFoundError(f"Retailer {wanted.retailer_id} does not exist.")
    catalogues = configuration.catalogues["VirtualCatalogue"]
    found = next((c for c in catalogues if c.ref == wanted.catalogue), None)
    if found is None or not serves(found.retailer_refs, retailer):
        return NotFoundError(
            f"virtualCatalogueRef is {shown(wanted.catalogue)}; retailer {wanted.retailer_id} has no such catalogue."
        )
    if found.type == "AGGREGATE":
        return InvalidValueError(
            f"virtualCatalogueRef is {shown(wanted.catalogue)}, which only adds up; give a catalogue of type BASE."
        )
    return None
