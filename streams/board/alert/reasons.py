"""Draws why there is an alert, what it was made of, how the counts went, where it is, and what was like it before."""

from __future__ import annotations

from nicegui import ui

from streams.board.alert.panel import Drawing, heading, text
from streams.board.views.alert_evidence import Sourced
from streams.board.views.alert_similar import Past
from streams.board.views.alert_why import Found, RuleSaid, Why
from streams.board.views.picture import Picture
from streams.language import Voice

Advice = tuple[tuple[str, ...], str]
"""What to do, step by step, and the plan that applies."""


class Reasons:
    """Draws these in one language."""

    def __init__(self, voice: Voice) -> None:
        self._pick = voice.pick

    def why(self, view: Why) -> None:
        """Draw the reason, the figures behind it and the grading."""
        pick = self._pick
        text("p", view.why, "lead")
        if view.interval is not None:
            Drawing(view.interval)
        if view.chance:
            text("p", view.chance, "dim")
        heading(3, pick("为何是这一级", "Why this grade"))
        with ui.element("ol").classes("grading"):
            for step in view.steps:
                with ui.element("li").classes(step.grade):
                    text("b", step.grade_word, "grade-word")
                    text("span", step.because)
        if view.not_higher:
            with ui.element("p").classes("not-higher"):
                text("b", pick("为何不更高", "Why not higher"))
                text("span", view.not_higher)
        heading(3, pick("规则", "The rule"))
        self._rule(view.rule)

    def _rule(self, rule: RuleSaid) -> None:
        with ui.element("p").classes("said-rule"):
            text("span", rule.says)
            text("code", f"#{rule.number} {rule.id}")
        if rule.note:
            text("p", rule.note, "warn")

    def findings(self, found: tuple[Found, ...]) -> None:
        """Draw what single rules said."""
        with ui.element("ol").classes("findings"):
            for one in found:
                with ui.element("li").classes(one.grade):
                    with ui.element("p"):
                        text("b", one.grade_word, "grade-word")
                        text("span", one.title)
                        text("span", one.events, "dim")
                        if not one.is_open:
                            text("span", self._pick("已解除", "closed"), "dim")
                    text("p", one.rule.says, "dim")

    def counts(self, picture: Picture) -> None:
        """Draw the counts over time, and say them."""
        Drawing(picture)
        text("p", picture.says, "dim")

    def sources(self, found: tuple[Sourced, ...]) -> None:
        """Draw how much came from where."""
        most = max((one.events for one in found), default=1)
        with ui.element("ul").classes("sources"):
            for one in found:
                with ui.element("li"):
                    text("span", one.source, "source-name")
                    bar = ui.element("span").classes("source-bar").props('aria-hidden="true"')
                    bar.style(f"--share: {one.events / most:.3f}")
                    text("b", self._pick(f"{one.events}起", f"{one.events}"))
                    if one.last:
                        text("span", self._pick(f"最近 {one.last}", f"last {one.last}"), "dim")

    def place(self, picture: Picture) -> None:
        """Draw the map."""
        Drawing(picture).classes("map")

    def similar(self, past: Past) -> None:
        """Draw what was like it before."""
        text("p", past.says, "lead")
        with ui.element("ol").classes("similar"):
            for one in past.alerts:
                with ui.element("li").classes(one.grade):
                    with ui.element("p"):
                        text("b", one.grade_word, "grade-word")
                        ui.link(one.title, f"/alert/{one.id}")
                    with ui.element("p").classes("dim"):
                        text("span", one.when)
                        text("span", one.likeness)
                        text("span", one.state)
                        look = {"true": "good", "false": "bad"}.get(one.verdict, "")
                        text("span", one.verdict_word, look)
                        text("span", one.took)

    def advice(self, said: Advice) -> None:
        """Draw what to do."""
        steps, plan = said
        with ui.element("ol").classes("advice"):
            for step in steps:
                text("li", step)
        if plan:
            text("p", self._pick(f"预案：{plan}", f"Plan: {plan}"), "dim")
