"""Which units a hold takes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from penstock.holding.planning import Item, Place, Refused, Shelves, Wanted, plan, units_of

A1, A2, B1, B2 = 1, 2, 3, 4  # positions: product and place
PRODUCTS = {A1: "A", A2: "A", B1: "B", B2: "B"}


def shelves(**left: int) -> Shelves:
    """Return shelves with so much left of ``A1``, ``A2``, ``B1`` and ``B2``."""
    made = Shelves()
    for name, units in left.items():
        position = {"A1": A1, "A2": A2, "B1": B1, "B2": B2}[name]
        made.show("BASE", PRODUCTS[position], Place(position, f"S{name[1]}", units))
    return made


def wanted(*items: tuple[str, int] | tuple[str, int, str]) -> Wanted:
    return Wanted(1, "H", "BASE", tuple(Item(*item) for item in items), 60, [], "me", datetime.now(UTC))


@pytest.mark.parametrize(
    ("items", "taken"),
    [
        ([("A", 2)], [[(A1, 2)]]),  # from where most of it is
        ([("A", 7)], [[(A1, 5), (A2, 2)]]),
        ([("A", 2, "S2")], [[(A2, 2)]]),
        ([("A", 2), ("B", 2)], [[(A2, 2)], [(B2, 2)]]),  # only the second place has both
        ([("A", 4), ("B", 2)], [[(A1, 4)], [(B2, 2)]]),
        ([("A", 5), ("A", 3)], [[(A1, 5)], [(A2, 3)]]),  # a product twice does not take a unit twice
        ([("A", 5), ("B", 1)], [[(A1, 5)], [(B1, 1)]]),
    ],
)
def test_units_are_taken(
    items: list[tuple[str, int] | tuple[str, int, str]], taken: list[list[tuple[int, int]]]
) -> None:
    assert plan(wanted(*items), shelves(A1=5, A2=3, B1=1, B2=2)) == taken


def test_what_is_short_is_told_item_by_item() -> None:
    made = plan(wanted(("A", 6), ("A", 3), ("B", 1, "S3"), ("C", 2)), shelves(A1=5, A2=3, B1=9))
    assert isinstance(made, Refused)
    assert [(s.item.product_ref, s.item.quantity, s.available) for s in made.short] == [
        ("A", 3, 2),
        ("B", 1, 0),
        ("C", 2, 0),
    ]


def test_what_one_takes_the_next_has_no_more_in_whatever_catalogue() -> None:
    both = shelves(A1=3)
    both.show("OTHER", "A", Place(A1, "S1", 2))
    made = plan(wanted(("A", 2)), both)
    assert not isinstance(made, Refused)
    both.take(made)
    assert units_of(made) == {A1: 2}
    assert [place.left for places in both.places.values() for place in places] == [1, 0]
