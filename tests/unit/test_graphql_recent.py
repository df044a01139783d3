"""What is kept of documents is bounded by number and by size."""

from __future__ import annotations

from penstock.api.graphql.recent import Recent


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    kept: Recent[str, int] = Recent(2, 1000)
    for number, key in enumerate("ab"):
        kept.keep(key, number, 1)
    assert kept.get("a") == 0
    kept.keep("c", 2, 1)
    assert [kept.get(key) for key in "abc"] == [0, None, 2]


def test_large_values_push_others_out_and_the_largest_are_not_kept() -> None:
    kept: Recent[int, str] = Recent(1000, 1000)
    for number in range(50):
        assert kept.keep(number, "x", 90) == "x"
    assert (len(kept), kept.weight) == (11, 990)
    assert kept.get(0) is None
    assert kept.get(49) == "x"
    kept.keep(49, "y", 10)
    assert (kept.get(49), kept.weight) == ("y", 910)
    assert kept.keep(99, "z", 101) == "z"
    assert kept.get(99) is None
