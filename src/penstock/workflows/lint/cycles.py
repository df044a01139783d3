"""Cycles of a directed graph: strongly connected components by Tarjan's algorithm, without recursion."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    T = TypeVar("T", bound=Hashable)
else:
    T = TypeVar("T")


def components(graph: Mapping[T, Sequence[T]]) -> list[set[T]]:
    """Return the groups of nodes that lead to each other; nodes that lead to nobody are groups of one."""
    numbers: dict[T, int] = {}
    lowest: dict[T, int] = {}
    stack: list[T] = []
    open_: set[T] = set()
    found: list[set[T]] = []
    for start in graph:
        if start in numbers:
            continue
        work: list[tuple[T, Iterator[T]]] = [(start, iter(graph[start]))]
        numbers[start] = lowest[start] = len(numbers)
        stack.append(start)
        open_.add(start)
        while work:
            node, following = work[-1]
            for end in following:
                if end not in numbers:
                    numbers[end] = lowest[end] = len(numbers)
                    stack.append(end)
                    open_.add(end)
                    work.append((end, iter(graph[end])))
                    break
                if end in open_:
                    lowest[node] = min(lowest[node], numbers[end])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[node])
                if lowest[node] == numbers[node]:
                    group = set(stack[stack.index(node) :])
                    del stack[stack.index(node) :]
                    open_ -= group
                    found.append(group)
    return found


def shortest_cycle(graph: Mapping[T, Sequence[T]], component: set[T]) -> list[T]:
    """Return the nodes of a shortest way from a node of the component back to it, empty where there is none."""
    best: list[T] = []
    for start in component:
        found = _way(graph, component, start)
        if found and (not best or len(found) < len(best)):
            best = found
    return best


def _way(graph: Mapping[T, Sequence[T]], component: set[T], start: T) -> list[T]:
    came: dict[T, T] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for end in graph[node]:
            if end == start:
                way = [node]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if end in component and end not in came:
                came[end] = node
                waiting.append(end)
    return []
