"""From roles and contexts to what may be seen (spec 10 §5.1)."""

from __future__ import annotations

import pytest

from penstock.errors import ForbiddenError
from penstock.identity.principal import NOWHERE, Principal, Scope
from penstock.identity.scopes import Context, Grant, scopes

RETAILER_OF = {31: 1, 32: 1, 33: 2}


def scope(*contexts: tuple[str, str | int]) -> Scope:
    grant = Grant("R", tuple(Context(t, i) for t, i in contexts), ("ORDER_VIEW",))
    return scopes([grant], RETAILER_OF).get("ORDER_VIEW", NOWHERE)


def test_the_account_contains_everything() -> None:
    held = scope(("RETAILER", "1"), ("ACCOUNT", "0"))
    assert held.covers(1)
    assert held.covers(99)


def test_a_retailer_gives_nothing_on_another() -> None:
    held = scope(("RETAILER", "1"))
    assert held.covers(1)
    assert not held.touches(2)


@pytest.mark.parametrize("name", ["LOCATION", "AGENT"])
def test_a_location_touches_its_retailer_without_covering_it(name: str) -> None:
    held = scope((name, 31))
    assert held == Scope(retailers=frozenset({1}), locations=frozenset({31}), partial=frozenset({1}))
    assert held.touches(1)
    assert not held.covers(1)


def test_a_retailer_contains_its_locations() -> None:
    assert scope(("LOCATION", "31"), ("RETAILER", "1")) == scope(("RETAILER", "1"))


def test_contexts_of_two_retailers_stand_side_by_side() -> None:
    held = scope(("RETAILER", "1"), ("LOCATION", "33"))
    assert held == Scope(retailers=frozenset({1, 2}), locations=frozenset({33}), partial=frozenset({2}))


@pytest.mark.parametrize("context", [("LOCATION", "99"), ("LOCATION", "x"), ("PLANET", "1")])
def test_a_context_that_does_not_exist_gives_nothing(context: tuple[str, str]) -> None:
    assert scope(context) == NOWHERE


def test_a_role_without_contexts_gives_nothing() -> None:
    assert scope() == NOWHERE


def test_roles_add_up() -> None:
    found = scopes(
        [
            Grant("A", (Context("RETAILER", 1),), ("ORDER_VIEW", "EVENT_VIEW")),
            Grant("B", (Context("RETAILER", 2),), ("ORDER_VIEW",)),
        ],
        {},
    )
    assert found["ORDER_VIEW"].retailers == {1, 2}
    assert found["EVENT_VIEW"].retailers == {1}


def test_all_missing_permissions_are_named_and_only_those() -> None:
    principal = Principal("ACME", 1, "dana", None, {"B_VIEW": Scope(everything=True)})
    with pytest.raises(ForbiddenError) as raised:
        principal.require(["C_VIEW", "B_VIEW", "A_VIEW", "C_VIEW"])
    assert raised.value.message == "User does not have permission: A_VIEW, C_VIEW"
