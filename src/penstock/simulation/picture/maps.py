"""Which location serves where: a map of each variant, without a coast."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sqrt
from typing import TYPE_CHECKING

from penstock.simulation.picture.colours import NOBODY, OTHERS
from penstock.simulation.picture.svg import FAINT, INK, PANEL, SOFT, box, element, short, text, titled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from penstock.simulation.outcome.shapes import Placed
    from penstock.simulation.report import Place, Report, Variant

Point = tuple[float, float]

_TITLE, _EDGE, _MARGIN = 42.0, 14.0, 0.06
_NAMED = 7  # locations with their name beside them
_NAME_WIDTH, _NAME_HEIGHT = 150, 13  # pixels that a name takes
_DEGREES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 45.0)
_LINES = 5  # of the grid, at most, each way
_LEAST = 0.2  # degrees that a map shows


@dataclass(frozen=True)
class Frame:
    """A part of the globe on a part of the page; latitude and longitude in degrees, the rest in pixels."""

    south: float
    west: float
    north: float
    east: float
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0

    def at(self, latitude: float, longitude: float) -> Point:
        """Return where a place is on the page; degrees of both kinds are as long as they are in the middle."""
        squeeze = cos(radians((self.south + self.north) / 2))
        scale = min(self.width / ((self.east - self.west) * squeeze), self.height / (self.north - self.south))
        middle = (self.west + self.east) / 2, (self.south + self.north) / 2
        return (
            self.x + self.width / 2 + (longitude - middle[0]) * squeeze * scale,
            self.y + self.height / 2 - (latitude - middle[1]) * scale,
        )

    def moved(self, x: float, y: float) -> Frame:
        """Return the same frame elsewhere on the page."""
        return Frame(self.south, self.west, self.north, self.east, self.width, self.height, x, y)


def framed(report: Report, width: float, height: float) -> Frame | None:
    """Return the frame that shows all places and destinations; None where none of them is known."""
    orders = [order for variant in report.variants for order in variant.placed]
    served = {share.location for variant in report.variants for share in variant.figures.shares}
    known: list[Placed | Place] = [*orders, *(place for place in report.places if place.ref in served)]
    points = [(p.latitude, p.longitude) for p in known if p.latitude is not None and p.longitude is not None]
    if not points:
        return None
    south, north = _stretched([latitude for latitude, _ in points])
    west, east = _stretched([longitude for _, longitude in points])
    return Frame(south, west, north, east, width - 2 * _EDGE, height - _TITLE - _EDGE)


def _stretched(degrees: Sequence[float]) -> tuple[float, float]:
    low, high = min(degrees), max(degrees)
    more = max((high - low) * _MARGIN, (_LEAST - (high - low)) / 2)
    return low - more, high + more


def chart(report: Report, variant: Variant, frame: Frame, at: Point, colours: Mapping[str, str], ink: str) -> str:
    """Return the map of a variant: a line from each destination to who sends there, and places by what they send."""
    x, y = at
    width, height = frame.width + 2 * _EDGE, frame.height + _TITLE + _EDGE
    here = frame.moved(x + _EDGE, y + _TITLE)
    places = {place.ref: place for place in report.places}
    parts = [
        box(x, y, width, height, fill=PANEL, rx=8),
        box(x + _EDGE, y + 16, 12, 12, fill=ink, rx=3),
        text(x + _EDGE + 20, y + 27, short(variant.name, 36), size=14, font_weight=600),
        text(x + width - _EDGE, y + 27, _told(variant), size=11, fill=SOFT, text_anchor="end"),
        *_grid(here),
        *_ways(variant, here, places, colours),
        *_destinations(variant, here, colours),
        *_senders(variant, here, places, colours),
    ]
    return "".join(parts)


def _told(variant: Variant) -> str:
    own = variant.figures
    return f"{len(own.shares)} places send {own.fulfilments:,} parcels, {own.km:,.0f} km"


def _grid(frame: Frame) -> Iterator[str]:
    widest = max(frame.east - frame.west, frame.north - frame.south)
    step = next((d for d in _DEGREES if widest / d <= _LINES + 1), _DEGREES[-1])
    bottom, right = frame.y + frame.height, frame.x + frame.width
    for degree in _multiples(frame.west, frame.east, step):
        x, _ = frame.at(frame.south, degree)
        if frame.x <= x <= right:
            yield element("line", x1=x, x2=x, y1=frame.y, y2=bottom, stroke=FAINT)
            yield text(x + 3, bottom - 3, _degrees(degree, "E", "W"), size=9, fill=OTHERS)
    for degree in _multiples(frame.south, frame.north, step):
        _, y = frame.at(degree, frame.west)
        if frame.y <= y <= bottom:
            yield element("line", x1=frame.x, x2=right, y1=y, y2=y, stroke=FAINT)
            yield text(frame.x + 2, y - 3, _degrees(degree, "N", "S"), size=9, fill=OTHERS)


def _multiples(low: float, high: float, step: float) -> Iterator[float]:
    span = high - low  # the page may show more than was asked for
    number = int((low - span) // step)
    while number * step <= high + span:
        yield number * step
        number += 1


def _degrees(value: float, plus: str, minus: str) -> str:
    return f"{abs(value):g}°{'' if value == 0 else plus if value > 0 else minus}"


def _ways(variant: Variant, frame: Frame, places: Mapping[str, Place], colours: Mapping[str, str]) -> Iterator[str]:
    for order in variant.placed:
        there = _point(order, frame)
        for sent in order.sent if there else ():
            here = _point(places.get(sent.location), frame)
            if here and there:
                colour = colours.get(sent.location, OTHERS)
                yield _way(here, there, colour)


def _way(here: Point, there: Point, colour: str) -> str:
    ends = {"x1": here[0], "y1": here[1], "x2": there[0], "y2": there[1]}
    return element("line", "", ends, stroke=colour, stroke_width=0.8, opacity=0.28)


def _destinations(variant: Variant, frame: Frame, colours: Mapping[str, str]) -> Iterator[str]:
    """Yield a dot for each order, in the colour of who sends most of it; a ring where something is missing."""
    for order in variant.placed:
        if (at := _point(order, frame)) is None:
            continue
        most = max(order.sent, key=lambda sent: sent.total, default=None)
        fill = "none" if most is None else colours.get(most.location, OTHERS)
        ring, wide = (NOBODY, 1.4) if order.unfilled else (PANEL, 0.5)
        dot = element("circle", cx=at[0], cy=at[1], r=3.2, fill=fill, stroke=ring, stroke_width=wide)
        yield titled(dot, f"{order.ref}: {order.route}")


def _senders(variant: Variant, frame: Frame, places: Mapping[str, Place], colours: Mapping[str, str]) -> Iterator[str]:
    """Yield a square for each sender, its area by the fulfilments that it has; over them the names of the largest."""
    shares = sorted(variant.figures.shares, key=lambda share: -share.fulfilments)
    most = max((share.fulfilments for share in shares), default=1)
    named: list[tuple[Point, str]] = []
    for share in shares:
        if (at := _point(places.get(share.location), frame)) is None:
            continue
        half = 3.5 + 7 * sqrt(share.fulfilments / most)
        about = {"fill": colours.get(share.location, OTHERS), "stroke": "#fff", "stroke_width": 1.5, "rx": 3}
        told = f"{share.location}: {share.fulfilments} fulfilments, {share.units} units, {share.share:.1%}"
        yield titled(box(at[0] - half, at[1] - half, 2 * half, 2 * half, **about), told)
        if len(named) < _NAMED and _free(at, [point for point, _ in named]):
            named.append((at, _name(at, half, share.location, left=at[0] > frame.x + 0.65 * frame.width)))
    yield from (name for _, name in named)


def _name(at: Point, half: float, ref: str, *, left: bool) -> str:
    halo = {"paint_order": "stroke", "stroke": PANEL, "stroke_width": 3, "font_weight": 600, "fill": INK}
    anchor, beside = ("end", -half - 4) if left else ("start", half + 4)
    return text(at[0] + beside, at[1] + 4, short(ref, 24), size=11, text_anchor=anchor, **halo)


def _free(at: Point, names: Sequence[Point]) -> bool:
    return all(abs(at[1] - y) > _NAME_HEIGHT or abs(at[0] - x) > _NAME_WIDTH for x, y in names)


def _point(place: Placed | Place | None, frame: Frame) -> Point | None:
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return frame.at(place.latitude, place.longitude)
