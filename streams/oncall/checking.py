"""What in the file does not fit together: names nobody has, instants that are none, routes nobody asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from detectors.areas import AreaTree
from detectors.taxonomy import Taxonomy
from rules.alert import Grade
from rules.reading import At, nearest
from rules.selector import seconds
from rules.silence import Matcher
from streams.oncall.reading import Sheet
from streams.oncall.schema import OnCallFile
from streams.oncall.walltime import parse_instant

_FURTHEST_S = 3_660 * 86_400.0
POSTS = ("lead", "grid", "police-grid", "unit")


class City(NamedTuple):
    """What a file may name.

    Parameters
    ----------
    areas, taxonomy
        Areas; kinds and classes.
    channels
        Configured channels; any, when ``None``.

    """

    areas: AreaTree
    taxonomy: Taxonomy
    channels: Collection[str] | None = None


def check(sheet: Sheet, city: City) -> None:
    """Add every fault of names and values."""
    file = sheet.content
    for at, message in (
        *_people(file, city),
        *_fallback(sheet),
        *_routes(sheet, city),
        *_offices(sheet, city),
        *_deputies(sheet, city),
        *_muting(file, city),
        *_timing(file),
    ):
        if sheet.sound(at):
            sheet.fault(at, message)


def people_faults(named: Iterable[str], sheet: Sheet, at: At) -> Iterator[tuple[At, str]]:
    """Yield every name that is nobody's."""
    for n, person in enumerate(named):
        if person not in sheet.people:
            yield (*at, n), f"nobody is called {person!r}{nearest(person, sheet.people)}"


def area_faults(named: Iterable[str], areas: AreaTree, at: At) -> Iterator[tuple[At, str]]:
    """Yield every area the city does not have."""
    for n, area in enumerate(named):
        if not areas.open and area != areas.city and areas.get(area) is None:
            yield (*at, n), f"{areas.name} has no area {area!r}: give an id of the area file"


def instant_fault(text: str, areas: AreaTree, at: At) -> Iterator[tuple[At, str]]:
    """Yield that a text is no instant, if it is none."""
    try:
        parse_instant(text, areas.zone)
    except ValueError as error:
        yield at, str(error)


def day_fault(text: str, at: At) -> Iterator[tuple[At, str]]:
    """Yield that a text is no day, if it is none; empty is fine."""
    try:
        date.fromisoformat(text or "2026-01-01")
    except ValueError:
        yield at, f"{text!r} is no day such as 2026-01-05"


def _people(file: OnCallFile, city: City) -> Iterator[tuple[At, str]]:
    for id_, person in file.people.items():
        at: At = ("people", id_)
        if "/" in id_ or ":" in id_ or id_ in POSTS:
            yield at, f"{id_!r} cannot be the id of a person: no slash or colon, and none of {', '.join(POSTS)}"
        if not person.reach:
            yield (*at, "reach"), "is empty: say on which channel they are reached"
        channels = [one.channel for one in person.reach]
        for n, channel in enumerate(channels):
            here = (*at, "reach", n, "channel")
            if channel in channels[:n]:
                yield here, f"stands twice: {channel!r}"
            if city.channels is not None and channel not in city.channels:
                yield here, f"no channel is called {channel!r}{nearest(channel, city.channels)}"


def _fallback(sheet: Sheet) -> Iterator[tuple[At, str]]:
    file = sheet.content
    if not file.fallback:
        yield ("fallback",), "is empty: an alert must never reach nobody"
    yield from people_faults(file.fallback, sheet, ("fallback",))
    known = [(n, file.people[id_]) for n, id_ in enumerate(file.fallback) if id_ in file.people]
    for n, person in known:
        if not person.desk:
            yield ("fallback", n), "may not see what is restricted: mark them `desk: true`"
        if all(one.at_least is not Grade.BLUE for one in person.reach):
            yield ("fallback", n), "has no channel for blue alerts: leave `at_least` out on one"


def target_faults(targets: Iterable[str], sheet: Sheet, at: At, *, posts: bool) -> Iterator[tuple[At, str]]:
    """Yield what is wrong with where something goes."""
    for n, target in enumerate(targets):
        sort, _, name = target.rpartition(":")
        known: Collection[str] = {"role": sheet.roles, "roster": sheet.rosters}.get(sort, sheet.people)
        if (posts and target in POSTS) or (name in known and sort in {"", "role", "roster"}):
            continue
        what = {"role": "no roster has the role", "roster": "no roster is called"}.get(sort, "nobody is called")
        also = f"{', '.join(POSTS)}, " if posts else ""
        yield (*at, n), f"{what} {name!r}{nearest(name, known)} (known: {also}role:ROLE, roster:NAME, people)"


def _routes(sheet: Sheet, city: City) -> Iterator[tuple[At, str]]:
    file = sheet.content
    yield from target_faults(file.confirm, sheet, ("confirm",), posts=True)
    taken = ""
    for n, route in enumerate(file.routes):
        at: At = ("routes", n)
        if not route.to:
            yield (*at, "to"), "is empty: say to whom"
        yield from target_faults(route.to, sheet, (*at, "to"), posts=True)
        yield from matcher_faults(route.when, city, (*at, "when"))
        if route.name in {one.name for one in file.routes[:n]}:
            yield (*at, "name"), f"stands twice: {route.name!r}"
        if taken:
            yield at, f"is never asked: route {taken!r} before it takes every alert and stops"
        if route.when.is_empty and route.then == "stop" and _any_time(route.when):
            taken = taken or route.name


def _any_time(when: object) -> bool:
    own = ("hours", "days", "handling", "missed_at_least", "restricted")
    return all(getattr(when, name) in {None, (), 0} and getattr(when, name) is not False for name in own)


def matcher_faults(matcher: Matcher, city: City, at: At) -> Iterator[tuple[At, str]]:
    """Yield what a matcher names that there is not."""
    yield from area_faults(matcher.areas, city.areas, (*at, "areas"))
    classes = {kind.category for kind in city.taxonomy.kinds.values()}
    for name, known in (("kinds", city.taxonomy.kinds.keys()), ("classes", classes)):
        for n, one in enumerate(getattr(matcher, name)):
            if one not in known:
                yield (*at, name, n), f"the taxonomy has no {one!r}{nearest(one, known)}"


def _offices(sheet: Sheet, city: City) -> Iterator[tuple[At, str]]:
    for n, office in enumerate(sheet.content.offices):
        at: At = ("offices", n)
        yield from target_faults(office.to, sheet, (*at, "to"), posts=False)
        yield from area_faults(office.areas, city.areas, (*at, "areas"))
        for name in ("names", "to"):
            if not getattr(office, name):
                yield (*at, name), "is empty"


def _deputies(sheet: Sheet, city: City) -> Iterator[tuple[At, str]]:
    for n, one in enumerate(sheet.content.deputies):
        for name in ("absent", "by"):
            person = getattr(one, name)
            if person not in sheet.people:
                yield ("deputies", n, name), f"nobody is called {person!r}{nearest(person, sheet.people)}"
        yield from instant_fault(one.since, city.areas, ("deputies", n, "since"))
        yield from instant_fault(one.until, city.areas, ("deputies", n, "until"))


def _muting(file: OnCallFile, city: City) -> Iterator[tuple[At, str]]:
    for n, silence in enumerate(file.silences):
        yield from matcher_faults(silence.when, city, ("silences", n, "when"))
        for name in ("since", "until"):
            yield from instant_fault(getattr(silence, name), city.areas, ("silences", n, name))
    for n, window in enumerate(file.maintenance):
        yield from matcher_faults(window.when, city, ("maintenance", n, "when"))
        if window.when.is_empty:
            yield ("maintenance", n, "when"), "matches every alert: name areas, kinds, grades or rules"
        for name in ("since", "until"):
            yield from day_fault(getattr(window, name), ("maintenance", n, name))
    for n, rule in enumerate(file.inhibit):
        yield from matcher_faults(rule.source, city, ("inhibit", n, "source"))
        yield from matcher_faults(rule.target, city, ("inhibit", n, "target"))
        if not rule.equal:
            yield ("inhibit", n, "equal"), "is empty: say in what source and target agree, as in [street] or [place]"
        if rule.source.is_empty:
            yield ("inhibit", n, "source"), "matches every alert: name kinds, grades or rules"


def _timing(file: OnCallFile) -> Iterator[tuple[At, str]]:
    if seconds(file.horizon) > _FURTHEST_S:
        yield ("horizon",), f"{file.horizon!r} is more than ten years"
    timing = file.timing
    limits = (
        ("digests", timing.digests, 1, 12),
        ("per_hour", timing.per_hour, timing.digests + 1, 1000),
        ("growth", timing.growth, 1.0, 100.0),
        ("growth_events", timing.growth_events, 1, 10_000),
        ("flap_changes", timing.flap_changes, 2, 100),
    )
    for name, value, low, high in limits:
        if not low <= value <= high:
            yield ("timing", name), f"{value} is not between {low:g} and {high:g}"
