"""The page: what was asked, figures side by side, and the maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.simulation.picture import bars, maps
from penstock.simulation.picture.colours import NOBODY, OTHERS, of_locations, of_variants
from penstock.simulation.picture.svg import SOFT, box, document, element, short, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.simulation.report import Report

_WIDTH, _EDGE, _GAP = 1200.0, 32.0, 16.0
_COLUMNS = 3  # of panels
_MAP = 470.0  # height of one
_ROOM = _WIDTH - 2 * _EDGE


def drawn(report: Report) -> str:
    """Return a simulation as an SVG."""
    parts = [*_heading(report)]
    y = 90.0 + 20 * len(report.variants)
    bottom = _figures(report, y, parts)
    bottom = _maps(report, bottom, parts)
    return document(_WIDTH, bottom + _EDGE - _GAP, parts)


def _heading(report: Report) -> Iterator[str]:
    yield text(_EDGE, 44, f"What if: {report.account}, retailer {report.retailer}", size=22, font_weight=700)
    yield text(_EDGE, 66, f"{report.orders}; state of {report.moment[:19].replace('T', ' ')} UTC", size=13, fill=SOFT)
    for n, (variant, colour) in enumerate(zip(report.variants, of_variants(report), strict=True)):
        y = 90 + 20 * n
        told = "; ".join(variant.changes) or ("as it is" if n == 0 else "nothing is changed")
        name = element("tspan", short(variant.name, 40).replace("&", "&amp;").replace("<", "&lt;"), font_weight=600)
        yield box(_EDGE, y - 10, 12, 12, fill=colour, rx=3)
        yield _line(_EDGE + 20, y, name, short(told, 150))


def _line(x: float, y: float, name: str, told: str) -> str:
    plain = told.replace("&", "&amp;").replace("<", "&lt;")
    return element("text", f"{name}  {element('tspan', plain, fill=SOFT)}", x=x, y=y, font_size=13)


def _figures(report: Report, y: float, parts: list[str]) -> float:
    """Add the panels; return where the next part begins."""
    variants, colours = report.variants, of_variants(report)
    width = (_ROOM - (_COLUMNS - 1) * _GAP) / _COLUMNS
    high = bars.height_of(len(variants)) + _GAP
    for number in range(len(bars.PANELS)):
        row, column = divmod(number, _COLUMNS)
        at = (_EDGE + column * (width + _GAP), y + row * high)
        parts.append(bars.panel(number, at, width, variants, colours))
    y += high * -(-len(bars.PANELS) // _COLUMNS)
    parts.append(bars.splits((_EDGE, y), _ROOM, variants))
    return y + high


def _maps(report: Report, y: float, parts: list[str]) -> float:
    """Add a map for each variant, two or three in a row; return where the page ends."""
    columns = 2 if len(report.variants) in {2, 4} else min(3, len(report.variants))
    width = (_ROOM - (columns - 1) * _GAP) / columns
    frame = maps.framed(report, width, _MAP)
    if frame is None:
        return y
    colours = of_locations(report)
    for number, (variant, ink) in enumerate(zip(report.variants, of_variants(report), strict=True)):
        row, column = divmod(number, columns)
        at = (_EDGE + column * (width + _GAP), y + row * (_MAP + _GAP))
        parts.append(maps.chart(report, variant, frame, at, colours, ink))
    y += (_MAP + _GAP) * -(-len(report.variants) // columns)
    parts += _key(colours, y + 6)
    return y + 44


def _key(colours: dict[str, str], y: float) -> Iterator[str]:
    """Yield what the colours of the maps mean."""
    x = _EDGE
    for label, colour in [*colours.items(), ("others", OTHERS)]:
        wide = 34 + 6.6 * len(label)
        if x + wide > _WIDTH - _EDGE:
            x, y = _EDGE, y + 18
        yield box(x, y, 11, 11, fill=colour, rx=3) + text(x + 16, y + 10, label, size=11, fill=SOFT)
        x += wide
    ring = element("circle", cx=x + 5.5, cy=y + 5.5, r=4, fill="none", stroke=NOBODY, stroke_width=1.6)
    yield ring + text(x + 16, y + 10, "something is missing", size=11, fill=SOFT)
