"""The tree of a call as the plugin's process sees it: fetched from the engine table by table, when a rule looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.orchestration.context import RuleContext
from penstock.orchestration.places import table_of
from penstock.orchestration.run import Run

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.model.rows import Row
    from penstock.orchestration.workflow import RuleCall
    from penstock.plugins.child.wire import Channel
    from penstock.rules.context import Event
    from penstock.rules.declaration import Rule

_FEW_IDS = 8  # fetched at once


class _Fetched(dict[str, Any]):
    """Tables by name; one that is not there yet is fetched."""

    def __init__(self, channel: Channel, what: str) -> None:
        self._channel, self._what = channel, what
        self._known: dict[str, dict[int, Row]] = {}

    def keep(self, row: Row) -> None:
        """Let a row that came with the call be the one that is found in its table."""
        self._known.setdefault(table_of(row), {})[row.id] = row

    def __missing__(self, table: str) -> Any:
        found = self._channel.ask(self._what, table)
        if self._what == "rows":
            known = self._known.get(table, {})
            found = {row.id: known.get(row.id, row) for row in found}
        self[table] = found
        return found

    def get(self, table: str, _default: Any = None) -> Any:
        """Return a table."""
        return self[table]


class _Ids:
    """Ids for new rows, drawn from the engine's."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._ids: list[int] = []

    def take(self) -> int:
        """Return the next id."""
        if not self._ids:
            self._ids = self._channel.ask("ids", _FEW_IDS)
        return self._ids.pop(0)  # in ascending order, as the engine's own rules draw them: replays rely on it


class _Batch:
    """What a context needs of a batch."""

    def __init__(self, account: str, now: datetime, ids: _Ids, channel: Channel) -> None:
        self.account, self.now, self.ids = account, now, ids
        self._channel = channel

    def new_id(self, _entity: str, _ref: str | None) -> int:
        """Return the id of a new row."""
        return self.ids.take()

    def workflow_of(self, retailer_id: int, event: str, type_: str) -> tuple[str, int]:
        """Return name and major version of the workflow of a new root."""
        name, major = self._channel.ask("workflow", [retailer_id, event, type_])
        return name, major


def context(
    channel: Channel,
    rule: Rule,
    call: RuleCall,
    event: Event,
    entity: Row,
    account: str,
    now: datetime,
) -> RuleContext:
    """Return the engine's own kind of context, over what the engine sends."""
    run = Run(0, [])
    rows = _Fetched(channel, "rows")
    rows.keep(entity)
    run.rows, run.joins = rows, _Fetched(channel, "joins")
    batch: Any = _Batch(account, now, _Ids(channel), channel)
    nothing: Any = None  # traces are kept by the engine
    return RuleContext(run, batch, event, entity, rule, call, nothing, nothing)
