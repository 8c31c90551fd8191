"""Who watches what: every kind and source with the rules and detectors that look at it, by the book itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from detectors.silence import SilenceDetector
from detectors.taxonomy import OTHER, Taxonomy
from rules.alert import Text
from rules.book import Book
from rules.compiling import CompiledRule
from rules.looking import look_of
from rules.window import COUNTED
from streams.board.feeds import Matter

SOURCES = ("hotline", "grid", "police", "sos")
Level = Literal["own", "general", "detector", "trial", "none"]

LEVELS: dict[Level, Text] = {
    "own": Text("专门规则", "a rule of its own"),
    "general": Text("只有通用规则", "rules for all kinds only"),
    "detector": Text("只有检测器", "detectors only"),
    "trial": Text("只有试运行", "on trial only"),
    "none": Text("无人看管", "nobody"),
}
MARKS: dict[Level, str] = {"own": "●", "general": "◐", "detector": "○", "trial": "△", "none": "✕"}


class Watcher(NamedTuple):
    """A rule that looks at a kind and source.

    Parameters
    ----------
    id, number, name
        The rule.
    how
        It names the kind, is for all kinds, or grades what a detector says.
    trial
        It is a shadow rule: nobody is told.
    only
        It counts some of these events only.

    """

    id: str
    number: int
    name: Text
    how: Literal["own", "general", "detector"]
    trial: bool
    only: bool


class Cell(NamedTuple):
    """A kind and source, by whom it is watched, and how many events there were in a week."""

    kind: str
    source: str
    watchers: tuple[Watcher, ...]
    events: int

    @property
    def level(self) -> Level:
        """Return how well it is watched: by the best of those that speak."""
        speaking = {one.how for one in self.watchers if not one.trial}
        for how in ("own", "general", "detector"):
            if how in speaking:
                return how
        return "trial" if self.watchers else "none"


class Row(NamedTuple):
    """A kind with its cells, in the order of `SOURCES`."""

    kind: str
    name: Text
    cells: tuple[Cell, ...]


class Group(NamedTuple):
    """A class with its kinds."""

    id: str
    name: Text
    rows: tuple[Row, ...]


class Coverage(NamedTuple):
    """The matrix.

    Parameters
    ----------
    groups
        Classes in the order of the taxonomy.
    gaps
        Cells nobody watches or only rules on trial do, those with the most events first.
    thin
        Cells only detectors watch: a single report says nothing there; those with the most events first.
    feeds
        Rules that watch the feeds themselves, whatever their events are about.

    """

    groups: tuple[Group, ...]
    gaps: tuple[Cell, ...]
    thin: tuple[Cell, ...]
    feeds: tuple[Watcher, ...]

    def cells(self) -> Iterator[Cell]:
        """Yield every cell."""
        return (cell for group in self.groups for row in group.rows for cell in row.cells)


def coverage(book: Book, taxonomy: Taxonomy, events: Mapping[Matter, int]) -> Coverage:
    """Return who watches what.

    Parameters
    ----------
    book
        The book in force.
    taxonomy
        Kinds and classes.
    events
        How many events a week there are of each kind and source.

    """
    rules = [one for one in book.compiled if one.rule.signal != SilenceDetector.name]
    by_class: dict[str, list[Row]] = {}
    for kind in taxonomy.kinds.values():
        cells = tuple(_cell(kind.id, source, rules, events.get(Matter(kind.id, source), 0)) for source in SOURCES)
        by_class.setdefault(kind.category, []).append(Row(kind.id, Text(kind.zh, kind.en), cells))
    names = {id_: Text(one.zh, one.en) for id_, one in taxonomy.categories.items()}
    groups = tuple(Group(id_, names[id_], tuple(by_class[id_])) for id_ in names if id_ in by_class)
    every = [cell for group in groups for row in group.rows for cell in row.cells]
    feeds = [one for one in book.compiled if one.rule.signal == SilenceDetector.name]
    return Coverage(
        groups=groups,
        gaps=_by_events(cell for cell in every if cell.level in {"none", "trial"}),
        thin=_by_events(cell for cell in every if cell.level == "detector"),
        feeds=tuple(_watcher(one, "detector", only=False) for one in feeds),
    )


def _by_events(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(cells, key=lambda cell: (-cell.events, cell.kind == OTHER)))


def _cell(kind: str, source: str, rules: Iterable[CompiledRule], events: int) -> Cell:
    found = [one for compiled in rules if (one := _watches(compiled, kind, source)) is not None]
    return Cell(kind, source, tuple(sorted(found, key=lambda one: (one.how == "detector", one.number, one.id))), events)


def _watches(compiled: CompiledRule, kind: str, source: str) -> Watcher | None:
    rule = compiled.rule
    if rule.signal is not None:
        sees = rule.covers(kind) and source in rule.sources
        return _watcher(compiled, "detector", only=False) if sees else None
    look = look_of(compiled, kind, source)
    if look is None or look.role != COUNTED:
        return None  # it at most corroborates what others tell
    return _watcher(compiled, "own" if rule.kinds else "general", only=rule.where is not None)


def _watcher(compiled: CompiledRule, how: Literal["own", "general", "detector"], *, only: bool) -> Watcher:
    rule = compiled.rule
    return Watcher(rule.id, rule.number, rule.name, how, rule.status == "shadow", only)
