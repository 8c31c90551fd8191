"""What the city page says of one area: its index and why, its alerts, its events by kind, its last day. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from detectors.area import UNKNOWN
from detectors.taxonomy import OTHER, Taxonomy
from rules.alert import Text
from rules.rule import Rule
from streams.board.heat import Heat
from streams.board.told import Score, Told
from streams.board.views.city_heat import DAY_S, HOUR_S, SECONDS, Span
from streams.board.views.city_marks import Mark
from streams.board.views.city_tree import CityTree, Node
from streams.board.views.city_words import AREA, BRIEF_SPANS, COLOURS
from streams.language import Voice

_ALERTS = 5
_KINDS = 6
_HOURS = 24

Plain = dict[str, object]


class Side:
    """Says it.

    Parameters
    ----------
    tree, told, heat, taxonomy
        The areas, and what is known of them.
    voice
        Language, names and local time.
    hidden
        Kinds that are not told apart from ``other``.

    """

    def __init__(
        self, tree: CityTree, told: Told, heat: Heat, taxonomy: Taxonomy, voice: Voice, hidden: Collection[str]
    ) -> None:
        self._tree = tree
        self._told = told
        self._heat = heat
        self._taxonomy = taxonomy
        self._voice = voice
        self._hidden = frozenset(hidden)

    def of(
        self, area: str, at: float, span: Span, kinds: Collection[str] | None, marks: Mapping[str, Sequence[Mark]]
    ) -> Plain:
        """Return what is said of an area at a time."""
        say, voice = self._voice.say, self._voice
        chain = self._tree.chain(area)
        node = chain[-1]
        people = f"{node.population:,}" if node.population else ""
        here = marks.get(area, ())
        return {
            "name": name_of(node, voice),
            "what": "·".join([*(name_of(one, voice) for one in chain[1:-1]), say(AREA[node.level])]),
            "people": voice.pick(f"常住人口{people}人", f"{people} residents") if people else "",
            "index": self._index(self._told.at(area, at)),
            "alerts": [_alert(mark, voice) for mark in here[:_ALERTS]],
            "more": max(0, len(here) - _ALERTS),
            "kinds": self._kinds("" if area == self._tree.city else area, at, span, kinds),
            "span": say(BRIEF_SPANS[span]),
            "scores": [(round((t - at + DAY_S) / DAY_S, 4), score) for t, score in self._scores(area, at)],
            "hours": self._hours("" if area == self._tree.city else area, at, kinds),
        }

    def _scores(self, area: str, at: float) -> list[tuple[float, float]]:
        found = self._told.course(area, at - DAY_S, at)
        return [*found, (at, found[-1][1])] if found else []

    def _hours(self, area: str, at: float, kinds: Collection[str] | None) -> list[int]:
        return self._heat.course(at - _HOURS * HOUR_S, HOUR_S, _HOURS, area=area, kinds=kinds)

    def _index(self, score: Score | None) -> Plain | None:
        if score is None:
            return None
        say = self._voice.say
        off = [(say(one.text), round(100 * one.share)) for one in score.contributors]
        today = Text(f"当日已有{score.events}起", f"{score.events} events so far that day")
        if score.expected is not None:
            normal = f"{score.expected:.1f}"
            today = Text(f"{today.zh}，全天常态{normal}起", f"{today.en}, {normal} normal for a whole day")
        as_of = datetime.fromtimestamp(score.at, UTC)
        return {
            "score": score_text(score.score),
            "colour": score.colour,
            "word": say(COLOURS[score.colour]),
            "off": off,
            "today": say(today),
            "as_of": self._voice.pick(f"截至{self._voice.clock(as_of)}", f"as of {self._voice.clock(as_of)}"),
        }

    def _kinds(self, area: str, at: float, span: Span, kinds: Collection[str] | None) -> list[Plain]:
        found: dict[str, int] = {}
        for kind, n in self._heat.kinds(at - SECONDS[span], at, area).items():
            if kinds is None or kind in kinds:
                shown = OTHER if kind in self._hidden else kind
                found[shown] = found.get(shown, 0) + n
        most = max(found.values(), default=1)
        ranked = sorted(found.items(), key=lambda item: (item[0] == OTHER, -item[1], item[0]))
        return [{"name": self._kind(kind), "n": n, "share": round(n / most, 3)} for kind, n in ranked[:_KINDS]]

    def _kind(self, kind: str) -> str:
        known = self._taxonomy.kinds.get(kind)
        return self._voice.say(Text(known.zh, known.en)) if known else self._voice.pick("其他", "other")


def name_of(node: Node, voice: Voice) -> str:
    """Return what an area is called; where events lie whose place nobody knows is an area too."""
    unknown = node.level == "district" and node.id.endswith(f":{UNKNOWN}")
    return voice.pick("位置不明", "place unknown") if unknown else voice.named(node.name)


def score_text(score: float) -> str:
    """Return a score as it is shown: never rounded up into a better colour."""
    return str(int(score))


def _alert(mark: Mark, voice: Voice) -> Plain:
    alert = mark.alert
    return {
        "id": alert.id,
        "grade": mark.grade.value,
        "word": voice.colour(mark.grade),
        "title": voice.what(alert),
        "where": voice.place(alert),
        "since": voice.clock(alert.raised_at),
        "href": f"/alert/{alert.id}",
    }


def withheld(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the kinds that rules for the duty desk alone are about: others do not see how many there are where."""
    return frozenset(kind for rule in rules if rule.restricted for kind in rule.kinds)
