"""The alerts that stood at a time, as a map needs them: where, how grave, what about. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from detectors.event import Event
from detectors.outline import outline
from rules.alert import GRADES, Alert, Grade
from streams.board.clusters import Clusters, Drawn
from streams.board.courses import Courses
from streams.board.standing import Known
from streams.board.views.city_shapes import CityMap, circle_path, outline_path
from streams.board.views.city_tree import CityTree, ancestors
from streams.language import Voice

_AROUND_M = 500.0
_LEAST_M = 800.0


class Mark(NamedTuple):
    """An alert that stands.

    Parameters
    ----------
    alert
        Its last version.
    grade
        The grade it had at the time.
    cluster
        The areas it gathers in, if it is about a cluster that is known.
    areas
        Ids of all areas it counts in, the city's among them.

    """

    alert: Alert
    grade: Grade
    cluster: Drawn | None
    areas: frozenset[str]


class Marks:
    """Finds the alerts that stood at a time.

    Parameters
    ----------
    tree
        The areas.
    courses, clusters
        What is known of how alerts went, and of clusters.

    """

    def __init__(self, tree: CityTree, courses: Courses, clusters: Clusters) -> None:
        self._tree = tree
        self._courses = courses
        self._clusters = clusters

    def at(
        self,
        known: Iterable[Known],
        at: float | None,
        now: float,
        scans: Collection[str],
        kinds: Collection[str] | None,
    ) -> list[Mark]:
        """Return the alerts that stood, the gravest first.

        Parameters
        ----------
        known
            The alerts there are.
        at, now
            When, ``None`` for now; and what time it is now, epoch seconds.
        scans
            Ids of the rules about clusters.
        kinds
            Only alerts about these.

        """
        found = []
        for alert, _ in known:
            if kinds is not None and alert.kind not in kinds:
                continue
            grade = self._grade(alert, at)
            if grade is None:
                continue
            is_cluster = any(finding.rule.id in scans for finding in alert.findings) or alert.rule.id in scans
            cluster = self._clusters.of(alert.evidence, now if at is None else at) if is_cluster else None
            found.append(Mark(alert, grade, cluster, self._areas(alert, cluster)))
        return sorted(found, key=lambda mark: (-mark.grade.rank, -mark.alert.raised_at.timestamp(), mark.alert.id))

    def _grade(self, alert: Alert, at: float | None) -> Grade | None:
        if at is None:
            return alert.grade if alert.status == "open" else None
        return self._courses.grade_at(alert, at)

    def _areas(self, alert: Alert, cluster: Drawn | None) -> frozenset[str]:
        place = alert.place
        finest = next((id_ for id_ in (place.community, place.street, place.district) if id_ in self._tree.nodes), "")
        members = cluster.members if cluster is not None else ()
        return ancestors(self._tree, (self._tree.city, finest, *alert.districts, *members))


def in_areas(marks: Iterable[Mark]) -> dict[str, list[Mark]]:
    """Return the alerts of every area in which there are any, the gravest first."""
    found: dict[str, list[Mark]] = {}
    for mark in marks:
        for area in mark.areas:
            found.setdefault(area, []).append(mark)
    return found


def worst_of(marks: Collection[Mark]) -> Grade | None:
    """Return the highest grade."""
    return next((grade for grade in reversed(GRADES) if any(mark.grade is grade for mark in marks)), None)


def sign_of(grade: Grade, voice: Voice) -> str:
    """Return a grade in one sign: 红, or R."""
    return voice.colour(grade)[0].upper()


def spot_of(mark: Mark, map_: CityMap) -> tuple[float, float] | None:
    """Return where on the map an alert is marked."""
    place = mark.alert.place
    areas = (place.grid, place.community, place.street, place.district, *mark.alert.districts)
    if mark.cluster is not None:
        lon, lat = mark.cluster.middle or (None, None)
        return map_.spot(lon, lat, (*mark.cluster.members, *areas))
    return map_.spot(place.lon, place.lat, areas)


def cluster_path(mark: Mark, map_: CityMap, event_of: Callable[[str], Event | None]) -> str:
    """Return the outline of an alert's cluster: as the scan drew it, else around its events, else its areas."""
    drawn, flat = mark.cluster, map_.flat
    if drawn is None:
        points = list(_points(mark.alert, event_of)) if flat is not None else []
        return outline_path(flat, outline(points, _AROUND_M)) if flat is not None and points else ""
    if flat is None:
        return "".join(map_.shapes[area].d for area in drawn.members if area in map_.shapes)
    if drawn.ring:
        return outline_path(flat, drawn.ring)
    if drawn.middle is None:
        return "".join(map_.shapes[area].d for area in drawn.members if area in map_.shapes)
    return circle_path(flat.point(*drawn.middle), flat.metres(max(_LEAST_M, drawn.radius_m or 0.0)))


def _points(alert: Alert, event_of: Callable[[str], Event | None]) -> Iterator[tuple[float, float]]:
    for id_ in alert.evidence:
        event = event_of(id_)
        if event is not None and event.place.lon is not None and event.place.lat is not None:
            yield event.place.lon, event.place.lat
