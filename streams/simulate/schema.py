"""What a scenario file may say."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from detectors.event import Level, Source
from rules.alert import Text

Count = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Minutes = Annotated[float, msgspec.Meta(ge=0)]
Range = Annotated[list[Annotated[int, msgspec.Meta(ge=0)]], msgspec.Meta(min_length=2, max_length=2)]
Words = Annotated[list[str], msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(min_length=1, pattern=r"^[a-z0-9][a-z0-9-]*$")]


class Where(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a scenario takes place; what is left open the seed decides.

    Parameters
    ----------
    level
        ``spot``: at one spot; ``community``, ``street``, ``district``, ``city``: at spots all over such an area.
    inside
        Id, code or name of the area it must lie in; the whole city when empty.
    sorts
        Sorts of spots it may happen at (``compound``, ``school`` …); any when empty.
    count
        How many such places; the first is drawn, the others lie next to it (spots: in the same street).

    """

    level: Level = "spot"
    inside: str = ""
    sorts: list[str] = []
    count: Count = 1


class Wave(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reports of one kind that belong together; every place of the scenario gets its own.

    Parameters
    ----------
    kind
        What is really the matter.
    reports
        How many from which source.
    after_min, over_min
        When the wave begins after the scenario does, and how long it lasts, minutes.
    shape
        ``even``; ``ramp``: ever more of them; ``burst``: most at the beginning.
    reporters
        Distinct callers; as many as reports when 0. Grid reports come from the worker of their grid.
    kind_given
        Share of reports whose source gives the kind.
    texts
        Bodies in place of the kind's own.
    people, injured, depth_cm
        Least and largest number given. In a ramp the depth rises from the one to the other.
    resend, resend_over_s
        How often each report is sent in all, and within how many seconds.

    """

    kind: str
    reports: Annotated[dict[Source, Count], msgspec.Meta(min_length=1)]
    after_min: Minutes = 0.0
    over_min: Minutes = 10.0
    shape: Literal["even", "ramp", "burst"] = "even"
    reporters: Annotated[int, msgspec.Meta(ge=0)] = 0
    kind_given: Share = 0.65
    texts: list[str] = []
    people: Range | None = None
    injured: Range | None = None
    depth_cm: Range | None = None
    resend: Count = 1
    resend_over_s: Annotated[float, msgspec.Meta(ge=0)] = 60.0


class Silence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A feed that delivers nothing for a while: what it would have reported is lost.

    Parameters
    ----------
    source
        Which feed.
    after_min, for_min
        When it falls silent after the scenario begins, and for how long, minutes.

    """

    source: Source
    after_min: Minutes = 0.0
    for_min: Annotated[float, msgspec.Meta(gt=0)]


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happens in the city, and what a good warning system makes of it.

    Parameters
    ----------
    id
        Short name.
    what
        What happens, for people.
    at_h
        When it begins after the start of the simulation, hours.
    where
        Where.
    waves, silences
        What is reported, and which feeds fall silent.
    fill
        Slots of the templates that are drawn once for each place: all callers name the same floor or class.
    expect
        Whether there should be an alert.
    rules
        Numbers of the rules that should fire, or with ``silent`` of those that must not.

    """

    id: Name
    what: Text
    expect: Literal["alert", "silent"]
    at_h: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    where: Where = Where()
    waves: list[Wave] = []
    silences: list[Silence] = []
    fill: dict[str, Words] = {}
    rules: list[Annotated[int, msgspec.Meta(ge=1)]] = []

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of its waves, each once."""
        return tuple(dict.fromkeys(wave.kind for wave in self.waves))


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a plan: which scenario, and when after the start, hours."""

    scenario: str
    at_h: Annotated[float, msgspec.Meta(ge=0)]
    where: Where | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day's programme: scenarios with their times."""

    what: Text
    plan: Annotated[list[Entry], msgspec.Meta(min_length=1)]
