"""What was declared holds by when it was issued, never by when it came, and is forgotten when nobody can ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.localtime import DayKinds, LocalDays
from detectors.norms import Norms
from rules.alert import Alert
from rules.book import Book
from rules.condition import Context
from rules.engine import Engine
from rules.issue import City
from rules.rule import Rule
from rules.surroundings import Declaration, Surroundings
from tests.builders import T0, a_place, a_taxonomy, an_area_tree, an_event

DAY = 86_400.0
RAIN = Context(weather=("rainstorm",))
EMERGENCY = Context(mode="emergency")
FAIR = Context(event=("fair",))
ASKED = (RAIN, EMERGENCY, FAIR)
HOURS = range(-1, 14)


def surroundings() -> Surroundings:
    return Surroundings(DayKinds("none", LocalDays(an_area_tree().zone)))


def declared(id: str = "w", hour: float = 0.0, until: float | None = None, **what: Any) -> Declaration:  # noqa: A002
    """Something issued some hours after T0."""
    at = datetime.fromtimestamp(T0, UTC)
    ends = at + timedelta(hours=until) if until is not None else None
    return Declaration(id=id, issued_at=at + timedelta(hours=hour), until_at=ends, **what)


def answers(around: Surroundings, since: float = -1.0) -> list[tuple[float, bool]]:
    return [
        (hour, around.holds(context, a_place(), T0 + hour * 3_600.0))
        for hour in HOURS
        if hour >= since
        for context in ASKED
    ]


@st.composite
def declarations(draw: st.DrawFn) -> list[Declaration]:
    made = []
    for _ in range(draw(st.integers(1, 7))):
        hour = draw(st.integers(0, 10))
        what = draw(
            st.sampled_from(
                [{}, {"weather": ("rainstorm_red",)}, {"mode": "emergency"}, {"mode": "normal"}, {"event": "fair"}]
            )
        )
        until = draw(st.sampled_from([None, hour + 1, hour + 3]))
        made.append(declared(draw(st.sampled_from("ab")), hour, until, **what))  # type: ignore[arg-type]
    return made


def test_a_newer_warning_is_not_cut_off_by_an_older_one_that_comes_late() -> None:
    red, older = declared(hour=4, weather=("rainstorm_red",)), declared(hour=2, weather=("gale_red",))
    around = surroundings()
    for declaration in (red, older):
        around.declare(declaration, float("-inf"))
    assert around.holds(RAIN, a_place(), T0 + 5 * 3_600)
    assert not around.holds(RAIN, a_place(), T0 + 3 * 3_600)


def test_an_older_end_that_comes_late_ends_nothing_newer() -> None:
    around = surroundings()
    assert around.declare(declared(hour=4, mode="emergency"), T0 + 6 * 3_600) == T0 + 6 * 3_600
    assert around.declare(declared(hour=3), T0 + 7 * 3_600) is None
    assert around.holds(EMERGENCY, a_place(), T0 + 8 * 3_600)


@given(declarations(), st.randoms(use_true_random=False))
def test_what_holds_never_depends_on_the_order_in_which_declarations_came(told: list[Declaration], rng: Any) -> None:
    shuffled = list(told)
    rng.shuffle(shuffled)
    one, other = surroundings(), surroundings()
    for a, b in zip(told, shuffled, strict=True):
        one.declare(a, float("-inf"))
        other.declare(b, float("-inf"))
    assert answers(one) == answers(other)


def by_issue(told: Iterable[Declaration], hour: float) -> list[Declaration]:
    """What holds by the times of declarations alone; no two of one id are issued at one instant."""
    at = datetime.fromtimestamp(T0, UTC) + timedelta(hours=hour)
    last = {d.id: d for d in sorted(told, key=lambda d: d.issued_at) if d.issued_at <= at}
    return [d for d in last.values() if d.until_at is None or at < d.until_at]


@given(declarations(), st.randoms(use_true_random=False), st.lists(st.integers(0, 10), min_size=7, max_size=7))
def test_from_the_watermark_on_the_time_of_issue_alone_counts(
    told: list[Declaration], rng: Any, hours: list[int]
) -> None:
    told = list({(d.id, d.issued_at): d for d in told}.values())
    rng.shuffle(told)
    around = surroundings()
    reached = sorted(hours)[: len(told)]
    for declaration, hour in zip(told, reached, strict=True):
        around.declare(declaration, T0 + hour * 3_600)
    for hour in range(reached[-1], 14):
        rains = any(d.weather for d in by_issue(told, hour))
        assert around.holds(RAIN, a_place(), T0 + hour * 3_600) == rains


@given(declarations(), st.integers(-1, 14), st.lists(st.integers(0, 10), min_size=1, max_size=4))
def test_forgetting_changes_no_answer_from_its_horizon_on(
    told: list[Declaration], horizon: int, reached: list[int]
) -> None:
    forgetful, other = surroundings(), surroundings()
    for n, declaration in enumerate(told):
        for around in (forgetful, other):
            around.declare(declaration, T0 + sorted(reached)[min(n, len(reached) - 1)] * 3_600)
    forgetful.forget(T0 + horizon * 3_600)
    assert answers(forgetful, since=horizon) == answers(other, since=horizon)
    again = surroundings()
    again.restore({id_: data for id_, data in forgetful.dirty().items() if data is not None})
    assert answers(again, since=horizon) == answers(forgetful, since=horizon)


def test_what_is_over_leaves_memory_and_state() -> None:
    around, stored = surroundings(), dict[str, bytes]()
    most = 0
    for day in range(300):
        warning = declared(f"weather/{day}", day * 24.0, day * 24.0 + 6.0, weather=("gale_red",))
        around.declare(warning, T0 + day * DAY)
        around.forget(T0 + (day - 31) * DAY)
        for id_, data in around.dirty().items():
            stored.pop(id_, None)
            if data is not None:
                stored[id_] = data
        most = max(most, len(stored))
    assert most <= 33
    assert set(stored) == {f"weather/{day}" for day in range(268, 300)}


def test_what_is_in_force_is_kept_however_old_it_is() -> None:
    around = surroundings()
    around.declare(declared("mode", mode="emergency"), T0)
    around.forget(T0 + 1_000 * DAY)
    assert around.holds(EMERGENCY, a_place(), T0 + 1_001 * DAY)


class Remembering(Surroundings):
    """Forgets nothing."""

    def forget(self, horizon: float) -> None:
        del horizon


def an_engine(kind: type[Surroundings], *rules: dict[str, Any]) -> Engine:
    days = LocalDays(an_area_tree().zone)
    book = Book(rules=tuple(msgspec.convert(rule, Rule) for rule in rules), digest="d")
    city = City(an_area_tree(), a_taxonomy(), days, kind(DayKinds("none", days)), Norms(days), "d")
    return Engine(book, city)


IN_RAIN = {
    "id": "in-rain",
    "number": 90,
    "name": {"zh": "雨", "en": "rain"},
    "kinds": ["noise"],
    "grade": "yellow",
    "quiet": "20d",
    "fires": [{"count": {"at_least": 2, "within": "60d", "of": "events"}}],
    "raises": [{"by": 1, "when": {"context": {"weather": ["rainstorm"]}}, "because": {"zh": "雨", "en": "rain"}}],
}


class Course:
    """Reports, declarations and a watermark that go on, told to an engine."""

    def __init__(self, kind: type[Surroundings]) -> None:
        self.kind = kind
        self.engine = an_engine(kind, IN_RAIN)
        self.newest = self.watermark = 0.0
        self.said: list[Alert] = []
        self.stored: dict[str, bytes] = {}
        self.n = 0

    def go_on(self, what: str, days: int) -> None:
        self.n += 1
        if what == "advance":
            self.watermark = max(self.watermark, self.newest - days)
        elif what == "leap":
            self.watermark = self.newest = max(self.watermark, self.newest) + 3 * days
        elif what == "report":
            self.newest += days / 2
        if what in {"advance", "leap"}:
            self.said += self.engine.advance(T0 + self.watermark * DAY)
        elif what == "restart":
            self.restart()
        else:
            self.tell(what, days)

    def tell(self, what: str, days: int) -> None:
        at = self.watermark + (self.newest - self.watermark) / 2 if what == "late report" else self.newest
        if what == "rain":
            self.said += self.engine.declare(declared("w", 24 * at, 24 * (at + days), weather=("rainstorm_red",)))
        elif what == "dry":
            self.said += self.engine.declare(declared("w", 24 * at))
        else:
            self.said += self.engine.event(an_event(str(self.n), at * DAY), T0 + at * DAY)

    def restart(self) -> None:
        for name, data in self.engine.dirty():
            self.stored.pop(name, None)
            if data is not None:
                self.stored[name] = data
        self.engine = an_engine(self.kind, IN_RAIN)
        self.engine.restore(self.stored, T0 + self.watermark * DAY)


HAPPENING = st.sampled_from(["report", "late report", "rain", "dry", "advance", "leap", "restart"])


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(HAPPENING, st.integers(1, 50)), max_size=25))
def test_no_alert_tells_that_declarations_were_forgotten(happened: list[tuple[str, int]]) -> None:
    forgetful, other = Course(Surroundings), Course(Remembering)
    for what, days in [*happened, ("leap", 1_000)]:
        forgetful.go_on(what, days)
        other.go_on(what, days)
    assert forgetful.said == other.said


def test_what_a_fold_would_step_through_again_is_settled_before_it_is_forgotten() -> None:
    calm = {**IN_RAIN, "fires": [{"count": {"at_least": 2, "within": "40d"}, "context": {"mode": "normal"}}]}
    said = []
    for kind in (Surroundings, Remembering):
        engine = an_engine(kind, calm)
        engine.declare(declared("m", 0, 48, mode="emergency"))
        for n, day in enumerate((0.5, 1.0, 100.0)):
            assert engine.event(an_event(str(n), day * DAY), T0 + day * DAY) == []
        again = an_engine(kind, calm)
        again.restore({name: data for name, data in engine.dirty() if data is not None}, T0)
        again.advance(T0 + 99 * DAY)
        said.append(again.declare(declared("fair", 24 * 99, event="fair")))
    assert said == [[], []]


def test_a_declaration_that_is_over_leaves_the_state_of_an_engine() -> None:
    engine = an_engine(Surroundings, IN_RAIN)
    engine.declare(declared("w", 0, 6, weather=("rainstorm_red",)))
    assert "around/w" in dict(engine.dirty())
    engine.advance(T0 + 60 * DAY)
    assert "around/w" not in dict(engine.dirty())
    engine.advance(T0 + 61 * DAY)
    assert dict(engine.dirty())["around/w"] is None
