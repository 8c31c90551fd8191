"""Verdicts, and what carries one: a section of the page, a line in it, a cell of a grid. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from rules.alert import Text
from streams.dossier.words import length

Verdict = Literal["ok", "watch", "fault"]

WORDS: dict[Verdict, Text] = {
    "ok": Text("正常", "normal"),
    "watch": Text("注意", "attention"),
    "fault": Text("故障", "fault"),
}
MARKS: dict[Verdict, str] = {"ok": "✓", "watch": "!", "fault": "✕"}
_RANKS: dict[Verdict, int] = {"fault": 0, "watch": 1, "ok": 2}


_NOTHING = Text()


class Line(NamedTuple):
    """One thing that was looked at.

    Parameters
    ----------
    verdict
        How it is.
    name
        What it is.
    says
        What was seen.
    todo
        What to do about it; empty where there is nothing to do.

    """

    verdict: Verdict
    name: Text
    says: Text
    todo: Text = Text()


class Cell(NamedTuple):
    """One cell of a grid; a verdict of ``None`` means that there is nothing to judge."""

    verdict: Verdict | None
    says: Text


class Grid(NamedTuple):
    """Things of one kind side by side: the name of each column, and rows with their names."""

    corner: Text
    heads: tuple[Text, ...]
    rows: tuple[tuple[Text, tuple[Cell, ...]], ...]


class Section(NamedTuple):
    """A part of the page.

    Parameters
    ----------
    id
        Name of it for links: ``lag``.
    title
        What it is about.
    verdict
        The worst of its lines.
    says
        The gist in a sentence.
    lines
        What was looked at, the worst first.
    grid
        The same at a glance, where that is of use.
    note
        How to read it.

    """

    id: str
    title: Text
    verdict: Verdict
    says: Text
    lines: tuple[Line, ...] = ()
    grid: Grid | None = None
    note: Text = Text()


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; of none that all is well."""
    return min(verdicts, key=_RANKS.__getitem__, default="ok")


def sorted_lines(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return lines the worst first, else in their order."""
    return tuple(sorted(lines, key=lambda line: _RANKS[line.verdict]))


def sorted_sections(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return sections the worst first, else in their order."""
    return tuple(sorted(sections, key=lambda section: _RANKS[section.verdict]))


def section_of(
    id_: str, title: Text, lines: Iterable[Line], *, says: Text, grid: Grid | None = None, note: Text = _NOTHING
) -> Section:
    """Return a section that is as its worst line is; `says` is its gist while all is well."""
    found = sorted_lines(lines)
    bad = [line for line in found if line.verdict != "ok"]
    verdict = worst(line.verdict for line in found)
    gist = _gist(bad) if bad else says
    return Section(id_, title, verdict, gist, found, grid, note)


def _gist(bad: list[Line]) -> Text:
    """Return the first of what is not well, and how much more there is."""
    first, more = bad[0], len(bad) - 1
    zh, en = f"{first.name.zh}：{first.says.zh}", f"{first.name.en}: {first.says.en}"
    return Text(f"{zh}（另有{more}项）", f"{en} (and {more} more)") if more else Text(zh, en)


def ago(length_s: float) -> Text:
    """Return how long something is past; what lies a moment ahead, by another clock, is now."""
    said = length(max(0.0, length_s))
    return Text(f"{said.zh}前", f"{said.en} ago")


def count(n: int, zh: str, en: str, en_one: str = "") -> Text:
    """Return so many of something: `zh` is a measure word, `en` a plural."""
    return Text(f"{n:,}{zh}", f"{n:,} {en_one if n == 1 and en_one else en}")
