"""What one shift hands to the next: who did what, what is open and whose it is, what was missed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from rules.alert import Alert, Text
from rules.index_record import AreaIndex
from rules.refusals import state_of
from streams.board.views.tile import STATES
from streams.course import Clock
from streams.delivery.record import Delivery
from streams.report.lives import Life
from streams.report.period import Period

AreaName = Callable[[str], Text]


class Entry(NamedTuple):
    """One alert in a list.

    Parameters
    ----------
    id, grade, title
        The alert.
    raised_at
        Event time.
    at
        When what the list is about was done, or is due; ``None`` when it was not, or nothing is.
    who
        Who did it, or has to.
    says
        What else there is to know.
    took_s
        How long it took, seconds; ``None`` where that is not the question.
    late
        It was not in time.

    """

    id: str
    grade: str
    title: Text
    raised_at: datetime
    at: datetime | None
    who: Text
    says: Text
    took_s: float | None = None
    late: bool = False


class Failed(NamedTuple):
    """A channel with messages that did not go out, and for which reasons; `lost` are those nobody got at all."""

    channel: str
    sent: int
    failed: int
    lost: int
    reasons: tuple[tuple[str, int], ...]


class Score(NamedTuple):
    """The index of an area at the end, and what it was when the shift began; ``None`` when nobody told."""

    told: AreaIndex
    before: float | None


class Handover(NamedTuple):
    """The lists of a shift.

    Parameters
    ----------
    open
        Not over at the end, the most serious and the most urgent first; whose they are.
    signed
        Signed in the shift, by whom and how long it took, the earliest first.
    missed
        Clocks that ran out.
    judged
        Verdicts.
    deliveries
        Channels with failures, the worst first.
    scores
        Index of the city and its districts.

    """

    open: tuple[Entry, ...]
    signed: tuple[Entry, ...]
    missed: tuple[Entry, ...]
    judged: tuple[Entry, ...]
    deliveries: tuple[Failed, ...]
    scores: tuple[Score, ...]


class Kept(NamedTuple):
    """What a shift is told from: alerts as they were known by `as_of`, deliveries, and the index by area."""

    lives: Sequence[Life]
    deliveries: Sequence[Delivery]
    scores: Sequence[Score]
    as_of: datetime


def handover(kept: Kept, period: Period, name_of: AreaName) -> Handover:
    """Return the lists of a shift.

    What is about alerts raised in the shift belongs to it, and what was done in it, whenever they were raised.

    Parameters
    ----------
    kept
        What it is told from.
    period
        The shift.
    name_of
        Says what an area is called.

    """
    lives = [life for life in kept.lives if life.counts and life.raised_at < period.ends_at]
    ids = {life.last.id for life in lives if period.holds(life.raised_at)}
    return Handover(
        open=tuple(sorted((_open(life, name_of) for life in lives if _is_open(life)), key=_urgency)),
        signed=tuple(sorted(_signed(lives, period, ids), key=lambda one: (one.at or one.raised_at, one.id))),
        missed=tuple(sorted(_missed(lives, period, ids, kept.as_of, name_of), key=_urgency)),
        judged=tuple(sorted(_judged(lives, period, ids), key=lambda one: (one.at or one.raised_at, one.id))),
        deliveries=tuple(failures(one for one in kept.deliveries if period.holds(one.at) or one.alert in ids)),
        scores=tuple(kept.scores),
    )


def _is_open(life: Life) -> bool:
    """Tell whether there is anything left to do about an alert: not about a false one, though its place may go on."""
    return life.last.status == "open" and state_of(life.last) != "false_alarm"


def _urgency(one: Entry) -> tuple[object, ...]:
    rank = {"red": 0, "orange": 1, "yellow": 2, "blue": 3}[one.grade]
    return rank, one.at is None, one.at or one.raised_at, one.id


def _entry(alert: Alert, at: datetime | None, who: Text, says: Text, **more: object) -> Entry:
    return Entry(alert.id, alert.grade.value, alert.title, alert.raised_at, at, who, says, **more)  # type: ignore[arg-type]


def _open(life: Life, name_of: AreaName) -> Entry:
    """Return an alert that is not over: whose it is, what it waits for, and until when."""
    alert = life.last
    handling, state = alert.revision.handling, state_of(alert)
    says = STATES[state]
    if handling is None:
        return _entry(alert, None, alert.owner, says)
    person = handling.assigned_to or handling.signed_by
    area = name_of(handling.area)
    who = Text(f"{person}（{area.zh}）", f"{person} ({area.en})") if person else area
    due = {"candidate": handling.confirm_by, "raised": handling.sign_by}.get(state)
    if state in {"signed", "assigned"}:
        due = handling.on_site_by or alert.on_site_by
    return _entry(alert, due, who, says, late=due is not None and due < life.as_of)


def _signed(lives: Iterable[Life], period: Period, ids: Collection[str]) -> Iterator[Entry]:
    for life in lives:
        for clock in life.clocks:
            if clock.done_at is None or not (period.holds(clock.done_at) or life.last.id in ids):
                continue
            by = _signer(life, clock)
            kept = clock.kept(life.as_of)
            says = Text("按时", "in time") if kept == "in_time" else Text("超时", "late")
            yield _entry(life.last, clock.done_at, Text(by, by), says, took_s=clock.took_s, late=kept != "in_time")


def _signer(life: Life, clock: Clock) -> str:
    """Return who stopped a clock: the one who had signed by then, in the first version that says so."""
    for version in life.versions:
        handling = version.alert.revision.handling
        if handling is not None and handling.signed_at == clock.done_at:
            return handling.signed_by
    return ""


def _missed(
    lives: Iterable[Life], period: Period, ids: Collection[str], as_of: datetime, name_of: AreaName
) -> Iterator[Entry]:
    for life in lives:
        for clock in (*life.clocks, *life.on_site):
            kept = clock.kept(as_of)
            if kept not in {"late", "overdue"} or not (period.holds(clock.due_at) or life.last.id in ids):
                continue
            yield _entry(life.last, clock.due_at, _whose(life, name_of), _ran_out(clock, kept), late=kept == "overdue")


def _whose(life: Life, name_of: AreaName) -> Text:
    handling = life.last.revision.handling
    return name_of(handling.area) if handling is not None else life.last.owner


def _ran_out(clock: Clock, kept: str) -> Text:
    what = Text("签收", "sign") if clock.what == "sign" else Text("到场", "be on site")
    end = Text("超时后完成", "done late") if kept == "late" else Text("无人完成", "nobody has")
    up = Text(f"，提级{clock.missed}次", f", went up {clock.missed}×") if clock.missed else Text()
    return Text(f"{what.zh}：{end.zh}{up.zh}", f"to {what.en}: {end.en}{up.en}")


def _judged(lives: Iterable[Life], period: Period, ids: Collection[str]) -> Iterator[Entry]:
    for life in lives:
        said = life.verdict
        if said is None or said.judged_at is None or not (period.holds(said.judged_at) or life.last.id in ids):
            continue
        word = Text("误报", "false alarm") if said.verdict == "false" else Text("属实", "true")
        yield _entry(
            life.last, said.judged_at, Text(said.judged_by, said.judged_by), word, late=said.verdict == "false"
        )


def failures(deliveries: Iterable[Delivery]) -> list[Failed]:
    """Return the channels with messages that did not go out, those with most lost or failed first."""
    counts: dict[str, Counter[str]] = {}
    reasons: dict[str, Counter[str]] = {}
    for one in deliveries:
        counts.setdefault(one.channel, Counter())[one.outcome] += 1
        if one.outcome in {"RETRY", "FAILED", "GIVEN_UP"}:
            reasons.setdefault(one.channel, Counter())[one.reason] += 1
    found = [
        Failed(name, of["SENT"], of["RETRY"] + of["FAILED"], of["GIVEN_UP"], tuple(reasons[name].most_common(3)))
        for name, of in counts.items()
        if name in reasons
    ]
    return sorted(found, key=lambda one: (-one.lost, -one.failed, one.channel))


def scores_of(told: Iterable[AreaIndex], begins_at: datetime, ends_at: datetime) -> list[Score]:
    """Return the index of the city and its districts at the end of a shift, the lowest district first.

    Parameters
    ----------
    told
        What was told of areas, in any order.
    begins_at, ends_at
        The shift, in event time.

    """
    before: dict[str, AreaIndex] = {}
    last: dict[str, AreaIndex] = {}
    for one in sorted(told, key=lambda one: one.as_of):
        if one.level in {"city", "district"}:
            if one.as_of <= begins_at:
                before[one.area] = one
            if one.as_of <= ends_at:
                last[one.area] = one
    found = [
        Score(one, before[one.area].score if one.area in before and before[one.area].day == one.day else None)
        for one in last.values()
        if one.as_of > begins_at
    ]
    return sorted(found, key=lambda score: (score.told.level != "city", score.told.score, score.told.area))
