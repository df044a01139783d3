"""Figures side by side: a panel each, a bar for each variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.simulation.picture.colours import NOBODY
from penstock.simulation.picture.svg import FAINT, INK, PANEL, SOFT, box, short, text, titled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from penstock.simulation.report import Variant

_BAR, _STEP, _NAMES, _NUMBERS, _EDGE = 16, 24, 118, 70, 16
_LONGEST_NAME = 17
_NUMBER = 26  # pixels that a number needs inside a bar
_LIGHT = {"#9bbf52", "#e3c14a"}  # grounds on which white is hard to read
_SHADES = ("#3c9d5d", "#9bbf52", "#e3c14a", "#e08a1e", "#b85c2e")  # of orders not split, split once, ...

PANELS: tuple[tuple[str, str, Callable[[Variant], float | None]], ...] = (
    ("Splits an order, mean", "{:.2f}", lambda v: v.figures.mean_splits),
    ("Kilometres a fulfilment, mean", "{:,.0f}", lambda v: v.figures.distance.mean),
    ("Cost", "{:,.0f}", lambda v: v.figures.cost),
    ("Hours to dispatch, mean", "{:.1f}", lambda v: v.figures.promise.mean),
    ("Units that nobody sends", "{:,.0f}", lambda v: float(v.figures.unfilled_units)),
    ("Orders served otherwise", "{:,.0f}", lambda v: float(len(v.changed))),
)


def height_of(variants: int) -> float:
    """Return how high a panel with so many bars is."""
    return 44 + variants * _STEP + 6


def panel(number: int, at: tuple[float, float], width: float, variants: Sequence[Variant], colours: list[str]) -> str:
    """Return the panel of a figure, by its number in ``PANELS``."""
    title, form, read = PANELS[number]
    x, y = at
    values = [read(variant) for variant in variants]
    most = max((value for value in values if value is not None), default=0) or 1
    room = width - 2 * _EDGE - _NAMES - _NUMBERS
    parts = [_ground(x, y, width, height_of(len(variants)), title)]
    for n, (variant, value) in enumerate(zip(variants, values, strict=True)):
        top = y + 40 + n * _STEP
        long = room * (value or 0) / most
        parts += [
            text(x + _EDGE, top + 13, short(variant.name, _LONGEST_NAME), fill=SOFT),
            box(x + _EDGE + _NAMES, top, room, _BAR, fill=FAINT, rx=3, opacity=0.5),
            box(x + _EDGE + _NAMES, top, long, _BAR, fill=colours[n], rx=3),
            _value(x + width - _EDGE, top + 13, "-" if value is None else form.format(value)),
        ]
    return "".join(parts)


def _value(x: float, y: float, words: str) -> str:
    return text(x, y, words, text_anchor="end", font_weight=600)


def _ground(x: float, y: float, width: float, height: float, title: str) -> str:
    ground = box(x, y, width, height, fill=PANEL, rx=8)
    return ground + text(x + _EDGE, y + 26, title, size=13, font_weight=600, fill=INK)


def splits(at: tuple[float, float], width: float, variants: Sequence[Variant]) -> str:
    """Return how many orders are sent whole, split once, twice and so on, or not at all, as shares of a bar."""
    x, y = at
    room = width - 2 * _EDGE - _NAMES
    parts = [_ground(x, y, width, height_of(len(variants)), "Orders by how often they are split"), _key(x + width, y)]
    for n, variant in enumerate(variants):
        top, left = y + 40 + n * _STEP, x + _EDGE + _NAMES
        parts.append(text(x + _EDGE, top + 13, short(variant.name, _LONGEST_NAME), fill=SOFT))
        for label, shade, count in _classes(variant):
            long = room * count / (variant.figures.orders or 1)
            shape = box(left, top, long, _BAR, fill=shade)
            if long > _NUMBER:
                shape += text(
                    left + long / 2,
                    top + 12.5,
                    str(count),
                    size=11,
                    text_anchor="middle",
                    fill=INK if shade in _LIGHT else "#fff",
                )
            parts.append(titled(shape, f"{label}: {count}"))
            left += long
    return "".join(parts)


_LABELS = ("not split", "once", "twice", "3 times", "more")


def _classes(variant: Variant) -> list[tuple[str, str, int]]:
    counts = [0] * len(_LABELS)
    for times, orders in variant.figures.splits.items():
        counts[min(int(times), len(_LABELS) - 1)] += orders
    nothing = variant.figures.orders - sum(counts)
    return [*zip(_LABELS, _SHADES, counts, strict=True), ("nothing sent", NOBODY, nothing)]


def _key(right: float, y: float) -> str:
    parts, left = [], right - _EDGE
    for label, shade in [("nothing sent", NOBODY), *reversed(list(zip(_LABELS, _SHADES, strict=True)))]:
        left -= 22 + 6.4 * len(label)
        parts.append(box(left, y + 17, 10, 10, fill=shade, rx=2) + text(left + 14, y + 26, label, size=11, fill=SOFT))
    return "".join(parts)
