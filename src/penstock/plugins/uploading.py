"""Taking a bundle: looked at, imported once in a process of its own, and stored."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.errors import ForbiddenError, InvalidValueError, shown
from penstock.plugins import store
from penstock.plugins.bundle import read_bundle
from penstock.plugins.hosts.process import Process
from penstock.rules.declaration import REGISTRY
from penstock.rules.installed import installed
from penstock.rules.listed import rule_of
from penstock.rules.listing import rule_list
from penstock.rules.names import older_names, resolve

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.database.pools import Database
    from penstock.plugins.bundle import Bundle
    from penstock.plugins.hosts.process import Limits
    from penstock.plugins.store import StoredBundle

MOST_DECLARED = 1024 * 1024  # bytes


class Uploads:
    """The bundles of one account, as its users see them."""

    def __init__(self, account: str, database: Database, limits: Limits) -> None:
        self._account, self._database, self._limits = account, database, limits
        self._one = asyncio.Lock()  # importing costs a process: one at a time

    async def upload(self, content: bytes, *, user: str, now: datetime) -> StoredBundle:
        """Store a wheel of rules; it is not active yet.

        Raises:
            InvalidValueError: it cannot be taken; the message says why.
            ForbiddenError: its entry points name another account.
        """
        bundle = await asyncio.to_thread(read_bundle, content)
        if bundle.account not in {None, self._account}:
            raise ForbiddenError(f"The entry points name the account {bundle.account}; this is {self._account}.")
        rules = await self._imported(bundle)
        _check(rules)
        name = f"{self._account}.{_namespace(rules)}"
        taken = [rule for rule in rules if resolve(f"{self._account}.{rule}") is not None]
        if taken:
            beside = [f", in the package {i.package} beside it," for i in installed() if taken[0] in i.rules]
            owner = "".join(["Penstock", *beside])
            raise InvalidValueError(f"{owner} has a rule {taken[0]} already; give yours another name.")
        return await store.insert(self._database, name, bundle, rules, user, now)

    async def _imported(self, bundle: Bundle) -> dict[str, dict[str, Any]]:
        """Return the rules that the bundle declares when it is imported."""
        process = Process(self._limits)
        try:
            async with self._one:
                await process.start(bundle.content, list(bundle.modules))
            return process.rules
        finally:
            await process.kill()

    async def install(self, name: str, version: str, now: datetime) -> StoredBundle:
        """Make a version of a bundle the active one; ``NotFoundError`` when it is not stored."""
        return await store.activate(self._database, name, version, now)

    async def status(self, name: str, version: str) -> StoredBundle:
        """Return a version of a bundle; ``NotFoundError`` when it is not stored."""
        return await store.one(self._database, name, version)

    async def rules(self) -> dict[str, dict[str, Any]]:
        """Return all rules that workflows of the account can name, as the rule list gives them."""
        everybodys = rule_list(self._account, [*REGISTRY.values(), *older_names()])
        return everybodys | await store.active_rules(self._database, self._account)


def _check(rules: dict[str, Any]) -> None:
    """Check that the declarations, which the plugin's process gave, are what workers will make rules of."""
    if len(msgspec.json.encode(rules)) > MOST_DECLARED:
        raise InvalidValueError(f"The rules take more than {MOST_DECLARED} bytes to describe.")
    for name, about in rules.items():
        try:
            rule_of(name, about)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidValueError(f"Rule {shown(name)} is not declared as it should be: {error!r}") from None


def _namespace(rules: dict[str, Any]) -> str:
    """Return the namespace that all rules of a bundle share."""
    bad = [name for name in rules if name.count(".") != 1 or not all(part.isidentifier() for part in name.split("."))]
    if not rules or bad:
        said = f"such as {shown(bad[0])}" if bad else "none"
        raise InvalidValueError(f"A bundle declares rules named <namespace>.<Rule>; this one declares {said}.")
    namespaces = {name.partition(".")[0] for name in rules}
    if len(namespaces) > 1:
        raise InvalidValueError(f"The rules are in {', '.join(sorted(namespaces))}; a bundle has one namespace.")
    return namespaces.pop()
