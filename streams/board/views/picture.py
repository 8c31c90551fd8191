"""Small drawings as plain data: a component draws them as SVG, and nothing in them can become markup."""

from __future__ import annotations

from typing import Literal, NamedTuple

Anchor = Literal["start", "middle", "end"]
_RIGHT, _LEFT = 0.85, 0.15


class Shape(NamedTuple):
    """One thing in a drawing.

    Parameters
    ----------
    what
        ``rect`` from (x, y) to (x2, y2), ``line`` between them, ``dot`` at (x, y) with radius `x2` in pixels, ``text``
        at (x, y), ``ring`` around (x, y) with radius `x2` in the units of the drawing, ``area`` within `points`.
    x, y, x2, y2
        Of a chart: across as a share of the width, 0 to 1, and down in pixels. Of a map: both in units of half the
        height, from the middle, up and to the right.
    look
        How it looks, as the style sheet has it.
    text
        What a text says.
    hint
        What is said of it when it is pointed at.
    anchor
        Which part of a text is at x.
    points
        Corners of an area.

    """

    what: Literal["rect", "line", "dot", "text", "ring", "area"]
    x: float
    y: float
    x2: float = 0.0
    y2: float = 0.0
    look: str = ""
    text: str = ""
    hint: str = ""
    anchor: Anchor = "start"
    points: tuple[tuple[float, float], ...] = ()


class Picture(NamedTuple):
    """A drawing.

    Parameters
    ----------
    says
        The same in words, for those who do not see it.
    height
        In pixels.
    shapes
        What is drawn, the first at the back.
    is_map
        Across and down are of one scale.

    """

    says: str
    height: int
    shapes: tuple[Shape, ...]
    is_map: bool = False

    def props(self) -> dict[str, object]:
        """Return it as the component takes it."""
        return {
            "says": self.says,
            "height": self.height,
            "shapes": [shape._asdict() for shape in self.shapes],
            "metric": self.is_map,
        }


def text_at(x: float, y: float, text: str, look: str = "") -> Shape:
    """Return a text in the middle of x, or at its edge where it would not fit into the drawing."""
    anchor: Anchor = "end" if x > _RIGHT else "start" if x < _LEFT else "middle"
    return Shape("text", x, y, look=look, text=text, anchor=anchor)
