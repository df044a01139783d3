"""Finding rules in a configuration: those of the account's active plugins, then all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog

from penstock.plugins.hosts.calls import calling
from penstock.rules.declaration import Rule
from penstock.rules.listed import rule_of

if TYPE_CHECKING:
    from penstock.orchestration.configuration import Configuration
    from penstock.orchestration.records import ActivePlugin
    from penstock.plugins.hosts.answering import Hosts

log = structlog.get_logger()

Resolve = Callable[[str], Rule | None]


class Plugins:
    """What a process knows of an account's plugins: call it with a configuration to resolve names in that.

    ``hosts`` runs their rules; without it they can be looked at, not called.
    """

    def __init__(self, hosts: Hosts | None, resolve: Resolve) -> None:
        self._hosts, self._others = hosts, resolve
        self._revision = -1
        self._resolve = resolve

    def __call__(self, configuration: Configuration) -> Resolve:
        """Return the function that finds a rule by its full name."""
        if configuration.revision != self._revision:
            self._revision = configuration.revision
            if self._hosts is not None:
                self._hosts.keep({plugin.digest for plugin in configuration.plugins})
            rules = uploaded(configuration.plugins, self._hosts)
            self._resolve = _with(rules, self._others) if rules else self._others
        return self._resolve


def _with(rules: dict[str, Rule], others: Resolve) -> Resolve:
    def resolve(full_name: str) -> Rule | None:
        return rules.get(full_name) or others(full_name)

    return resolve


def declared(others: Resolve, configuration: Configuration) -> Resolve:
    """Return the function that finds a rule to look at, not to call: uploaded ones by what they declare."""
    rules = uploaded(configuration.plugins)
    return _with(rules, others) if rules else others


def uploaded(plugins: list[ActivePlugin], hosts: Hosts | None = None) -> dict[str, Rule]:
    """Return the rules of active plugins by full name; without ``hosts`` they can be looked at, not called."""
    found: dict[str, Rule] = {}
    for plugin in plugins:
        account = plugin.name.partition(".")[0]
        for name, about in plugin.rules.items():
            function: Any = None if hosts is None else calling(plugin, name, hosts.drop)
            try:
                found[f"{account}.{name}"] = rule_of(name, about, function)
            except (KeyError, TypeError, ValueError, AttributeError) as error:  # declared to another Penstock
                log.warning("rule not loaded", plugin=plugin.name, version=plugin.version, rule=name, error=repr(error))
    return found
