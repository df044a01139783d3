"""The ids and refs of records that exist, so that what is drawn finds something."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.fuzzing.target import operation
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.fuzzing.target import Target
    from penstock.model.vocabulary import Entity

OF_EACH = 3
# The user that is fuzzing, and what it may do.
_SPARED = {"User", "Role", "Permission"}


def known(target: Target) -> list[str]:
    """Return ids and refs of the newest records of every list."""
    return sorted({text for e in MODEL.entities if e.plural and e.name not in _SPARED for text in _of(target, e)})


def _of(target: Target, entity: Entity) -> Iterator[str]:
    wanted = [n for n in ("id", "ref") if n in entity.by_name and not getattr(entity.by_name[n], "hidden", True)]
    if not wanted:
        return
    document = f"{{ {entity.plural}(first: {OF_EACH}) {{ edges {{ node {{ {' '.join(wanted)} }} }} }} }}"
    answer = json.loads(target.send(operation(document)).body)
    for edge in answer["data"][entity.plural]["edges"]:
        yield from (edge["node"][name] for name in wanted if edge["node"][name])
