"""The plain life of a city: what is reported on any day, with its rhythm of the day and of the week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from detectors.event import Source
from streams.simulate.checking import convert, parse_yaml, shipped
from streams.simulate.dice import Uniform, Weighted, dice, poisson_times

HOURS_A_WEEK = 168
RESTLESSNESS = 0.35
"""How far one kind's day may lie from its mean, as a share of it."""


class Rhythm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weights of the hours of the day and of the days of the week, Monday first."""

    hours: Annotated[list[Annotated[float, msgspec.Meta(ge=0)]], msgspec.Meta(min_length=24, max_length=24)]
    week: Annotated[list[Annotated[float, msgspec.Meta(ge=0)]], msgspec.Meta(min_length=7, max_length=7)]

    def share(self, weekday: int, hour: int) -> float:
        """Return the share of a week's reports that falls into one hour."""
        return self.hours[hour] / sum(self.hours) * self.week[weekday] / sum(self.week)


class Habit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one kind is reported on plain days.

    Parameters
    ----------
    a_day
        Reports a day by source; only the ratios to the other kinds matter.
    at
        Group of sorts of places.
    rhythm
        Which rhythm in place of the source's own.
    people, depth_cm
        Least and largest number given; none when empty.

    """

    a_day: dict[Source, Annotated[float, msgspec.Meta(ge=0)]]
    at: str
    rhythm: str = ""
    people: tuple[int, int] | None = None
    depth_cm: tuple[int, int] | None = None


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A city's plain day: the content of ``background.yaml``."""

    rhythms: dict[str, Rhythm]
    groups: dict[str, list[str]]
    kinds: dict[str, Habit]

    def __post_init__(self) -> None:
        wrong = [f"kinds.{kind}.at" for kind, habit in self.kinds.items() if habit.at not in self.groups]
        wrong += [f"kinds.{kind}.rhythm" for kind, habit in self.kinds.items() if not self._has(habit)]
        if wrong:
            raise ValueError(f"names a group or rhythm that is not there: {', '.join(wrong)}")

    def _has(self, habit: Habit) -> bool:
        return all(name in self.rhythms for name in ([habit.rhythm] if habit.rhythm else habit.a_day))


@dataclass(frozen=True, slots=True)
class Strand:
    """One kind from one source."""

    kind: str
    source: Source
    sorts: tuple[str, ...]
    people: tuple[int, int] | None
    depth_cm: tuple[int, int] | None


class Background:
    """When what is reported on plain days.

    Parameters
    ----------
    profile
        Rates and rhythms.
    daily_events
        Mean reports a day over a week.
    seed
        Decides everything.

    """

    def __init__(self, profile: Profile, *, daily_events: float, seed: int) -> None:
        self._seed = seed
        self._strands: list[Strand] = []
        self._hourly: list[list[float]] = [[] for _ in range(HOURS_A_WEEK)]
        total = sum(sum(habit.a_day.values()) for habit in profile.kinds.values())
        for kind, habit in profile.kinds.items():
            for source, a_day in habit.a_day.items():
                rhythm = profile.rhythms[habit.rhythm or source]
                sorts = tuple(profile.groups[habit.at])
                self._strands.append(Strand(kind, source, sorts, habit.people, habit.depth_cm))
                weekly = 7 * daily_events * a_day / total
                for hour, rates in enumerate(self._hourly):
                    rates.append(weekly * rhythm.share(hour // 24, hour % 24))

    def happenings(self, starts: float, ends: float, local: datetime) -> Iterator[tuple[float, Strand, Uniform]]:
        """Yield what is reported within (at most) one hour, in order of time, with the hour's own chance.

        Parameters
        ----------
        starts, ends
            Epoch seconds.
        local
            `starts` in the city's time zone: decides the rates and the mood of the day.

        """
        u = dice(self._seed, "background", int(starts))
        moods = self._moods(local)
        rates = self._hourly[local.weekday() * 24 + local.hour]
        drawn = Weighted(
            self._strands, [rate * moods[one.kind] for rate, one in zip(rates, self._strands, strict=True)]
        )
        for t in poisson_times(starts, ends, drawn.total / 3600, u):
            yield t, drawn.draw(u), u

    def _moods(self, local: datetime) -> Mapping[str, float]:
        """Return by how much each kind is busier than usual on a day: real counts scatter more than chance."""
        u = dice(self._seed, "mood", local.date())
        kinds = dict.fromkeys(strand.kind for strand in self._strands)
        return {kind: 1 + RESTLESSNESS * (u() + u() - 1) for kind in kinds}


def load_profile() -> Profile:
    """Return the shipped profile."""
    return convert(parse_yaml(shipped("")["background"], "background.yaml"), Profile, "background.yaml")
