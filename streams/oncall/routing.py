"""To whom an alert goes, and why."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from detectors.areas import AreaTree
from rules.alert import Alert, Grade, Text
from rules.silence import Matcher, for_city, level_of, matches
from rules.surroundings import Surroundings, minutes_of
from streams.channels.base import Recipient
from streams.oncall.people import People
from streams.oncall.rota import OnDuty, Rota
from streams.oncall.schema import Office, OnCallFile, When

_LARGE = frozenset({"street", "district", "city"})
_UNDER = ("grid", "community", "street", "district")
_POSTS = {"grid": "owner", "police-grid": "police_owner", "unit": "emergency_unit"}
_POST_NAMES = {
    "lead": Text("主责部门", "lead department"),
    "grid": Text("网格", "grid"),
    "police-grid": Text("警格", "police grid"),
    "unit": Text("最小应急单元", "nearest emergency unit"),
}


class Goes(NamedTuple):
    """One person an alert goes to, on one channel.

    Parameters
    ----------
    recipient
        Who, and how they are reached.
    route
        Name of the route; empty for the fallback.
    why
        What led to them.
    on_level
        They are on duty for the area that has to sign now.

    """

    recipient: Recipient
    route: str
    why: Text
    on_level: bool = False


class Step(NamedTuple):
    """What came of one route: not taken, or what each of its targets led to."""

    route: str
    taken: bool
    found: tuple[tuple[str, Text], ...] = ()


class Routing(NamedTuple):
    """To whom one alert goes at one instant.

    Parameters
    ----------
    goes
        Each person once on each channel.
    steps
        What came of every route that was asked.
    fallback
        No route had anybody but programs.

    """

    goes: tuple[Goes, ...]
    steps: tuple[Step, ...]
    fallback: bool


class _Found(NamedTuple):
    person: str
    route: str
    why: Text
    on_level: bool


class Router:
    """Routes of a city.

    Parameters
    ----------
    file
        Offices, routes, fallback and confirmers, without faults.
    people
        Everybody.
    rota
        Who is on duty.
    areas
        The area tree.
    around
        Time of day and kinds of day.

    """

    def __init__(self, file: OnCallFile, people: People, rota: Rota, areas: AreaTree, around: Surroundings) -> None:
        self._file = file
        self._people = people
        self._rota = rota
        self._areas = areas
        self._around = around
        self._routes = [(route, for_city(route.when, areas.city)) for route in file.routes]
        self._offices = [(office, for_city(Matcher(areas=office.areas), areas.city)) for office in file.offices]

    def route(self, alert: Alert, at: float) -> Routing:
        """Return to whom an alert goes.

        Parameters
        ----------
        alert
            The version to be told.
        at
            When, epoch seconds.

        """
        steps, found = [], []
        for route, when in self._routes:
            if not (matches(when, alert) and self._fits(route.when, alert, at)):
                steps.append(Step(route.name, taken=False))
                continue
            led = [(target, self._target(target, alert, at)) for target in route.to]
            steps.append(Step(route.name, taken=True, found=tuple(_told(target, one) for target, one in led)))
            found += [
                _Found(one.person, route.name, one.why, target.startswith("role:"))
                for target, all_ in led
                for one in all_
            ]
            found += [
                _Found(one.person, route.name, one.why, on_level=False)
                for target in route.to
                for one in self._across(target, alert, at)
            ]
            if route.then == "stop":
                break
        goes = self._reach(found, alert)
        nobody = all(self._people[one.recipient.id].system for one in goes)
        return Routing(goes + self.fallback(alert, at) if nobody else goes, tuple(steps), fallback=nobody)

    def answers(self, post: str) -> bool:
        """Tell whether an office of the file goes by the name of a post of the area tree, wherever that is."""
        return any(_is_called(office, [post]) for office in self._file.offices)

    def confirmers(self, alert: Alert, at: float) -> tuple[Goes, ...]:
        """Return who is asked to confirm an alert that may not leave the room yet; nobody where the file has none."""
        why = Text("待核实", "to be confirmed")
        found = [
            _Found(one.person, "confirm", why, target.startswith("role:"))
            for target in self._file.confirm
            for one in self._target(target, alert, at)
        ]
        desk = [one for one in found if self._people[one.person].desk]
        return self._reach(desk, alert)

    def fallback(self, alert: Alert, at: float) -> tuple[Goes, ...]:
        """Return who gets what has no other recipient."""
        why = Text("无路由命中，兜底", "no route has a recipient: fallback")
        acting = [self._rota.acting(person, at, why).person for person in self._file.fallback]
        found = [_Found(person, "", why, on_level=True) for person in acting]
        goes = self._reach(found, alert)
        return goes or self._reach([_Found(person, "", why, on_level=True) for person in self._file.fallback], alert)

    def _fits(self, when: When, alert: Alert, at: float) -> bool:
        handling = alert.revision.handling
        return (
            (when.restricted is None or when.restricted == alert.restricted)
            and (when.hours is None or self._around.in_hours(at, *minutes_of(when.hours)))
            and (when.days is None or self._around.is_day(at, when.days))
            and (not when.handling or (handling is not None and handling.level in when.handling))
            and (handling.missed + handling.missed_on_site if handling is not None else 0) >= when.missed_at_least
        )

    def _target(self, target: str, alert: Alert, at: float) -> list[OnDuty]:
        if target in _POST_NAMES:
            return self._office(target, alert, at)
        sort, _, name = target.rpartition(":")
        if sort == "role":
            return self._rota.who(name, _area_to_sign(alert, self._areas.city), at)
        if sort == "roster":
            return self._rota.on(name, at)
        return [self._rota.acting(target, at, Text("名单", "listed"))]

    def _across(self, target: str, alert: Alert, at: float) -> list[OnDuty]:
        """Return who has a role in the other districts an alert touches: those of orange and red, and of large areas.

        A yellow spot in a community at a border is named by both districts, and is a matter of its own.
        """
        sort, _, role = target.rpartition(":")
        if sort != "role" or (alert.grade.rank < Grade.ORANGE.rank and level_of(alert) not in _LARGE):
            return []
        others = [district for district in alert.districts if district != alert.place.district]
        above = {one.person for one in self._rota.who(role, self._areas.city, at)}  # where a district has nobody
        return [
            OnDuty(one.person, Text(f"跨区联动：{one.why.zh}", f"across the border: {one.why.en}"))
            for district in others
            for one in self._rota.who(role, district, at)
            if one.person not in above
        ]

    def _office(self, target: str, alert: Alert, at: float) -> list[OnDuty]:
        names = [alert.owner.zh, alert.owner.en] if target == "lead" else [self._post(target, alert)]
        for office, where in self._offices:
            if matches(where, alert) and _is_called(office, names):
                found = [one for to in office.to for one in self._target(to, alert, at)]
                return [OnDuty(one.person, _through(target, names, one.why)) for one in found]
        return []

    def _post(self, target: str, alert: Alert) -> str:
        """Return the post of the smallest area around an alert that has one."""
        for level in _UNDER:
            area = self._areas.get(getattr(alert.place, level))
            if area is not None and getattr(area, _POSTS[target]):
                return str(getattr(area, _POSTS[target]))
        return ""

    def _reach(self, found: Sequence[_Found], alert: Alert) -> tuple[Goes, ...]:
        """Return how those found are reached, everybody once on each channel, only the desk about restricted alerts."""
        goes: dict[tuple[str, str], Goes] = {}
        for one in found:
            if alert.restricted and not self._people[one.person].desk:
                continue
            for recipient in self._people.recipients(one.person, alert.grade):
                key = recipient.channel, recipient.id
                before = goes.get(key)
                if before is None:
                    goes[key] = Goes(recipient, one.route, one.why, one.on_level)
                elif one.on_level and not before.on_level:
                    goes[key] = before._replace(on_level=True)
        return tuple(goes.values())


def _area_to_sign(alert: Alert, city: str) -> str:
    handling = alert.revision.handling
    if handling is not None:
        return handling.area
    return next((id_ for id_ in (getattr(alert.place, level) for level in _UNDER) if id_), city)


def _is_called(office: Office, names: list[str]) -> bool:
    return any(name and fnmatchcase(name, form) for name in names for form in office.names)


def _through(target: str, names: list[str], why: Text) -> Text:
    what = _POST_NAMES[target]
    return Text(f"{what.zh}「{names[0]}」：{why.zh}", f"{what.en} {names[-1]}: {why.en}")


def _told(target: str, found: list[OnDuty]) -> tuple[str, Text]:
    if not found:
        return target, Text("无人", "nobody")
    return target, Text(
        "；".join(f"{one.person}（{one.why.zh}）" for one in found),
        "; ".join(f"{one.person} ({one.why.en})" for one in found),
    )
