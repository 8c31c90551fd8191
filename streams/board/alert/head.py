"""Draws the head of an alert and the clocks that run."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element

from streams.board.alert.panel import Words, heading, text
from streams.board.views.alert_head import Due, Head, countdown
from streams.language import Voice


class HeadDrawn:
    """The head: what, where, how bad, how many, whose it is and by when.

    Parameters
    ----------
    voice
        In which language.

    """

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._clocks: list[tuple[Due, Element, Words]] = []
        self._section = ui.element("section").classes("alert-head")
        self._said: Head | None = None
        self._spoken = Words("div", "").classes("unseen").props('aria-live="polite"')

    def show(self, head: Head, clock: float, now: float) -> None:
        """Draw it, when it says something else than before."""
        if head != self._said:
            if self._said is not None and self._said.state_word != head.state_word:
                self._spoken.say(self._voice.pick(f"状态：{head.state_word}", f"State: {head.state_word}"))
            self._said = head
            self._section.clear()
            self._section.classes(replace=f"alert-head {head.grade}{' over' if head.is_over else ''}")
            with self._section:
                self._draw(head)
        self.tick(clock, now)

    def tick(self, clock: float, now: float) -> None:
        """Tell how much time is left, by the time people are held to; `now` is the city's."""
        for due, box, said in self._clocks:
            left, tone = countdown(due, clock if due.by_wall else now, self._voice)
            said.say(left)
            box.classes(replace=f"head-due {tone}".strip())

    def _draw(self, head: Head) -> None:
        with ui.element("div").classes("alert-title"):
            text("span", head.grade_word, "badge")
            heading(1, f"{head.what}")
            text("span", head.state_word, "state-word")
            for mark, word in head.marks:
                text("span", word, f"mark mark-{mark}")
        text("p", head.where, "where")
        with ui.element("div").classes("alert-tiles"):
            with ui.element("dl").classes("head-facts"):
                for fact in head.facts:
                    with ui.element("div"):
                        text("dt", fact.label)
                        text("dd", fact.value)
            self._clocks = [self._clock(due) for due in head.due]
        if head.moved_to:
            with ui.element("p").classes("said"):
                ui.link(
                    self._voice.pick("已并入另一条预警", "It became part of another alert"), f"/alert/{head.moved_to}"
                )
        if head.said:
            text("p", head.said, f"said {'good' if head.is_taken else 'bad'}")

    def _clock(self, due: Due) -> tuple[Due, Element, Words]:
        with ui.element("div").classes("head-due") as box:
            text("span", f"{due.label} {due.clock}", "due-label")
            left = Words("b", "")
        return due, box, left
