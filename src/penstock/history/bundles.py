"""The rules of uploaded bundles, called again: each in the version that it was called in then."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from penstock.orchestration.records import ActivePlugin
from penstock.plugins.hosts.calls import calling
from penstock.rules.context import Ask
from penstock.rules.listed import rule_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from penstock.database.reading import Reader
    from penstock.history.recorded import Recorded
    from penstock.orchestration.batch import Batch
    from penstock.plugins.hosts.answering import Hosts
    from penstock.plugins.hosts.calls import Step
    from penstock.rules.actions import Action
    from penstock.rules.declaration import Rule

    Resolve = Callable[[str], Rule | None]

_STORED = """
SELECT name, version, digest, modules, rules, created_on, status = 'ACTIVE' AS active, activated_on FROM plugin
ORDER BY name, created_on"""
_RAN = "Ran"
_NOT_THERE = "is not installed"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Uncalled:
    """A rule that cannot be called again, and why. Answer: the actions that it returned then."""

    rule: str
    reason: str


class NoProcessError(Exception):
    """The process of a bundle did not come to an answer: that is no decision of the rule."""


@dataclass(frozen=True)
class Kept:
    """A version of a bundle as it is stored; ``since`` when it has been the active one, None for one that is not."""

    plugin: ActivePlugin
    created: datetime
    since: datetime | None


class Bundles:
    """All versions of an account's bundles, and when they were called. ``others`` finds all other rules."""

    def __init__(self, account: str, others: Resolve, hosts: Hosts | None = None, stored: Iterable[Any] = ()) -> None:
        self.account, self._others, self._hosts = account, others, hosts
        self._stored: dict[str, dict[str, Kept]] = defaultdict(dict)
        self.trying = False  # a changed workflow may call rules that were not active then
        self._ran: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for row in stored:
            rules = msgspec.json.decode(row["rules"])
            plugin = ActivePlugin(row["name"], row["version"], row["digest"], tuple(row["modules"]), rules)
            since = row["activated_on"] if row["active"] else None
            self._stored[plugin.name][plugin.version] = Kept(plugin, row["created_on"], since)

    @classmethod
    async def read(cls, reader: Reader, account: str, others: Resolve, hosts: Hosts) -> Bundles:
        """Read what is stored."""
        return cls(account, others, hosts, await reader.fetch(_STORED))

    def learn(self, contexts: Iterable[Recorded]) -> None:
        """Note which versions contexts were executed with; they come in order of time."""
        for context in contexts:
            for bundle, version in called(context).items() if self._stored else ():
                self._ran[bundle].append((context.moment, version))

    def at(self, base: Recorded | None, now: datetime) -> Resolve:
        """Return the function that finds a rule by its full name as it was at a moment.

        ``base`` is the recorded context that is executed again: its versions come first.
        """
        recorded = called(base) if base is not None and self._stored else {}
        ran = set() if base is None else {rule.name for _, rule in base.rules()}
        missing = set() if base is None else {rule.name for _, rule in base.rules() if _NOT_THERE in (rule.error or "")}

        def resolve(full_name: str) -> Rule | None:
            bundle = full_name.rpartition(".")[0]
            if self.trying and full_name not in ran:
                return self._tried(full_name, recorded.get(bundle) or self._version(bundle, now))
            known = [k for k in self._stored.get(bundle, {}).values() if k.created <= now or bundle in recorded]
            if not known or full_name in missing:
                return self._others(full_name)
            version = recorded.get(bundle) or self._version(bundle, now)
            if version is None:
                return self._uncalled(full_name, known, "nobody has recorded in which version")
            return self._rule(full_name, self._stored[bundle].get(version))

        return resolve

    def _tried(self, full_name: str, version: str | None) -> Rule | None:
        """Return a rule that had not run: in the version of then, where that has it, else in the active one."""
        name = full_name.partition(".")[2]
        stored = self._stored.get(full_name.rpartition(".")[0], {})
        kept = stored.get(version or "")
        if kept is None or name not in kept.plugin.rules:
            kept = next((k for k in stored.values() if k.since is not None), None)
        return self._rule(full_name, kept)

    def _version(self, bundle: str, now: datetime) -> str | None:
        """Return the version that was active at a moment, where that is certain."""
        for kept in self._stored[bundle].values():
            if kept.since is not None and kept.since <= now:
                return kept.plugin.version
        ran = self._ran[bundle]
        before = [version for moment, version in ran if moment <= now][-1:]
        after = [version for moment, version in ran if moment > now][:1]
        return before[0] if before and before == after else None

    def _rule(self, full_name: str, kept: Kept | None) -> Rule | None:
        name = full_name.partition(".")[2]
        about = None if kept is None else kept.plugin.rules.get(name)
        if kept is None or about is None:
            return self._others(full_name)
        assert self._hosts is not None
        return _declared(name, about, _called(full_name, calling(kept.plugin, name, self._hosts.drop)))

    def _uncalled(self, full_name: str, known: list[Kept], reason: str) -> Rule | None:
        name = full_name.partition(".")[2]
        about = next((k.plugin.rules[name] for k in reversed(known) if name in k.plugin.rules), None)

        async def function(context: Any) -> list[Action]:
            return await _stood_in(context, full_name, reason)

        return self._others(full_name) if about is None else _declared(name, about, function)

    async def computed(self, batch: Batch, ask: Ask[Step]) -> Any:
        """Let a process compute until it asks or is done; return what it says.

        Raises:
            NoProcessError: there is none, or it was ended.
        """
        assert self._hosts is not None
        (said,) = await self._hosts.answer(batch, [ask])
        if isinstance(said, Exception):
            raise NoProcessError(str(said)) from said
        return said


def called(context: Recorded) -> dict[str, str]:
    """Return the versions of the bundles that the rules of a context were called in, by bundle."""
    asks = (ask for _, rule in context.rules() for ask in rule.asks if ask.kind == _RAN)
    return {ask.question["bundle"]: ask.question["version"] for ask in asks}


def _called(full_name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function of a rule; where its process does not come to an answer, the record stands in."""

    async def called_or_stood_in(context: Any) -> list[Action]:
        try:
            actions: list[Action] = await function(context)
        except NoProcessError as error:
            context.node.asks.clear()
            return await _stood_in(context, full_name, str(error))
        return actions

    return called_or_stood_in


async def _stood_in(context: Any, full_name: str, reason: str) -> list[Action]:
    question: Any = Uncalled(full_name, reason)
    actions: list[Action] = await Ask(context, question)
    return actions


def _declared(name: str, about: dict[str, Any], function: Any) -> Rule | None:
    try:
        return rule_of(name, about, function)
    except (KeyError, TypeError, ValueError, AttributeError) as error:  # declared to another Penstock
        log.warning("rule not loaded", rule=name, error=repr(error))
        return None
