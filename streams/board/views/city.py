"""The city page as plain data: what the map, the list and the bar below it show at a time, and what changed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from detectors.event import Event
from detectors.taxonomy import Taxonomy
from rules.alert import Alert, Grade, Text
from rules.index_config import Bands
from streams.board.clusters import Clusters
from streams.board.courses import Courses
from streams.board.heat import Heat
from streams.board.standing import Known
from streams.board.told import Told
from streams.board.views.city_asking import Asked, Layer
from streams.board.views.city_heat import Warmth, warmth
from streams.board.views.city_marks import Mark, Marks, cluster_path, in_areas, sign_of, spot_of, worst_of
from streams.board.views.city_shapes import CityMap
from streams.board.views.city_side import Plain, Side, name_of, score_text
from streams.board.views.city_tree import CityTree, Node
from streams.board.views.city_words import BRIEF_SPANS, COLOURS, LAYERS, LEVELS, WORDS
from streams.language import Voice

STEP_S = 600
STEPS = 144
_MOST_MARKS = 600
_TOLD_FROM = Grade.ORANGE.rank
_BANDS = Bands()


class Sources(NamedTuple):
    """What the page is made of; `alerts` gives the alerts this visitor may see, `event` an event by its id."""

    tree: CityTree
    told: Told
    heat: Heat
    courses: Courses
    clusters: Clusters
    taxonomy: Taxonomy
    alerts: Callable[[], Iterable[Known]]
    event: Callable[[str], Event | None]
    scans: Collection[str] = ()
    hidden: Collection[str] = ()


class CityView:
    """Says what the page shows.

    Parameters
    ----------
    sources
        What is known.
    map_
        Shapes of the areas.
    voice
        Language, names and local time.

    """

    def __init__(self, sources: Sources, map_: CityMap, voice: Voice) -> None:
        self._from = sources
        self._map = map_
        self._voice = voice
        self._marks = Marks(sources.tree, sources.courses, sources.clusters)
        self._side = Side(sources.tree, sources.told, sources.heat, sources.taxonomy, voice, sources.hidden)

    def begin(self) -> Asked:
        """Return what is shown first."""
        tree = self._from.tree
        return Asked(focus=tree.city, level=next(iter(tree.levels(tree.city)), "district"))

    def picture(self, asked: Asked, now: float) -> dict[str, Plain]:
        """Return what map, list and bar show.

        Parameters
        ----------
        asked
            What somebody wants to see.
        now
            What time it is, epoch seconds.

        """
        tree = self._from.tree
        at = now if asked.at is None else asked.at
        kinds = self.kinds(asked.kind)
        marks = self._marks.at(self._from.alerts(), asked.at, now, self._from.scans, kinds)
        by_area = in_areas(marks)
        nodes = tree.within(asked.focus, asked.level)
        norms = {} if kinds is not None else self._norms(nodes, at)
        warm = warmth(self._from.heat, asked.span, at, [node.id for node in nodes], kinds, norms)
        cells = {node.id: self._cell(node, asked, at, by_area.get(node.id, ()), warm) for node in nodes}
        here = [mark for mark in marks if asked.focus in mark.areas]
        return {
            "map": {
                "cells": cells,
                "focus": asked.focus,
                "selected": asked.selected,
                "marks": [one for one in map(self._spot, here[:_MOST_MARKS]) if one is not None],
                "clusters": [one for one in map(self._cluster, here) if one is not None],
                "legend": self._legend(asked, warm),
            },
            "list": {
                "cells": cells,
                "order": self._order(nodes, cells, asked.layer, by_area),
                "level": self._voice.say(LEVELS[asked.level]),
                "span": self._voice.say(BRIEF_SPANS[asked.span]),
                "layer": asked.layer,
                "selected": asked.selected,
                "side": self._side.of(asked.selected or asked.focus, at, asked.span, kinds, by_area),
            },
            "bar": self._bar(asked),
            "time": self._time(asked, now, kinds),
        }

    def kinds(self, kind: str) -> Collection[str] | None:
        """Return the kinds that one kind or class means, ``None`` for all."""
        known = self._from.taxonomy
        if kind in known.categories:
            return [one.id for one in known.kinds.values() if one.category == kind and one.id not in self._from.hidden]
        return [kind] if kind in known.kinds and kind not in self._from.hidden else None

    def choices(self) -> list[Plain]:
        """Return the classes and kinds to choose from."""
        say, known = self._voice.say, self._from.taxonomy
        found: list[Plain] = []
        for one in known.categories.values():
            inside = [kind for kind in known.kinds.values() if kind.category == one.id]
            shown = [{"id": kind.id, "name": say(Text(kind.zh, kind.en))} for kind in inside]
            shown = [kind for kind in shown if kind["id"] not in self._from.hidden]
            if shown:
                found.append({"id": one.id, "name": say(Text(one.zh, one.en)), "kinds": shown})
        return found

    def _norms(self, nodes: Sequence[Node], at: float) -> dict[str, float]:
        scores = {node.id: self._from.told.at(node.id, at) for node in nodes}
        return {id_: one.expected for id_, one in scores.items() if one is not None and one.expected is not None}

    def _cell(self, node: Node, asked: Asked, at: float, marks: Sequence[Mark], warm: Warmth) -> Plain:
        voice = self._voice
        score, worst, n = self._from.told.at(node.id, at), worst_of(marks), warm.counts.get(node.id, 0)
        usual = "" if warm.usual is None else f"{warm.usual.get(node.id, 0.0):.1f}"
        shown = "" if score is None else score_text(score.score)
        graded = "" if worst is None else f"{voice.colour(worst)} {len(marks)}"
        fills = {
            "index": "none" if score is None else f"i-{score.colour}",
            "alerts": "clear" if worst is None else f"a-{worst.value}",
            "heat": warm.fill(node.id),
        }
        return {
            "name": self._name(node),
            "fill": fills[asked.layer],
            "value": {"index": shown or "–", "alerts": graded, "heat": str(n)}[asked.layer],
            "score": shown,
            "colour": "" if score is None else score.colour,
            "word": "" if score is None else voice.say(COLOURS[score.colour]),
            "grade": "" if worst is None else worst.value,
            "open": graded,
            "n": n,
            "usual": usual,
            "down": bool(self._from.tree.children(node.id)),
        }

    def _name(self, node: Node) -> str:
        return name_of(node, self._voice)

    def _spot(self, mark: Mark) -> Plain | None:
        spot = spot_of(mark, self._map)
        if spot is None:
            return None
        alert, voice = mark.alert, self._voice
        word = voice.colour(mark.grade)
        title = voice.pick("｜", " | ").join((voice.what(alert), voice.place(alert)))
        sign = sign_of(mark.grade, voice)
        return {"id": alert.id, "at": spot, "grade": mark.grade.value, "sign": sign, "title": f"{word} · {title}"}

    def _cluster(self, mark: Mark) -> Plain | None:
        if mark.cluster is None and not self._is_cluster(mark.alert):
            return None
        path = cluster_path(mark, self._map, self._from.event)
        return {"id": mark.alert.id, "d": path} if path else None

    def _is_cluster(self, alert: Alert) -> bool:
        return any(finding.rule.id in self._from.scans for finding in alert.findings)

    def _order(
        self, nodes: Sequence[Node], cells: Mapping[str, Plain], layer: Layer, marks: Mapping[str, Sequence[Mark]]
    ) -> list[str]:
        """Return the areas, what is worst first."""

        def badness(node: Node) -> tuple[float, ...]:
            cell, here = cells[node.id], marks.get(node.id, ())
            worst = worst_of(here)
            grave = (-(worst.rank if worst else -1), -len(here))
            score = int(str(cell["score"] or 101))
            if layer == "index":
                return (score, *grave)
            return (*grave, score) if layer == "alerts" else (-int(str(cell["n"])), *grave)

        return [node.id for node in sorted(nodes, key=badness)]

    def _legend(self, asked: Asked, warm: Warmth) -> Plain:
        say = self._voice.say
        if asked.layer == "heat":
            steps = [(fill, say(text)) for fill, text in warm.legend()]
        elif asked.layer == "alerts":
            steps = [(f"a-{name}", say(text)) for name, text in reversed(_GRADES)]
            steps.append(("clear", say(WORDS["none"])))
        else:
            steps = [(f"i-{name}", f"{limits} {say(COLOURS[name])}") for name, limits in _LIMITS]
            steps.append(("none", say(WORDS["no_index"])))
        title = say(LAYERS[asked.layer])
        if asked.layer == "heat":
            title += self._voice.pick(f"（近{BRIEF_SPANS[asked.span].zh}）", f", last {BRIEF_SPANS[asked.span].en}")
        return {"title": title, "steps": steps}

    def _bar(self, asked: Asked) -> Plain:
        tree, voice = self._from.tree, self._voice
        return {
            "crumbs": [(node.id, self._name(node)) for node in tree.chain(asked.focus)],
            "levels": [(level, voice.say(LEVELS[level])) for level in tree.levels(asked.focus)],
            "level": asked.level,
            "layer": asked.layer,
            "span": asked.span,
            "kind": asked.kind,
        }

    def _time(self, asked: Asked, now: float, kinds: Collection[str] | None) -> Plain:
        first = now // STEP_S * STEP_S - STEP_S * STEPS
        area = "" if asked.focus == self._from.tree.city else asked.focus
        at = now if asked.at is None else asked.at
        return {
            "steps": STEPS,
            "at": None if asked.at is None else max(0, round((asked.at - first) / STEP_S)),
            "clock": self._voice.moment(datetime.fromtimestamp(at, UTC))[:-3],
            "hours": [self._hour(first, n) for n in range(0, STEPS + 1, STEPS // 4)],
            "counts": self._from.heat.course(first, STEP_S, STEPS, area=area, kinds=kinds),
            "raised": self._raised(asked.focus, first, now, kinds),
        }

    def _hour(self, first: float, step: int) -> str:
        return self._voice.clock(datetime.fromtimestamp(first + step * STEP_S, UTC))[-5:]

    def _raised(self, focus: str, first: float, now: float, kinds: Collection[str] | None) -> list[tuple[int, str]]:
        """Return the steps in which orange and red alerts were raised, with the grade."""
        found: dict[tuple[int, str], None] = {}
        for alert, _ in self._from.alerts():
            at = alert.raised_at.timestamp()
            if alert.grade.rank < _TOLD_FROM or not first <= at <= now or not (kinds is None or alert.kind in kinds):
                continue
            if focus in {self._from.tree.city, alert.place.district, alert.place.street, *alert.districts}:
                found[int((at - first) // STEP_S), alert.grade.value] = None
        return sorted(found)


_GRADES = (
    ("blue", Text("蓝", "blue")),
    ("yellow", Text("黄", "yellow")),
    ("orange", Text("橙", "orange")),
    ("red", Text("红", "red")),
)
_LIMITS: tuple[tuple[Literal["green", "yellow", "orange", "red"], str], ...] = (
    ("green", f"≥{_BANDS.green:g}"),
    ("yellow", f"{_BANDS.yellow:g}–{_BANDS.green:g}"),
    ("orange", f"{_BANDS.orange:g}–{_BANDS.yellow:g}"),
    ("red", f"<{_BANDS.orange:g}"),
)
