"""Plain days and scenarios together, in the order the reports arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from detectors.areas import AreaTree
from detectors.event import Source
from streams.simulate.background import Background, Strand, load_profile
from streams.simulate.city import City
from streams.simulate.delays import Delays
from streams.simulate.dice import Uniform, whole
from streams.simulate.filing import Desk, Draft, reporter
from streams.simulate.schema import Scenario
from streams.simulate.slots import Cue
from streams.simulate.staging import Staging
from streams.simulate.texts import load_texts
from streams.simulate.truth import Truth
from streams.sources.report import Report

HOUR_S = 3600


@dataclass(frozen=True)
class Simulation:
    """Simulated reports with the truth about what was staged among them.

    Parameters
    ----------
    drafts
        Reports in order of arrival, with what each is really about; made hour by hour, to be read once.
    truth
        What was staged, in order of time.
    expected
        About how many reports there will be.

    """

    drafts: Iterator[Draft]
    truth: list[Truth]
    expected: int

    @property
    def reports(self) -> Iterator[tuple[float, Report]]:
        """Arrival time (epoch seconds) and report, in order of arrival; to be read once."""
        return ((draft.arrives, draft.report) for draft in self.drafts)


class _Silences:
    """When which feed delivers nothing."""

    def __init__(self, scenarios: Sequence[Scenario], starts: float) -> None:
        self._spans: dict[Source, list[tuple[float, float]]] = {}
        for scenario in scenarios:
            begins = starts + HOUR_S * scenario.at_h
            for one in scenario.silences:
                span = (begins + 60 * one.after_min, begins + 60 * (one.after_min + one.for_min))
                self._spans.setdefault(one.source, []).append(span)

    def __call__(self, source: Source, t: float) -> bool:
        """Tell whether a feed is silent at an instant."""
        return any(begins <= t < ends for begins, ends in self._spans.get(source, ()))


def simulate(
    *,
    areas: AreaTree,
    start: datetime,
    days: float,
    seed: int,
    daily_events: float = 3000,
    scenarios: Sequence[Scenario] = (),
    delays: Delays | None = None,
) -> Simulation:
    """Simulate a city's reports.

    Parameters
    ----------
    areas
        The city.
    start
        Aware instant of the beginning.
    days
        How long, days.
    seed
        Same arguments, same seed: the same reports, byte for byte.
    daily_events
        Mean reports a day of plain life.
    scenarios
        What is staged, with times from the beginning on.
    delays
        Arrival disorder.

    Raises
    ------
    ConfigurationError
        When a scenario asks for a place the city does not have.

    """
    starts = start.timestamp()
    ends = starts + days * 86_400
    delays = delays or Delays()
    silent = _Silences(scenarios, starts)
    desk = Desk(load_texts(), areas.zone)
    city = City(areas, seed)
    staging = Staging(city=city, desk=desk, delays=delays, seed=seed, starts=starts, ends=ends, silent=silent)
    staged: list[Draft] = []
    truth: list[Truth] = []
    for turn, scenario in enumerate(scenarios, start=1):
        drafts, truths = staging.play(scenario, turn)
        staged += drafts
        truth += truths
    background = Background(load_profile(), daily_events=daily_events, seed=seed)
    life = _Life(background=background, city=city, desk=desk, delays=delays, silent=silent)
    return Simulation(
        drafts=_in_order(life, staged, starts, ends),
        truth=sorted(truth, key=lambda one: (one.starts_at, one.id)),
        expected=round(daily_events * days) + len(staged),
    )


@dataclass(frozen=True)
class _Life:
    """The reports of plain days."""

    background: Background
    city: City
    desk: Desk
    delays: Delays
    silent: _Silences

    def hour(self, starts: float, ends: float) -> list[Draft]:
        """Return the reports of at most one hour of the clock."""
        counts: dict[Source, int] = {}
        drafts = []
        for t, strand, u in self.background.happenings(starts, ends, self.desk.local(starts)):
            number = counts[strand.source] = counts.get(strand.source, 0) + 1
            draft = self._draft(t, strand, f"{number:05d}", u)
            if not self.silent(strand.source, t):
                drafts.append(draft)
        return drafts

    def _draft(self, t: float, strand: Strand, number: str, u: Uniform) -> Draft:
        site = self.city.draw(strand.sorts, u)
        cue = Cue(site, 0.0, reporter(strand.source, site, u))
        if strand.people:
            cue.people = whole(*strand.people, u)
        if strand.depth_cm:
            cue.depth_cm = whole(*strand.depth_cm, u)
        report = self.desk.file(strand.kind, strand.source, site, t, number, u, cue=cue)
        return Draft(t + self.delays.draw(strand.source, u), report, strand.kind)


def _in_order(life: _Life, staged: list[Draft], starts: float, ends: float) -> Iterator[Draft]:
    """Yield all drafts by arrival: an hour's are held only until nothing earlier can come."""
    waiting = staged
    begins = starts
    while begins < ends:
        until = min(ends, (begins // HOUR_S + 1) * HOUR_S)
        waiting = sorted([*waiting, *life.hour(begins, until)], key=_arrival)
        due = next((n for n, draft in enumerate(waiting) if draft.arrives >= until), len(waiting))
        yield from waiting[:due]
        waiting = waiting[due:]
        begins = until
    yield from sorted(waiting, key=_arrival)


def _arrival(draft: Draft) -> tuple[float, str, str]:
    return draft.arrives, draft.report.source, draft.report.id
