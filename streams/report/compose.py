"""Puts a report together: figures of a period and of the one before, the cases worth naming, what to know. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from rules.alert import Text
from streams.course import Version
from streams.report.counting import Names, count
from streams.report.figures import Case, Figures, Report
from streams.report.lives import Life, lives
from streams.report.period import Period

MOST_CASES, MOST_PLACES = 20, 10
_LATE = timedelta(days=1)


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of.

    Parameters
    ----------
    versions
        Versions of alerts with when they were issued, in any order.
    source
        Where they were read.
    restricted
        Whether those that only the duty desk may see are among them.
    begins_at
        Since when there are records; ``None`` when there are none, or that is not known.
    exercise
        Whether to count the alerts of exercises and no others, instead of leaving them out.
    live
        Whether it is known when versions were issued and what people did: not of a replay of files.

    """

    versions: list[Version]
    source: Text
    restricted: bool = False
    begins_at: datetime | None = None
    exercise: bool = False
    live: bool = True


def compose(material: Material, period: Period, as_of: datetime, city: Text, names: Names) -> Report:
    """Return the report on a period.

    Parameters
    ----------
    material
        Versions of alerts of this period and the one before, and of all that stood at the end of either.
    period, as_of
        What is counted, and until when what became of it.
    city, names
        What to call things.

    """
    found = lives(_rehearsed(material.versions) if material.exercise else material.versions, as_of)
    before = count(found, period.before(), as_of, names)
    now = count(found, period, as_of, names, before=before)
    mine = [life for life in found if life.counts and period.holds(life.raised_at)]
    return Report(
        city=city,
        source=material.source,
        restricted=material.restricted,
        exercise=material.exercise,
        now=_shortened(now),
        before=_shortened(before),
        waiting=_cases((life for life in mine if life.overdue), _waiting(names), _most_serious),
        false_alarms=_cases((life for life in mine if life.is_false), _judged, _latest),
        reopened=_cases((life for life in mine if life.reopened), _reopened, _latest),
        notes=tuple(_notes(material, period, as_of, mine)),
    )


def _rehearsed(versions: Iterable[Version]) -> Iterator[Version]:
    """Yield the versions of an exercise as if they were none."""
    for version in versions:
        if version.alert.exercise:
            yield Version(msgspec.structs.replace(version.alert, exercise=False), version.at)


def _shortened(figures: Figures) -> Figures:
    return msgspec.structs.replace(figures, places=figures.places[:MOST_PLACES])


def _cases(
    found: Iterable[Life], told: Callable[[Life], Case], order: Callable[[Case, int], tuple[float, ...]]
) -> tuple[Case, ...]:
    cases = [(told(life), life.grade.rank) for life in found]
    cases.sort(key=lambda pair: (*order(*pair), pair[0].id))
    return tuple(case for case, _ in cases[:MOST_CASES])


def _most_serious(case: Case, rank: int) -> tuple[float, ...]:
    return -rank, (case.at or case.raised_at).timestamp()


def _latest(case: Case, _rank: int) -> tuple[float, ...]:
    return (-(case.at or case.raised_at).timestamp(),)


def _case(life: Life, who: Text, at: datetime | None) -> Case:
    last = life.last
    return Case(id=last.id, title=last.title, grade=life.grade.value, raised_at=life.raised_at, who=who, at=at)


def _waiting(names: Names) -> Callable[[Life], Case]:
    def told(life: Life) -> Case:
        handling, due = life.last.revision.handling, life.clocks[-1].due_at
        return _case(life, names.area(handling.area) if handling is not None else Text(), due)

    return told


def _judged(life: Life) -> Case:
    verdict = life.verdict
    by = verdict.judged_by if verdict is not None else ""
    return _case(life, Text(by, by), verdict.judged_at if verdict is not None else None)


def _reopened(life: Life) -> Case:
    return _case(life, Text(), life.reopened[-1])


def _notes(material: Material, period: Period, as_of: datetime, mine: Sequence[Life]) -> Iterator[Text]:
    """Yield what the reader has to know about the figures."""
    zone = ZoneInfo(period.zone)
    if as_of < period.ends_at:
        until = f"{as_of.astimezone(zone):%Y-%m-%d %H:%M}"
        yield Text(f"本期尚未结束：只计到 {until}。", f"The period is not over: it is counted until {until}.")
    begins = material.begins_at
    if begins is not None and begins > period.before().begins_at:
        since = f"{begins.astimezone(zone):%Y-%m-%d %H:%M}"
        yield Text(
            f"现存记录自 {since} 起，此前的不在统计之内。", f"Records begin at {since}; nothing before is counted."
        )
    if not material.live:
        yield Text(
            "数据来自文件：没有签发时间和人员操作，凡涉及签收、核实和解除时刻的指标均不可用。",
            "The alerts are from a file, which does not tell when they were issued nor what people did: figures about "
            "signing, verdicts and the time of closing mean nothing.",
        )
    late = sum(life.versions[0].at - life.raised_at > _LATE for life in mine)
    if material.live and 2 * late > len(mine):
        yield Text(
            f"{len(mine):,}条中有{late:,}条在事发一天以后才签发（补录的历史数据），与时间有关的指标仅供参考。",
            f"{late:,} of {len(mine):,} alerts were issued over a day after they happened: history that was fed later. "
            "Figures about times are those of feeding it.",
        )
