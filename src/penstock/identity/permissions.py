"""The permissions that exist, and the roles of a new account (spec 10 §5.2)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from penstock.model.registry import MODEL
from penstock.model.vocabulary import Many

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from penstock.model.vocabulary import Entity

PLATFORM = (
    "ACCOUNTUSAGE_VIEW",
    "ARTICLE_AWAITING_ARRIVAL_VIEW",
    "BATCH_CREATE",
    "BATCH_VIEW",
    "EVENT_CREATE",
    "EVENT_VIEW",
    "HOLD_CREATE",
    "HOLD_UPDATE",
    "HOLD_VIEW",
    "JOB_CREATE",
    "JOB_VIEW",
    "PLUGIN_CREATE",
    "PLUGIN_VIEW",
    "SOURCINGPROFILE_UPDATE",
    "WEBHOOK_UPDATE",
    "WEBHOOK_VIEW",
    "WORKFLOW_CREATE",
    "WORKFLOW_UPDATE",
    "WORKFLOW_VIEW",
)

_DEVELOPING = ("WORKFLOW_*", "PLUGIN_*", "EVENT_*", "SETTING_*", "WEBHOOK_*")
_PEOPLE = ("USER*", "ROLE*", "PERMISSION*")
# Role -> (patterns of what it holds, patterns of what it does not hold all the same).
ROLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ADMIN": (("*",), ()),
    "ORCHESTRATION_ADMIN": ((*_DEVELOPING, "RETAILER_VIEW"), ()),
    "DEVELOPER": (("*_VIEW", *_DEVELOPING, "JOB_*", "BATCH_*"), ()),
    "STORE_ASSISTANT": (
        ("*_VIEW", "EVENT_CREATE", "WAVE_*", "FULFILMENTWAVE_REMOVE", "FULFILMENT*_UPDATE", "ARTICLE*", "CONSIGNMENT*"),
        (*_PEOPLE, "WORKFLOW_*", "PLUGIN_*", "ACCOUNTUSAGE_*", "WEBHOOK_*"),
    ),
    "CUSTOMER_SERVICE": (
        ("*_VIEW", "EVENT_CREATE", "ORDER_*", "ORDERITEM_*", "CUSTOMER*", "FULFILMENTCHOICE_*"),
        (*_PEOPLE, "WORKFLOW_*", "PLUGIN_*", "ACCOUNTUSAGE_*"),
    ),
    "USER_MANAGER": (("USER*", "ROLE_VIEW", "PERMISSION_VIEW", "RETAILER_VIEW", "LOCATION_VIEW"), ()),
    "ROLE_MANAGER": (("ROLE_*", "PERMISSION*"), ()),
    "API": (("*",), (*_PEOPLE, "WORKFLOW_*", "PLUGIN_*", "ACCOUNTUSAGE_*")),
}


def _of_entity(entity: Entity) -> Iterator[str]:
    name = entity.permission_name
    yield f"{name}_VIEW"
    for verb, accepted in (("create", entity.create), ("update", entity.update)):
        if accepted and verb in entity.mutations:
            yield f"{name}_{verb.upper()}"
    for f in entity.fields:
        if isinstance(f, Many) and (f.through or f.plain):
            yield f"{f.target.upper()}{entity.name.upper()}_REMOVE"


PERMISSIONS = tuple(sorted({*PLATFORM, *(p for entity in MODEL.entities for p in _of_entity(entity))}))


def held_by(role: str, names: Iterable[str] = PERMISSIONS) -> list[str]:
    """Return the permissions among ``names`` that a shipped role holds in a new account."""
    given, withheld = ROLES[role]
    return [
        name
        for name in names
        if any(fnmatchcase(name, p) for p in given) and not any(fnmatchcase(name, p) for p in withheld)
    ]
