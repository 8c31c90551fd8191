"""How many events of an alert's kind there were at its place over time, with what it says of them marked. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from detectors.event import LEVELS, Event
from detectors.taxonomy import Taxonomy
from rules.alert import Alert
from rules.phrases import duration
from streams.board.views.picture import Picture, Shape, text_at
from streams.language import Voice

MINUTE_S, HOUR_S, DAY_S = 60.0, 3_600.0, 86_400.0
LONGEST_S = 8 * DAY_S
_SHORTEST_S = 6 * HOUR_S
_BARS = ((6 * HOUR_S, 5 * MINUTE_S), (12 * HOUR_S, 15 * MINUTE_S), (3 * DAY_S, HOUR_S), (LONGEST_S, 6 * HOUR_S))
_WINDOWS = 3
_TOP, _DOWN, _HEIGHT = 34, 150, 176
_TICKS = 4
_NARROW = 0.3


class Scope(NamedTuple):
    """Which events are counted.

    Parameters
    ----------
    since, until
        Event time, epoch seconds; from and to where bars begin and end.
    bar_s
        Length of a bar.
    kinds
        Kinds of event; ``None`` for all.
    area, place
        Id of the area at any level, ``None`` for the city; and what it is called.

    """

    since: float
    until: float
    bar_s: float
    kinds: frozenset[str] | None
    area: str | None
    place: str


class Grading(NamedTuple):
    """When an alert came to a grade, event time."""

    at: float
    grade: str
    grade_word: str


def scope_of(alert: Alert, now: float, taxonomy: Taxonomy, voice: Voice) -> Scope:
    """Return what to count around an alert: at least three of its windows, and what followed."""
    first, last = alert.first_at.timestamp(), alert.last_at.timestamp()
    end = max(last, min(now, last + max(alert.window_s, HOUR_S)))
    length_s = min(max(_WINDOWS * alert.window_s, (end - first) * 1.5, _SHORTEST_S), LONGEST_S)
    bar_s = next((bar for longest, bar in _BARS if length_s <= longest), DAY_S)
    offset = datetime.fromtimestamp(end, UTC).astimezone(voice.zone).utcoffset() or timedelta(0)
    shift = offset.total_seconds()  # so that bars of some hours begin with the local day
    until = ((end + shift) // bar_s + 1) * bar_s - shift
    count = -(-length_s // bar_s)
    area, place = _area(alert, voice)
    return Scope(until - count * bar_s, until, bar_s, _kinds(alert, taxonomy), area, place)


def _area(alert: Alert, voice: Voice) -> tuple[str | None, str]:
    """Return the area an alert was counted for; of a circle the smallest area that is known."""
    place = alert.place
    if place.level == "city":
        return None, voice.pick("全市", "the whole city")
    if place.level in LEVELS and place.key:
        return place.key, voice.place(alert)
    for id_ in (place.community, place.street, place.district):
        if id_:
            return id_, voice.named(voice.name_of(id_))
    return None, voice.pick("全市", "the whole city")


def _kinds(alert: Alert, taxonomy: Taxonomy) -> frozenset[str] | None:
    """Return the kinds an alert is about; of a class all its kinds."""
    kinds = {alert.kind, *(one.kind for one in alert.findings)}
    known = {kind for kind in kinds if kind in taxonomy.kinds}
    for category in (kinds | {alert.category} if not known else kinds) - known:
        known |= {kind.id for kind in taxonomy.kinds.values() if kind.category == category}
    return frozenset(known) or None


def gradings(versions: Sequence[Alert], voice: Voice) -> tuple[Grading, ...]:
    """Return when an alert came to each grade it had, by its versions in the order of their numbers."""
    found: list[Grading] = []
    for alert in versions:
        if not found or found[-1].grade != alert.grade.value:
            found.append(Grading(alert.graded_at.timestamp(), alert.grade.value, voice.grade(alert.grade)))
    return tuple(found)


def counts(
    alert: Alert, scope: Scope, events: Sequence[Event], gradings: Sequence[Grading], voice: Voice, now: float
) -> Picture:
    """Draw how many events there were in each bar of time.

    Parameters
    ----------
    alert
        Its last version.
    scope
        What was counted.
    events
        The events, in any order.
    gradings
        When it came to which grade.
    voice
        In which language.
    now
        The city's clock: what is later is not empty, it is not known yet.

    """
    evidence, numbers = frozenset(alert.evidence), round((scope.until - scope.since) / scope.bar_s)
    edges = [scope.since + n * scope.bar_s for n in range(numbers + 1)]
    all_, own = [0] * numbers, [0] * numbers
    for event in events:
        n = bisect_right(edges, event.occurred_at.timestamp()) - 1
        if 0 <= n < numbers:
            all_[n] += 1
            own[n] += event.id in evidence
    most = max([*all_, 2])
    share = _across(scope)
    shapes = [*_window(alert, share, voice), *_scale(most)]
    for n, (count, mine) in enumerate(zip(all_, own, strict=True)):
        x, x2 = (n + 0.1) / numbers, (n + 0.9) / numbers
        hint = f"{_clock(edges[n], scope, voice)}–{_clock(edges[n + 1], scope, voice)}: {count}"
        if count:
            shapes.append(Shape("rect", x, _DOWN - count / most * (_DOWN - _TOP), x2, _DOWN, "count", hint=hint))
        if mine:
            look = f"count-own {alert.grade.value}"
            shapes.append(Shape("rect", x, _DOWN - mine / most * (_DOWN - _TOP), x2, _DOWN, look, hint=hint))
    shapes += _marks(share, gradings, now, scope, voice)
    shapes += _axis(scope, share, voice)
    return Picture(_says(scope, all_, own, voice), _HEIGHT, tuple(shapes))


def _across(scope: Scope) -> Callable[[float], float]:
    return lambda t: min(max((t - scope.since) / (scope.until - scope.since), 0.0), 1.0)


def _window(alert: Alert, share: Callable[[float], float], voice: Voice) -> list[Shape]:
    """Return the rule's window, which ends with the last evidence; nothing where one report was enough."""
    if not alert.window_s:
        return []
    last = alert.last_at.timestamp()
    x, x2 = share(last - alert.window_s), share(last)
    window = voice.say(duration(alert.window_s))
    said = voice.pick(f"规则窗口 {window}", f"window of the rule: {window}")
    return [
        Shape("rect", x, _TOP - 8, x2, _DOWN, "window", hint=said),
        text_at(x2 if x2 - x < _NARROW else x + 0.01, _TOP - 14, said, "axis"),
    ]


def _scale(most: int) -> list[Shape]:
    return [
        Shape("line", 0.0, _TOP, 1.0, _TOP, "grid"),
        Shape("line", 0.0, _DOWN, 1.0, _DOWN, "base"),
        Shape("text", 0.0, _TOP - 4, look="axis", text=str(most)),
    ]


def _marks(
    share: Callable[[float], float], gradings: Sequence[Grading], now: float, scope: Scope, voice: Voice
) -> list[Shape]:
    """Return where the alert came to its grades, and what is yet to come."""
    shapes = []
    for one in gradings:
        if scope.since <= one.at <= scope.until:
            x = share(one.at)
            hint = voice.pick(
                f"{_clock(one.at, scope, voice)} 定为{one.grade_word}",
                f"{one.grade_word} at {_clock(one.at, scope, voice)}",
            )
            shapes += [
                Shape("line", x, 14, x, _DOWN, f"graded {one.grade}"),
                Shape("dot", x, 10, 6, look=f"graded {one.grade}", hint=hint),
            ]
    if scope.since < now < scope.until:
        shapes.append(Shape("rect", share(now), _TOP, 1.0, _DOWN, "future"))
    return shapes


def _axis(scope: Scope, share: Callable[[float], float], voice: Voice) -> list[Shape]:
    """Return times of day below, as many as a phone has room for."""
    step = (scope.until - scope.since) / _TICKS
    times = [scope.since + n * step for n in range(_TICKS + 1)]
    return [text_at(share(t), _HEIGHT - 8, _clock(t, scope, voice), "axis") for t in times]


def _clock(t: float, scope: Scope, voice: Voice) -> str:
    at = datetime.fromtimestamp(t, UTC)
    if scope.until - scope.since > DAY_S:
        local = at.astimezone(voice.zone)
        return f"{local:%m-%d}" if scope.bar_s >= DAY_S else f"{local:%m-%d %H}" + voice.pick("时", "h")
    return f"{at.astimezone(voice.zone):%H:%M}"


def _says(scope: Scope, all_: Sequence[int], own: Sequence[int], voice: Voice) -> str:
    """Return the drawing in words."""
    since, until = _clock(scope.since, scope, voice), _clock(scope.until, scope, voice)
    said = voice.pick(
        f"{scope.place}{since}至{until}共{sum(all_)}起",
        f"{scope.place}: {sum(all_)} report{'s' * (sum(all_) != 1)} from {since} to {until}",
    )
    if not any(all_):
        return said
    peak = max(range(len(all_)), key=all_.__getitem__)
    bar, when = voice.say(duration(scope.bar_s)), _clock(scope.since + peak * scope.bar_s, scope, voice)
    return said + voice.pick(
        f"，其中{sum(own)}起是本预警的证据；每{bar}最多{all_[peak]}起，在{when}",
        f", {sum(own)} of them evidence of this alert; at most {all_[peak]} in {bar}, at {when}",
    )
