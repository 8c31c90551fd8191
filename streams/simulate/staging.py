"""A scenario at its places: the reports it brings and the truth about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from detectors.event import Source
from streams.simulate.choosing import Stage, stages
from streams.simulate.city import City, Site
from streams.simulate.delays import Delays
from streams.simulate.dice import Uniform, between, dice, pick, shuffled, whole
from streams.simulate.filing import Desk, Draft, reporter
from streams.simulate.schema import Scenario, Wave
from streams.simulate.slots import Cue
from streams.simulate.truth import Truth

Silent = Callable[[Source, float], bool]
_SHAPES: dict[str, Callable[[float], float]] = {
    "even": lambda share: share,
    "ramp": lambda share: share**0.5,
    "burst": lambda share: share**3,
}


class Staging:
    """Plays scenarios.

    Parameters
    ----------
    city, desk, delays
        Where, in what words, and how quickly reports arrive.
    seed
        Decides what a scenario leaves open.
    starts, ends
        Begin and end of the simulation, epoch seconds; later reports are not made.
    silent
        Tells whether a source delivers nothing at an instant.

    """

    def __init__(
        self, *, city: City, desk: Desk, delays: Delays, seed: int, starts: float, ends: float, silent: Silent
    ) -> None:
        self._city = city
        self._desk = desk
        self._delays = delays
        self._seed = seed
        self._starts = starts
        self._ends = ends
        self._silent = silent

    def play(self, scenario: Scenario, turn: int) -> tuple[list[Draft], list[Truth]]:
        """Return the reports and the truth of one scenario.

        Parameters
        ----------
        scenario
            What happens.
        turn
            Its number among the scenarios of the simulation: it may be played twice.

        """
        u = dice(self._seed, "scenario", scenario.id, turn)
        drafts: list[Draft] = []
        truths: list[Truth] = []
        for n, stage in enumerate(stages(scenario, self._city, u), start=1):
            id_ = f"{scenario.id}:{turn}:{n}"
            fixed = {slot: pick(words, u) for slot, words in scenario.fill.items()}
            made = [
                draft
                for number, wave in enumerate(scenario.waves, start=1)
                for draft in self._wave(scenario, wave, stage, fixed, f"S{turn}-{n}-{number}", u, id_)
            ]
            truth = self._truth(id_, scenario, stage, made)
            drafts += made
            truths += [truth] if truth else []
        return drafts, truths

    def _wave(
        self,
        scenario: Scenario,
        wave: Wave,
        stage: Stage,
        fixed: dict[str, str],
        number: str,
        u: Uniform,
        staged: str,
    ) -> Iterator[Draft]:
        """Yield the reports of one wave at one place, every copy of a report that is sent again."""
        bodies = [self._desk.texts.compile(text) for text in wave.texts]
        for n, (share, source, site, phone) in enumerate(_callers(wave, stage, u), start=1):
            t = self._starts + 3600 * scenario.at_h + 60 * (wave.after_min + wave.over_min * share)
            cue = Cue(site, 0.0, phone, fixed=fixed)
            _numbers(cue, wave, share, u)
            report = self._desk.file(
                wave.kind,
                source,
                site,
                t,
                f"{number}-{n:03d}",
                u,
                cue=cue,
                kind_given=wave.kind_given,
                body=pick(bodies, u) if bodies else None,
                careful=True,
            )
            arrives = t + self._delays.draw(source, u, staged=True)
            resent = sorted(between(0, wave.resend_over_s, u) for _ in range(wave.resend - 1))
            if t < self._ends and not self._silent(source, t):
                yield from (Draft(arrives + later, report, wave.kind, staged) for later in [0.0, *resent])

    def _truth(self, id_: str, scenario: Scenario, stage: Stage, made: Sequence[Draft]) -> Truth | None:
        """Return the truth about one place, nothing when it all lay beyond the end or in a silent feed."""
        times = [draft.report.occurred_at for draft in made]
        begins = self._starts + 3600 * scenario.at_h
        for one in scenario.silences:
            if begins + 60 * one.after_min < self._ends:
                times += [_utc(begins + 60 * one.after_min), _utc(begins + 60 * (one.after_min + one.for_min))]
        if not times:
            return None
        site, area = stage.sites[0], stage.area
        level = stage.level
        spot = level == "spot"
        by_time = sorted(made, key=lambda draft: (draft.report.occurred_at, draft.report.id))
        return Truth(
            id=id_,
            scenario=scenario.id,
            kinds=scenario.kinds,
            what=scenario.what,
            level=level,
            district="" if level == "city" else site.district.id,
            street="" if level in {"city", "district"} else site.street.id,
            community=site.community.id if level in {"community", "grid", "spot"} else "",
            spot=site.name if spot else "",
            lon=site.lon if spot else area.lon if area else None,
            lat=site.lat if spot else area.lat if area else None,
            starts_at=min(times).astimezone(UTC),
            ends_at=max(times).astimezone(UTC),
            reports=tuple(dict.fromkeys(f"{draft.report.source}:{draft.report.id}" for draft in by_time)),
            rules=tuple(scenario.rules),
            expect=scenario.expect,
        )


def _callers(wave: Wave, stage: Stage, u: Uniform) -> Iterator[tuple[float, Source, Site, str]]:
    """Yield for each report how far into the wave it comes (0 to 1), from which source, where and by whom."""
    sources = shuffled([source for source, count in wave.reports.items() for _ in range(count)], u)
    shares = sorted(_SHAPES[wave.shape](u()) for _ in sources)
    distinct = wave.reporters or len(sources)
    phones = [f"1542{whole(0, 9_999_999, u):07d}" for _ in range(distinct)]
    for n, (share, source) in enumerate(zip(shares, sources, strict=True)):
        site = pick(stage.sites, u)
        phone = phones[n % distinct] if source in {"hotline", "police"} else reporter(source, site, u)
        yield share, source, site, phone


def _numbers(cue: Cue, wave: Wave, share: float, u: Uniform) -> None:
    """Give the report its numbers."""
    if wave.people:
        cue.people = whole(wave.people[0], wave.people[1], u)
    if wave.injured:
        cue.injured = whole(wave.injured[0], wave.injured[1], u)
    if wave.depth_cm:
        low, high = wave.depth_cm
        cue.depth_cm = round(between(low, high, lambda: share) if wave.shape == "ramp" else between(low, high, u))


def _utc(t: float) -> datetime:
    return datetime.fromtimestamp(t, tz=UTC)
