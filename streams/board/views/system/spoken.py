"""The page on the system in one language, as the browser is given it. Pure."""

from __future__ import annotations

from typing import Any

from rules.alert import Text
from streams.board.views.system.overview import Overview
from streams.board.views.system.verdicts import MARKS, WORDS, Cell, Grid, Line, Section, Verdict
from streams.language import Voice

_SAY = {
    "title": Text("运行", "System"),
    "todo": Text("怎么办", "What to do"),
    "more": Text("正常的{n}项", "{n} normal"),
    "jump": Text("到各部分", "To the parts"),
}


def spoken(overview: Overview, voice: Voice) -> dict[str, Any]:
    """Return the page as plain data.

    Parameters
    ----------
    overview
        What it says.
    voice
        Language.

    """
    return {
        "lang": voice.lang,
        "say": {name: voice.say(text) for name, text in _SAY.items()},
        **_judged(overview.verdict, voice),
        "says": voice.say(overview.says),
        "sections": [_section(one, voice) for one in overview.sections],
    }


def _judged(verdict: Verdict, voice: Voice) -> dict[str, str]:
    return {"verdict": verdict, "word": voice.say(WORDS[verdict]), "mark": MARKS[verdict]}


def _section(section: Section, voice: Voice) -> dict[str, Any]:
    lines = [_line(line, voice) for line in section.lines]
    return {
        "id": section.id,
        "title": voice.say(section.title),
        **_judged(section.verdict, voice),
        "says": voice.say(section.says),
        "note": voice.say(section.note),
        "bad": [line for line in lines if line["verdict"] != "ok"],
        "well": [line for line in lines if line["verdict"] == "ok"],
        "grid": _grid(section.grid, voice) if section.grid is not None else None,
    }


def _line(line: Line, voice: Voice) -> dict[str, Any]:
    said = {"name": voice.say(line.name), "says": voice.say(line.says), "todo": voice.say(line.todo)}
    return {**_judged(line.verdict, voice), **said}


def _grid(grid: Grid, voice: Voice) -> dict[str, Any]:
    return {
        "corner": voice.say(grid.corner),
        "heads": [voice.say(head) for head in grid.heads],
        "rows": [
            {"name": voice.say(name), "cells": [_cell(cell, voice) for cell in cells]} for name, cells in grid.rows
        ],
    }


def _cell(cell: Cell, voice: Voice) -> dict[str, str]:
    judged = {"verdict": "", "word": "", "mark": ""} if cell.verdict is None else _judged(cell.verdict, voice)
    return {**judged, "says": voice.say(cell.says)}
