"""The rule language, third part: a rule as an operator writes it in ``rules/book/*.yaml``. Types only."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from detectors.event import Source
from rules.alert import Grade, Text
from rules.clocks import Clocks, Supervision
from rules.condition import Condition, Context, Count
from rules.selector import Duration, Number, Part, Selector, seconds

__all__ = [
    "Clocks",
    "Condition",
    "Context",
    "Count",
    "Duration",
    "Example",
    "Examples",
    "Happening",
    "Lower",
    "Number",
    "Owner",
    "Raise",
    "Rule",
    "Selector",
    "Tail",
    "seconds",
]


class Raise(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A reason for a higher grade: up to a grade, or by a number of steps."""

    when: Condition
    because: Text
    to: Grade | None = None
    by: Annotated[int, msgspec.Meta(ge=1, le=3)] | None = None


class Lower(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A reason for a lower grade, applied after all raises; never below blue."""

    when: Condition
    because: Text
    by: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1


class Owner(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who is responsible for some kinds or in some areas; of a rule's list the first that fits.

    Parameters
    ----------
    kinds, areas
        Kinds of the taxonomy, ids of areas at any level; none given means any.
    zh, en
        The name.

    """

    kinds: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    zh: str
    en: str


class Happening(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One event of an example.

    Parameters
    ----------
    at
        Time since the example's start: ``0s``, ``25min``, ``3d``.
    kind, source, status
        As in an event; the rule's first kind and source when they are not given.
    by
        Who reported it: any name, the same for the same person; a new person when it is not given.
    where
        A place: the same name is the same spot; ``A``. Two names are two spots of one community, unless given as
        ``community/spot``, ``street/community/spot``.
    metres
        How far east of the spot it was.
    text, tags, scenes, people, injured, depth_cm
        As in an event.

    """

    at: Duration = "0s"
    kind: str = ""
    source: Source | None = None
    status: Literal["open", "closed"] = "open"
    by: str = ""
    where: str = "A"
    metres: float = 0.0
    text: str = ""
    tags: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    people: int = 0
    injured: int = 0
    depth_cm: float = 0.0


class Example(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Events and what the rule says of them.

    Parameters
    ----------
    name
        What the example shows, a sentence.
    events
        What happens.
    then
        How much longer to wait after the last event, for what only time tells.
    start
        Local date and time of the start; a quiet workday morning when it is not given.
    context
        What is in force all the time: weather, mode, declared events.
    signed
        When somebody signs every alert there is by then, since the example's start; nobody does when not given.
    level
        Which level's people have to sign at the end; only in ``fires``.
    grade
        Of the alert at the end; only in ``fires``.

    """

    name: str
    events: tuple[Happening, ...]
    then: Duration = "0s"
    start: str = ""
    context: Context | None = None
    signed: Duration | None = None
    level: Literal["community", "street", "district", "city"] | None = None
    grade: Grade | None = None


class Examples(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What has to fire and what has to keep silent; held every time the book is loaded."""

    fires: tuple[Example, ...] = ()
    silent: tuple[Example, ...] = ()


class ChanceBudget(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many alerts of exactly each grade the whole city may get of chance alone.

    Parameters
    ----------
    blue, yellow, orange, red
        ``number/day``, ``/week``, ``/month`` or ``/year``, each at most the one before. The highest grades can be left
        out: they are never reached.

    """

    blue: str
    yellow: str | None = None
    orange: str | None = None
    red: str | None = None


class Tail(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Grades by how unlikely a detector's signal is: at or below the figure it earns the grade.

    Parameters
    ----------
    blue, yellow, orange, red
        Upper-tail probabilities, each at most the one before; ``None``: this grade is never reached.
    budget
        Instead of probabilities: those follow from it and from what the city's keys can do by chance.
    min_observed
        Fewer events than this never make an alert.
    min_ratio
        Nor does less than this multiple of the expected value.

    """

    blue: float | None = None
    yellow: float | None = None
    orange: float | None = None
    red: float | None = None
    budget: ChanceBudget | None = None
    min_observed: int = 5
    min_ratio: float = 1.5


class Rule(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule.

    Parameters
    ----------
    id, number, version
        Stamped on every alert; the number is the one in the table of default rules.
    status
        ``active`` rules speak; ``shadow`` ones run, are counted and notify nobody; ``draft`` and ``retired`` ones are
        read and checked only.
    gate
        源头 source, 监测 monitoring or 管控 containment.
    sources, kinds, not_kinds
        What the rule looks at; no kinds means every kind but `not_kinds`.
    where
        Which of these events it counts; all when not given.
    per
        Events are grouped by place at this level; where the level is not known the next larger area stands in, except
        for ``spot``.
    together
        All kinds of the rule are one group; otherwise each kind is a group of its own.
    radius_m
        Instead of by area, group by distance: metres between an event and any event of the episode, within a district.
        Where coordinates are missing the same spot is near; the same grid is from 200 m on, the same community from
        2000 m on; the alert says so.
    alike
        Of one group, only events whose texts are this similar to any of the episode belong together (the same
        matter): estimated Jaccard similarity of their character pairs, in (0, 1]. Texts that are the same word for word
        are a form's, or the name of a category, and say nothing about the matter.
    fires
        Any one of these conditions raises the alert.
    signal
        Instead of events, the signals of the detector with this name, all of whose sources the rule names: grades by
        tail probability.
    quiet
        The alert is over when its condition has not been met for so long (解除). What goes on for more than thirty days
        is found anew.
    grade, raises, lowers, maximum
        The grade to begin with, what makes it higher, what makes it lower, and the highest it can get.
    check
        A human has to confirm an orange or red warning before it leaves the room (待核实), for as long as `clocks` say.
    restricted
        Only the duty desk may see it: its alerts go to the restricted topics.
    clocks
        When to sign and to be on site, where it differs from the grade's own.
    why
        One sentence; ``{n}``, ``{threshold}``, ``{window}``, ``{place}``, ``{kind}``, ``{events}``, ``{expected}`` …
        are filled in.
    advice, owner, owners, plan
        What to do, in order; who is responsible, by kind and area where `owners` says so; which plan applies.
    modifies
        A modifier has no alerts of its own: its raises apply to the rules with these ids, or to ``all``.
    unsigned
        Of a modifier: what becomes of their alerts when the time to sign is over and nobody has. ``up``: they go one
        level up the area tree (社区 → 街道 → 区 → 市), with as much time again, and at the top are called out again and
        again, until somebody signs; those nobody is on site for in time likewise.
    supervision
        Of a modifier with `unsigned`: how their clocks run.
    examples
        What fires and what does not.

    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
    number: Annotated[int, msgspec.Meta(ge=1)]
    version: Annotated[int, msgspec.Meta(ge=1)] = 1
    status: Literal["draft", "shadow", "active", "retired"] = "active"
    name: Text
    gate: Literal["source", "monitoring", "containment"] = "monitoring"
    sources: tuple[Source, ...] = ("hotline", "grid", "police", "sos")
    kinds: tuple[str, ...] = ()
    not_kinds: tuple[str, ...] = ()
    where: Selector | None = None
    per: Literal["spot", "grid", "community", "street", "district"] = "community"
    together: bool = False
    radius_m: Annotated[float, msgspec.Meta(gt=0, le=20_000)] | None = None
    alike: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    fires: tuple[Condition, ...] = ()
    signal: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    tail: Tail | None = None
    quiet: Duration = "2h"
    grade: Grade | None = None
    raises: tuple[Raise, ...] = ()
    lowers: tuple[Lower, ...] = ()
    maximum: Grade | None = None
    check: bool = False
    restricted: bool = False
    clocks: Clocks = Clocks()
    why: Text = Text()
    advice: tuple[Text, ...] = ()
    owner: Text = Text()
    owners: tuple[Owner, ...] = ()
    plan: Text = Text()
    modifies: tuple[str, ...] = ()
    unsigned: Literal["up"] | None = None
    supervision: Supervision | None = None
    examples: Examples = Examples()

    def covers(self, kind: str) -> bool:
        """Tell whether the rule looks at `kind`."""
        return kind in self.kinds if self.kinds else kind not in self.not_kinds
