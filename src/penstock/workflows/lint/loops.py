"""Events that come back to the ruleset that sent them, without a timer or a change of status between.

Followed are pairs of a ruleset and the status of its entity. An event to the entity itself comes in the status
that the ruleset leaves it in. Of other entities the status is not known: such an event is followed only between
rulesets that change no status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.workflows.lint.cycles import components, shortest_cycle
from penstock.workflows.lint.finding import Finding, error, info, warning
from penstock.workflows.lint.flow import changes_status, status_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.workflows.lint.documents import Node
    from penstock.workflows.lint.flow import Sent, World

State = tuple["Node", "str | None"]
Graph = dict[State, list[State]]


@dataclass(frozen=True)
class _Edge:
    start: State
    end: State
    gate: bool


def loops(world: World) -> Iterator[Finding]:
    """Yield one finding for each group of rulesets that keep sending events to each other."""
    edges = [edge for event in world.sent if not event.later and not event.made for edge in _edges(world, event)]
    endless = _cycles([e for e in edges if not e.gate])
    certain = {node for cycle in endless for node, _ in cycle}
    for cycle in endless:
        yield _finding(cycle, gated=False)
    for cycle in _cycles(edges):
        if not any(node in certain for node, _ in cycle):
            yield _finding(cycle, gated=True)


def _edges(world: World, event: Sent) -> Iterator[_Edge]:
    node = event.node
    if not node.document.has(event.to):
        return
    for handler in node.document.handlers.get((event.event, event.to), ()):
        if event.own:
            if not node.subtype or not handler.subtype or node.subtype == handler.subtype:
                for status in _statuses(world, node):
                    after = status_after(node, status)
                    if handler.runs_in(after):
                        yield _Edge((node, status), (handler, after), event.gate)
        elif not changes_status(node) and not changes_status(handler):
            for status in _statuses(world, node):
                for other in _statuses(world, handler):
                    yield _Edge((node, status), (handler, other), event.gate)


def _statuses(world: World, node: Node) -> list[str]:
    return sorted(node.triggers or world.reach(node.document, node.type))


def _cycles(edges: list[_Edge]) -> list[list[State]]:
    """Return a shortest cycle of each group of states that lead to each other; of one ruleset only once."""
    graph: Graph = {}
    for edge in edges:
        graph.setdefault(edge.start, []).append(edge.end)
        graph.setdefault(edge.end, [])
    found: dict[frozenset[Node], list[State]] = {}
    for component in components(graph):
        cycle = shortest_cycle(graph, component)
        if cycle:
            found.setdefault(frozenset(node for node, _ in cycle), cycle)
    return list(found.values())


def _finding(cycle: list[State], *, gated: bool) -> Finding:
    nodes = [node for node, _ in cycle]
    first = min(range(len(nodes)), key=lambda n: nodes[n].document.nodes.index(nodes[n]))
    turned = [*nodes[first:], *nodes[:first]]
    way = " > ".join(node.name for node in [*turned, turned[0]])
    workflow, place = turned[0].document.name, turned[0].place
    if not gated:
        message = f"events go round without an end: {way}; the engine stops them after 100 turns and the event fails"
        return error("event-loop", workflow, place, message, "let a condition, a change of status or a timer end it")
    if any(call.rule is not None and call.rule.creates for node in nodes for call in node.calls):
        message = f"events go round as long as a condition holds: {way}; each turn creates something"
        return info("event-loop-gated", workflow, place, message, "see that what is created makes the condition end")
    message = f"events go round as long as a condition holds: {way}; nothing on the way changes a status"
    advice = "see that something on the way makes the condition end, or put a timer in between"
    return warning("event-loop-gated", workflow, place, message, advice)
