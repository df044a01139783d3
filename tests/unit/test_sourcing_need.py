"""Spec 22 §3."""

from __future__ import annotations

from penstock.sourcing.need import Held, fulfilment_type, split_limit_reached, spread, unfulfilled


def test_what_is_unfulfilled_follows_the_life_of_the_fulfilments() -> None:
    quantities = {1: 2}
    short = Held(1, "PARTIALLY_FULFILLED", requested=2, rejected=1)
    expired = Held(1, "EXPIRED", requested=1, rejected=1)
    assert unfulfilled(quantities, []) == {1: 2}
    assert unfulfilled(quantities, [short]) == {1: 1}
    assert unfulfilled(quantities, [short, expired]) == {1: 1}
    assert unfulfilled(quantities, [short, expired, Held(1, "ESCALATED", 1, 0)]) == {}
    assert unfulfilled(quantities, [short, expired, Held(1, "CANCELLED", 1, 0)]) == {1: 1}


def test_more_than_ordered_is_not_negative_and_other_items_do_not_matter() -> None:
    assert unfulfilled({1: 1}, [Held(1, "ASSIGNED", 3, 0), Held(9, "ASSIGNED", 3, 0)]) == {}


def test_units_are_shared_in_order_of_the_items() -> None:
    assert spread(5, [(1, 3), (2, 0), (3, 4)]) == {1: 3, 3: 2}
    assert spread(0, [(1, 3)]) == {}


def test_a_limit_of_n_allows_one_more_fulfilment_than_n() -> None:
    excluded = ["CANCELLED", "EXPIRED", "ESCALATED"]
    assert not split_limit_reached([], excluded, 0)
    assert split_limit_reached(["ASSIGNED"], excluded, 0)
    assert not split_limit_reached(["ASSIGNED"], excluded, 1)
    assert not split_limit_reached(["REJECTED", "EXPIRED", "CANCELLED"], excluded, 1)
    assert split_limit_reached(["REJECTED", "PARTIALLY_FULFILLED"], excluded, 1)


def test_types_of_fulfilments() -> None:
    assert fulfilment_type("HD", "STORE") == "HD_PFS"
    assert fulfilment_type("CC", "WAREHOUSE") == "CC_PFDC"
    assert fulfilment_type("HD", "LOCKER") is None
    assert fulfilment_type("HD", None) is None
