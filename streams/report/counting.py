"""Makes figures of alerts. Pure: versions in, figures out, whatever the order they come in."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from rules.alert import Alert, Text
from streams.backtest.figures import ratio
from streams.course import Clock
from streams.report.figures import Deadlines, Figures, Judged, Line, Slot
from streams.report.lives import RED_FIRST, Life, by_grade, by_last_grade, open_at
from streams.report.period import Period
from streams.summary import quantile

LEVELS = ("community", "street", "district", "city")


class Names(NamedTuple):
    """What things are called: classes and kinds of the taxonomy, areas, rules."""

    category: Callable[[str], Text]
    kind: Callable[[str], Text]
    area: Callable[[str], Text]
    rule: Callable[[str], Text]


def count(
    found: Sequence[Life], period: Period, as_of: datetime, names: Names, *, before: Figures | None = None
) -> Figures:
    """Return the figures of a period.

    Parameters
    ----------
    found
        Alerts, those of other periods too, all as known by `as_of`.
    period, as_of
        What is counted, and until when what became of it.
    names
        What to call things.
    before
        Figures of the period before, for the lines that tell them beside.

    """
    raised = [life for life in found if period.holds(life.raised_at)]
    mine = [life for life in raised if life.counts]
    standing = list(open_at(found, period.ends_at))
    clocks = [clock for life in mine for clock in life.clocks]
    on_site = [clock for life in mine for clock in life.on_site]
    judged = [life for life in mine if life.verdict is not None]
    return Figures(
        period=period,
        as_of=as_of,
        total=len(mine),
        grades=by_grade(mine),
        withdrawn=sum(life.last.status == "withdrawn" for life in raised),
        exercises=sum(life.last.status != "withdrawn" and life.last.exercise for life in raised),
        shadow=sum(_on_trial(life.last) for life in raised),
        slots=tuple(_slots(mine, period)),
        classes=_lines(mine, lambda one: one.category, names.category, before.classes if before else ()),
        kinds=_lines(
            mine, lambda one: one.kind, names.kind, before.kinds if before else (), part_of=lambda one: one.category
        ),
        areas=_lines(mine, lambda one: one.place.district, names.area, before.areas if before else ()),
        places=_lines(
            mine,
            lambda one: one.place.key,
            None,
            before.places if before else (),
            part_of=lambda one: one.place.district,
        ),
        signing_by_grade=_deadlines(clocks, RED_FIRST, lambda clock: clock.grade, as_of),
        signing_by_level=_deadlines(clocks, LEVELS, lambda clock: clock.reached_level, as_of),
        on_site_by_grade=_deadlines(on_site, RED_FIRST, lambda clock: clock.grade, as_of),
        escalated=sum(any(clock.missed for clock in (*life.clocks, *life.on_site)) for life in mine),
        escalations=sum(clock.missed for clock in (*clocks, *on_site)),
        overdue=sum(life.overdue for life in mine),
        unconfirmed=sum(life.unconfirmed for life in mine),
        flapping=sum(life.flapped for life in mine),
        open_at_end=by_last_grade(standing),
        open_from_before=sum(life.raised_at < period.begins_at for life in standing),
        unsigned_at_end=sum(_unsigned(life) for life in standing),
        precision=_precision(mine, names),
        judged=len(judged),
        changed=sum(life.changed for life in judged),
        verdict_s=_median(_verdict_s(life) for life in judged),
        false_alarms=sum(life.is_false for life in mine),
        reopened=sum(bool(life.reopened) for life in mine),
        delay_s=_median(max(0.0, (life.versions[0].at - life.raised_at).total_seconds()) for life in mine),
    )


def _on_trial(alert: Alert) -> bool:
    return alert.status != "withdrawn" and not alert.exercise and alert.rule.status == "shadow"


def _unsigned(life: Life) -> bool:
    """Tell whether somebody had to sign and nobody had, nor called it a false alarm."""
    handling = life.last.revision.handling
    return handling is not None and not handling.signed_by and handling.verdict != "false"


def _slots(mine: Sequence[Life], period: Period) -> list[Slot]:
    begins = period.slots()
    ends = [*begins[1:], period.ends_at]
    return [
        Slot(
            begins_at=begin,
            label=period.slot_label(begin),
            grades=by_grade(life for life in mine if begin <= life.raised_at < end),
        )
        for begin, end in zip(begins, ends, strict=True)
    ]


def _lines(
    mine: Sequence[Life],
    of: Callable[[Alert], str],
    name: Callable[[str], Text] | None,
    before: Iterable[Line],
    *,
    part_of: Callable[[Alert], str] = lambda _: "",
) -> tuple[Line, ...]:
    """Return how many there are by what `of` says of an alert, the most first; without `name` by its place's name."""
    groups: dict[str, list[Life]] = {}
    for life in mine:
        groups.setdefault(of(life.last), []).append(life)
    known = {line.id: line.total for line in before}
    lines = []
    for id_, group in groups.items():
        last = group[-1].last
        called = name(id_) if name is not None else Text(last.place.name, last.place.name)
        lines.append(
            Line(
                id=id_,
                name=called,
                grades=by_grade(group),
                total=len(group),
                before=known.get(id_, 0),
                part_of=part_of(last),
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.total, *(-count for count in line.grades.values()), line.id)))


def _deadlines(
    clocks: Sequence[Clock], ids: Sequence[str], of: Callable[[Clock], str], as_of: datetime
) -> tuple[Deadlines, ...]:
    """Return what became of clocks, by grade or by level, and of all of them."""
    rows = [_kept(id_, [clock for clock in clocks if of(clock) == id_], as_of) for id_ in ids]
    return (*rows, _kept("", clocks, as_of))


def _kept(id_: str, clocks: Sequence[Clock], as_of: datetime) -> Deadlines:
    kept = Counter(clock.kept(as_of) for clock in clocks)
    took = [clock.took_s for clock in clocks if clock.took_s is not None]
    return Deadlines(
        id=id_,
        clocks=len(clocks),
        in_time=kept["in_time"],
        late=kept["late"],
        overdue=kept["overdue"],
        stopped=kept["stopped"],
        running=kept["running"],
        median_s=_median(took),
        p90_s=quantile(took, 0.9),
        kept=ratio(kept["in_time"], kept["in_time"] + kept["late"] + kept["overdue"]),
    )


def _precision(mine: Sequence[Life], names: Names) -> tuple[Judged, ...]:
    """Return how many turned out true by rule; an alert counts for every rule that had a part in it."""
    groups: dict[tuple[int, str], list[Life]] = {}
    for life in mine:
        last = life.last
        for rule in {(one.rule.number, one.rule.id) for one in last.findings} or {(last.rule.number, last.rule.id)}:
            groups.setdefault(rule, []).append(life)
    rows = [_judged(id_, number, names.rule(id_), group) for (number, id_), group in groups.items()]
    rows.sort(key=lambda row: (-(row.true + row.false), -row.alerts, row.number, row.id))
    return (*rows, _judged("", 0, Text("全部预警", "all alerts"), mine))


def _judged(id_: str, number: int, name: Text, group: Sequence[Life]) -> Judged:
    false = sum(life.is_false for life in group)
    true = sum(life.verdict is not None for life in group) - false
    return Judged(
        id=id_,
        number=number,
        name=name,
        alerts=len(group),
        true=true,
        false=false,
        precision=ratio(true, true + false),
    )


def _verdict_s(life: Life) -> float:
    """Return how long it took from the first version to the last verdict, seconds."""
    verdict = life.verdict
    if verdict is None or verdict.judged_at is None:
        return 0.0
    return max(0.0, (verdict.judged_at - life.versions[0].at).total_seconds())


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return statistics.median(found) if found else None
