"""A sheet on which charts are drawn, and the SVG that comes of it: classes instead of colours, text kept as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

WIDTH = 720.0
FONT_PX = 12.0
_WIDE_FROM = 0x2E80  # from here on characters are as wide as they are high
_BREAKS = re.compile(r"[\u2e80-\U0010ffff]|[^\s\u2e80-\U0010ffff]+\s*|\s+")
_NOT_IN_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


class Canvas:
    """Shapes in the order in which they were put down. Coordinates are pixels from the top left."""

    def __init__(self, height: float, width: float = WIDTH) -> None:
        self.width, self.height = width, height
        self._shapes: list[str] = []

    def line(self, x1: float, y1: float, x2: float, y2: float, css: str) -> None:
        """A straight line."""
        self._shapes.append(f'<path class="{css}" d="M{_px(x1)} {_px(y1)}L{_px(x2)} {_px(y2)}"/>')

    def path(self, points: Iterable[tuple[float, float]], css: str, *, closed: bool = False) -> None:
        """A line through points; ``closed`` makes it an area. Nothing for no points."""
        steps = "L".join(f"{_px(x)} {_px(y)}" for x, y in points)
        if steps:
            self._shapes.append(f'<path class="{css}" d="M{steps}{"Z" if closed else ""}"/>')

    def bar(self, x1: float, x2: float, y: float, height: float, css: str) -> None:
        """A rectangle between two xs in whichever order."""
        left, width = min(x1, x2), max(abs(x2 - x1), 1.0)
        self._shapes.append(
            f'<rect class="{css}" x="{_px(left)}" y="{_px(y)}" width="{_px(width)}" height="{_px(height)}" rx="2"/>'
        )

    def dot(self, x: float, y: float, css: str, radius: float = 5.0) -> None:
        """A filled circle."""
        self._shapes.append(f'<circle class="{css}" cx="{_px(x)}" cy="{_px(y)}" r="{_px(radius)}"/>')

    def text(self, x: float, y: float, text: str, css: str = "text", anchor: str = "start") -> None:
        """Text on the base line ``y``; ``anchor`` start, middle or end."""
        held = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._shapes.append(f'<text class="{css}" x="{_px(x)}" y="{_px(y)}"{held}>{escaped(text)}</text>')

    def svg(self, label: str, style: str = "") -> str:
        """The picture; ``label`` is what a screen reader says, ``style`` a style sheet to carry inside."""
        size = f'viewBox="0 0 {_px(self.width)} {_px(self.height)}"'
        named = quoteattr(holdable(label))
        inner = f"<style>{style}</style>" if style else ""
        head = f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" {size} aria-label={named}>'
        return f"{head}{inner}{''.join(self._shapes)}</svg>"


def holdable(text: str) -> str:
    """The text without the characters that no XML, and so neither a page nor a spreadsheet, can hold."""
    return text.translate(_NOT_IN_XML)


def escaped(text: str) -> str:
    """Text that is safe between tags, without characters that XML cannot hold."""
    return escape(holdable(text), {'"': "&quot;", "'": "&#39;"})


def text_width(text: str, font_px: float = FONT_PX) -> float:
    """About how wide a text is drawn; rather too wide than too narrow."""
    return sum(font_px * (1.0 if ord(char) >= _WIDE_FROM else 0.58) for char in text)


def shortened(text: str, width_max: float) -> str:
    """The text, or as much of it as fits, ended by an ellipsis."""
    if text_width(text) <= width_max:
        return text
    while text and text_width(text) + FONT_PX > width_max:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, width_max: float, *, lines_max: int) -> list[str]:
    """The text in lines, broken between words or wide characters; the last is shortened where it must be."""
    lines = [""]
    for piece in _BREAKS.findall(text):
        if len(lines) == lines_max or text_width((lines[-1] + piece).rstrip()) <= width_max:
            lines[-1] += piece
        elif lines[-1]:
            lines.append(piece)
        else:
            lines[-1] = piece
    return [shortened(line.strip(), width_max) for line in lines]


def _px(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text
