"""Finding the rule that a workflow document names (spec 13 §8, 35 §9)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from penstock.rules.builtin import REGISTRY
from penstock.rules.installed import installed

if TYPE_CHECKING:
    from penstock.rules.declaration import Rule

installed()  # the rules of other packages join them

_NAMESPACES = ("core", "order", "fulfilment", "globalinventory")
_LEGACY = {"base", "foundation", "commonv2", "commongi", "fulfilmentoption"}  # their rules live in the namespaces above
_RENAMED = {
    "ChangeState": "SetState",
    "ScheduledEvent": "ScheduleEvent",
    "SendEventForAllFulfilmentsFromWave": "NotifyFulfilmentsInWave",
    "SendEventOnVerifyingAllFulfilmentChoicesStates": "SendEventOnVerifyingAllFulfilmentChoiceStates",
    "ValidateOrderQty": "ValidateReturnQty",
}
_SUPERSEDED = (
    "ChangeStateGQL",
    "SendEventForArticlesV2",
    "SendEventForFulfilmentV2",
    "SendEventGQL",
    "SendEventOnVerifyingConsignmentV2",
)  # what resolves by its ending; named here for the rule list
_SUFFIXES = ("GQL", "V2", "V")  # endings of superseded names
_ALSO_IN = {
    ("order", name): "core" for name in ("CancelFulfilment", "UpdateOrderStatus")
}  # rules that older documents look for elsewhere


def resolve(full_name: str) -> Rule | None:
    """Return the rule behind ``<ACCOUNT>.<namespace>.<Rule>``, None if there is none.

    Any account is accepted, so are the namespaces and names of older documents.
    """
    _, _, tail = full_name.partition(".")
    namespace, _, name = tail.rpartition(".")
    namespace = namespace.rpartition(".")[2]
    searched = _NAMESPACES if namespace in _LEGACY else (_ALSO_IN.get((namespace, name), namespace),)
    for candidate in _spellings(name):
        for space in searched:
            found = REGISTRY.get(f"{space}.{candidate}")
            if found is not None:
                return found
    return None


def older_names() -> list[Rule]:
    """Return the rules that go by another name in older documents, under that name."""
    names = (*_RENAMED, *_SUPERSEDED, *(name for _, name in _ALSO_IN))
    full = sorted(f"{space}.{name}" for space in _NAMESPACES for name in names)
    return [replace(rule, name=name) for name in full if name not in REGISTRY and (rule := resolve(f".{name}"))]


def _spellings(name: str) -> list[str]:
    """Return the name and what it may be called today."""
    names = [name, *(name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix))]
    return [*names, *(_RENAMED[n] for n in names if n in _RENAMED)]
