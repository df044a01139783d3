"""Which retailers a catalogue serves (spec 30 §6)."""

from __future__ import annotations

import pytest

from penstock.identity.principal import Principal, Scope
from penstock.model.serving import serves


@pytest.mark.parametrize(
    ("refs", "retailers"),
    [
        (None, ["ONE", "TWO", None]),
        ([], ["ONE", "TWO", None]),
        (["ONE"], ["ONE"]),
        (["ONE", "TWO"], ["ONE", "TWO"]),
        (["TWO", "MASTER"], ["ONE", "TWO", None]),
    ],
)
def test_a_catalogue_serves_whom_it_lists_or_all(refs: list[str] | None, retailers: list[str | None]) -> None:
    assert [retailer for retailer in ("ONE", "TWO", None) if serves(refs, retailer)] == retailers


def test_a_user_without_retailers_is_served_by_no_catalogue() -> None:
    user = Principal("ACME", 1, "user", None, {}, {1: "ONE", 2: "TWO"})
    assert user.served(Scope(retailers=frozenset({2}))) == ["TWO", "MASTER"]
    assert user.served(Scope(retailers=frozenset({9}))) == []
