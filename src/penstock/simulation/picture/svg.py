"""The few shapes of SVG that a picture needs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Mapping

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
INK, SOFT, FAINT, PAPER, PANEL = "#1c2733", "#5b6b7a", "#dde3e9", "#ffffff", "#f6f8fa"


def element(name: str, content: str = "", about: Mapping[str, object] | None = None, **more: object) -> str:
    """Return an element; an underscore in an attribute's name stands for a hyphen, None leaves it out."""
    told = {
        key.replace("_", "-"): _plain(value) for key, value in {**(about or {}), **more}.items() if value is not None
    }
    given = "".join(f" {key}={quoteattr(value)}" for key, value in told.items())
    return f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>"


def _plain(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def text(x: float, y: float, words: str, *, size: int = 12, **more: object) -> str:
    """Return a line of text whose baseline begins at a point."""
    given: dict[str, object] = {"x": x, "y": y, "font_size": size, "fill": INK, **more}
    return element("text", escape(words), given)


def box(x: float, y: float, width: float, height: float, **more: object) -> str:
    """Return a rectangle."""
    given: dict[str, object] = {"x": x, "y": y, "width": max(0.0, width), "height": height, **more}
    return element("rect", "", given)


def titled(shape: str, words: str) -> str:
    """Return a shape that says something when one points at it."""
    return element("g", f"<title>{escape(words)}</title>{shape}")


def short(words: str, most: int) -> str:
    """Return words cut to so many characters."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def document(width: float, height: float, parts: list[str]) -> str:
    """Return a whole picture."""
    content = "\n".join([box(0, 0, width, height, fill=PAPER), *parts])
    view, xmlns = f"0 0 {width:g} {height:g}", "http://www.w3.org/2000/svg"
    return element("svg", content, xmlns=xmlns, width=width, height=height, viewBox=view, font_family=FONT) + "\n"
