"""Which retailers a catalogue serves (spec 30 §6)."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.diagnosis.reading import retailers_of
from penstock.identity.principal import Principal, Scope
from penstock.model.serving import served, serves
from penstock.orchestration.configuration import Configuration
from penstock.recomputing.recomputer import retailer_of
from penstock.testing import row


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


@pytest.mark.parametrize(
    ("refs", "ids"),
    [
        (None, [1, 2, 3]),
        (["TWO"], [2]),
        (["THREE", "NOBODY", "ONE"], [3, 1]),
        (["TWO", "MASTER"], [1, 2, 3]),
        (["NOBODY"], []),
    ],
)
async def test_whoever_looks_for_the_retailers_of_a_catalogue_finds_the_same(
    refs: list[str] | None, ids: list[int]
) -> None:
    configuration = Configuration(1)
    configuration.retailers = {1: "ONE", 2: "TWO", 3: "THREE"}

    class Stored:
        async def fetch(self, _query: str, *_args: Any) -> list[Any]:
            return [{"id": id_, "ref": ref} for id_, ref in configuration.retailers.items()]

    catalogue = row("VirtualCatalogue", retailer_refs=refs)
    assert served(refs, configuration.retailers) == ids
    assert list(retailers_of(catalogue, None, configuration)) == (ids or [1, 2, 3])
    assert await retailer_of(Stored(), catalogue) == (ids or [0])[0]
