"""An alert that never was, to see who would be told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detectors.areas import Area, AreaTree
from detectors.taxonomy import Taxonomy
from rules.alert import Alert, AlertPlace, Grade, GradeStep, Handling, Revision, RuleRef, Text
from rules.charge import levels_of

LEVELS = ("district", "street", "community", "grid")


def trial_alert(
    areas: AreaTree,
    taxonomy: Taxonomy,
    *,
    area: Area | None,
    kind: str,
    grade: Grade,
    at: float,
    owner: Text,
    rule: str = "trial",
    missed: int = 0,
    restricted: bool = False,
    exercise: bool = False,
) -> Alert:
    """Return the first version of an alert about an area.

    Parameters
    ----------
    areas, taxonomy
        The city, and kinds of alerts.
    area
        Which; the whole city, when ``None``.
    kind, grade, owner, rule
        Of the alert; `owner` is the office that leads.
    at
        When it is raised, epoch seconds.
    missed
        How many clocks ran out with nobody signing: it is with the area so many levels up.
    restricted, exercise
        Only for the duty desk; an exercise.

    """
    now = datetime.fromtimestamp(at, UTC)
    place = _place(areas, area)
    name = taxonomy.kinds[kind]
    return Alert(
        id="trial",
        rule=RuleRef(id=rule, number=0, version=1, book=""),
        kind=kind,
        category=name.category,
        grade=grade,
        status="open",
        pending_check=False,
        title=Text(f"{name.zh}｜{place.name}", f"{name.en} | {place.name}"),
        why=Text(),
        steps=(GradeStep(grade=grade, because=Text()),),
        not_higher=Text(),
        advice=(),
        owner=owner,
        plan=Text(),
        gate="monitoring",
        restricted=restricted,
        place=place,
        first_at=now,
        last_at=now,
        raised_at=now,
        graded_at=now,
        sign_by=now + timedelta(hours=1),
        on_site_by=now + timedelta(hours=4),
        events=1,
        reporters=1,
        sources=("hotline",),
        evidence=(),
        observed=1,
        threshold=1,
        expected=None,
        expected_high=None,
        p_value=None,
        window_s=0.0,
        revision=Revision(version=1, change="new", handling=_handling(areas, place, missed, now)),
        exercise=exercise,
    )


def _place(areas: AreaTree, area: Area | None) -> AlertPlace:
    ids: dict[str, str] = dict.fromkeys(LEVELS, "")
    node = area
    while node is not None:
        ids[node.level] = node.id
        node = areas.get(node.parent)
    return AlertPlace(
        level=area.level if area is not None else "city",
        key=area.id if area is not None else areas.city,
        name=area.name if area is not None else areas.name,
        lon=None,
        lat=None,
        **ids,
    )


def _handling(areas: AreaTree, place: AlertPlace, missed: int, now: datetime) -> Handling:
    levels = levels_of(place)
    level = levels[min(missed, len(levels) - 1)]
    area = areas.city if level == "city" else getattr(place, level)
    return Handling(level=level, area=area, sign_by=now, missed=missed)
