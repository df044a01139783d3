"""Which colour is whose."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.simulation.report import Report

OTHERS = "#9aa5b1"
NOBODY = "#d62839"
BASE = "#7a8794"
_VARIANTS = ("#2f6fb5", "#e08a1e", "#3c9d5d", "#a24ea3", "#c2493d", "#3aa6a6")
# Far apart from each other, also for those who tell red and green apart badly; none is the red of what is missing.
_LOCATIONS = (
    "#2f6fb5",
    "#e08a1e",
    "#3c9d5d",
    "#8e5cc4",
    "#1aa7b8",
    "#b0762b",
    "#d774b4",
    "#6b8e23",
    "#34495e",
    "#c9a400",
)


def of_variants(report: Report) -> list[str]:
    """Return a colour for each variant; the baseline is grey."""
    return [BASE, *(_VARIANTS[n % len(_VARIANTS)] for n in range(len(report.variants) - 1))]


def of_locations(report: Report) -> dict[str, str]:
    """Return the colours of those locations that send to most orders; all others are grey."""
    served: Counter[str] = Counter()
    for variant in report.variants:
        for share in variant.figures.shares:
            served[share.location] += share.fulfilments
    most: Sequence[str] = sorted(served, key=lambda ref: (-served[ref], ref))[: len(_LOCATIONS)]
    return dict(zip(most, _LOCATIONS, strict=False))
