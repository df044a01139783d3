"""The workflows of one account, as its users see and change them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError, NotFoundError
from penstock.orchestration.workflow import canonical, name_of
from penstock.workflows.checking import check, mistakes, sentence
from penstock.workflows.stored import versions
from penstock.workflows.stored.saving import Saved, prepared, retailer_of, save

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.orchestration.configuration import Configuration, Configurations
    from penstock.workflows.checking.finding import Finding
    from penstock.workflows.checking.rules import Resolve
    from penstock.workflows.stored.versions import Outline, Version

Document = dict[str, Any]
_KNOWN = "SELECT EXISTS (SELECT FROM workflow WHERE retailer_id = $1 AND name = $2)"


class Workflows:
    """Checks, saves and reads workflows.

    ``rules`` returns how the account finds a rule by its full name, with what is configured.
    """

    def __init__(
        self,
        account: str,
        database: Database,
        configurations: Configurations,
        clock: Clock,
        rules: Callable[[Configuration], Resolve],
    ) -> None:
        self._account = account
        self._database = database
        self._configurations = configurations
        self._clock = clock
        self._rules = rules

    async def resolve(self) -> Resolve:
        """Return how rules are found that are installed at this moment."""
        return self._rules(await self.configured())

    async def configured(self) -> Configuration:
        """Return what the engine runs on at this moment."""
        return await self._configurations.now()

    async def check_retailer(self, id_: int) -> None:
        """Check that there is a retailer; only for one that was unknown a moment ago the database is asked.

        Raises:
            InvalidValueError: there is none.
        """
        recent = await self._configurations.recent()
        if id_ not in recent.retailers and id_ not in (await self.configured()).retailers:
            raise InvalidValueError(f"retailerId is {id_}, and there is no such retailer.")

    async def findings(self, document: Any, *, rules: bool) -> list[Finding]:
        """Return the mistakes of a document, all of them; of its rules only when these count."""
        resolve = await self.resolve() if rules else None
        # A large document takes longer than other requests should wait.
        return mistakes(await asyncio.to_thread(check, document, resolve=resolve))

    async def checked(self, document: Document) -> Document:
        """Return a document as a save would store it, to be tried.

        Raises:
            InvalidValueError: a save would refuse it; the message names the places.
        """
        if findings := await self.findings(document, rules=True):
            raise InvalidValueError(sentence("The workflow is not tried", findings))
        return await asyncio.to_thread(prepared, document, self._account)

    async def save(self, document: Document, user: str) -> Saved:
        """Store a document without mistakes as a new version; API processes and workers use it at once.

        Raises:
            InvalidValueError: its retailer does not exist.
        """
        kept = await asyncio.to_thread(prepared, document, self._account)
        await self.check_retailer(retailer_of(kept))
        saved = await save(self._database, kept, user=user, now=self._clock.now())
        await self.configured()
        return saved

    async def known(self, document: Document) -> bool:
        """Return whether there is a version of a document's workflow."""
        return bool(await self._database.fetchval(_KNOWN, retailer_of(document), canonical(name_of(document))))

    async def newest(self, retailer_id: int, name: str) -> Version | None:
        """Return the newest version of a workflow."""
        return await versions.newest(self._database, retailer_id, name)

    async def version(self, retailer_id: int, name: str, version: str | None) -> Version:
        """Return a version of a workflow, the newest one when none is named.

        Raises:
            NotFoundError: there is no such version, or no such workflow.
        """
        if version is None:
            found = await self.newest(retailer_id, name)
        else:
            found = await versions.exact(self._database, retailer_id, name, *map(int, version.split(".")))
        if found is None:
            which = "" if version is None else f" in version {version}"
            raise NotFoundError(f"Retailer {retailer_id} has no workflow {name}{which}.")
        return found

    async def listed(self, retailers: Sequence[int] | None, start: int, count: int) -> tuple[list[Outline], int]:
        """Return a page of the newest versions, of these retailers or of all, and how many there are."""
        return await versions.listed(self._database, retailers, start, count)

    async def versions(self, retailer_id: int, name: str, start: int, count: int) -> tuple[list[Outline], int]:
        """Return a page of a workflow's versions, newest first, and how many there are."""
        return await versions.versions(self._database, retailer_id, name, start, count)
