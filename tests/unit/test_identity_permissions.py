"""The permissions that exist, and the roles of a new account (spec 10 §5.2)."""

from __future__ import annotations

import pytest

from penstock.identity.passwords import hash_password, new_password, verify_password
from penstock.identity.permissions import PERMISSIONS, ROLES, held_by
from penstock.model.registry import MODEL


@pytest.mark.parametrize(
    "name",
    [
        "ORDER_VIEW",
        "ORDERITEM_VIEW",
        "INVENTORYPOSITION_UPDATE",
        "STANDARDPRODUCT_VIEW",
        "CATEGORYSTANDARDPRODUCT_REMOVE",
        "LOCATIONNETWORK_REMOVE",
        "NETWORKLOCATION_REMOVE",
        "FULFILMENTWAVE_REMOVE",
        "USERROLEUSER_REMOVE",
        "PERMISSIONROLE_REMOVE",
        "ARTICLEITEM_VIEW",
        "USER_CREATE",
        "ROLE_UPDATE",
        "SETTING_VIEW",
        "EVENT_CREATE",
        "WORKFLOW_UPDATE",
    ],
)
def test_observed_names_exist(name: str) -> None:
    assert name in PERMISSIONS


def test_every_entity_can_be_seen() -> None:
    assert {f"{e.permission_name}_VIEW" for e in MODEL.entities} <= set(PERMISSIONS)


def test_the_administrator_holds_everything() -> None:
    assert held_by("ADMIN") == list(PERMISSIONS)


def test_other_roles_hold_what_their_work_needs() -> None:
    store, service, api = (set(held_by(r)) for r in ("STORE_ASSISTANT", "CUSTOMER_SERVICE", "API"))
    assert {"FULFILMENT_VIEW", "EVENT_CREATE", "WAVE_CREATE", "FULFILMENT_UPDATE"} <= store
    assert {"ORDER_CREATE", "CUSTOMER_UPDATE", "EVENT_CREATE"} <= service
    assert {"ORDER_CREATE", "STANDARDPRODUCT_CREATE", "EVENT_VIEW"} <= api
    for role in ("STORE_ASSISTANT", "CUSTOMER_SERVICE", "API"):
        assert not {"USER_VIEW", "ROLE_CREATE", "WORKFLOW_UPDATE"} & set(held_by(role))
    assert "WORKFLOW_UPDATE" in held_by("ORCHESTRATION_ADMIN")
    assert held_by("ROLE_MANAGER", ["ROLE_CREATE", "ORDER_VIEW"]) == ["ROLE_CREATE"]
    assert all(held_by(role) for role in ROLES)


async def test_a_password_is_kept_as_a_hash() -> None:
    password = new_password()
    stored = await hash_password(password)
    assert password not in stored
    assert await verify_password(stored, password)
    assert not await verify_password(stored, password + "x")
    assert not await verify_password(None, password)
    assert not await verify_password("no hash", password)
