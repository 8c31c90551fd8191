"""A part of a page that is drawn anew only when what it says is another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from nicegui import ui
from nicegui.element import Element

from streams.board.views.picture import Picture

V = TypeVar("V")


class Panel(Generic[V]):
    """A section with a heading.

    Parameters
    ----------
    title
        Its heading, empty for none.
    draw
        Draws what it says.
    look
        Class of the section.

    """

    def __init__(self, title: str, draw: Callable[[V], None], look: str = "") -> None:
        with ui.element("section").classes(f"panel {look}".strip()) as self.section:
            if title:
                heading(2, title)
            self._body = ui.element("div").classes("panel-body")
        self._draw = draw
        self._said: V | None = None

    def show(self, view: V | None) -> None:
        """Draw a view, unless it is what is there already; without one the section is not to be seen."""
        self.section.set_visibility(view is not None)
        if view is None or view == self._said:
            return
        self._said = view
        self._body.clear()
        with self._body:
            self._draw(view)


class Drawing(Element, component="../web/picture.js"):
    """A picture, drawn as SVG."""

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self._props.update(picture.props())


def text(tag: str, said: str, look: str = "") -> Element:
    """Put a text on the page, as text."""
    element = Words(tag, said)
    return element.classes(look) if look else element


def heading(level: int, said: str) -> Element:
    """Put a heading on the page."""
    return text(f"h{level}", said)


class Words(Element):
    """An element of HTML that holds a text and nothing else."""

    def __init__(self, tag: str, said: str) -> None:
        super().__init__(tag)
        self._text = said

    def say(self, said: str) -> None:
        """Say something else."""
        if said != self._text:
            self._text = said
            self.update()
