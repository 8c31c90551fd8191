"""How many alerts a duty desk gets from the default book on real data: few enough to be read."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from rules.alert import Alert
from streams.assembly import assemble
from streams.replay import Replay
from streams.sources.mapping import load_mapping, read_ordered

CITIES = {
    "stlouis": {
        "stlouis-requests": "stlouis_2018_01/requests.csv.gz",
        "stlouis-incidents": "stlouis_2018_01/incidents.csv.gz",
    },
    "pingshan": {"pingshan": "pingshan_2018/appeals.csv.gz"},
}
LATER = 1_600_000_000.0


@cache
def stand(city: str, folder: Path) -> tuple[Alert, ...]:
    """The last version of every alert that was not taken back."""
    parts = assemble(areas=city, book="", hazards="", reporter_key=b"for tests only: sixteen")
    inputs = [(load_mapping(name), folder / file) for name, file in CITIES[city].items()]
    latest: dict[str, Alert] = {}
    for outcome in Replay(parts, lateness_s=600.0, now=LATER).run(read_ordered(inputs, None)):
        latest.update((alert.id, alert) for alert in outcome.alerts)
    return tuple(alert for alert in latest.values() if alert.status != "withdrawn")


def a_day(alerts: tuple[Alert, ...], since: str, days: int) -> dict[str, float]:
    """Alerts a day by grade, of those raised in the `days` days from `since` on."""
    raised = [alert for alert in alerts if 0 <= _days(since, alert) < days]
    grades = Counter(alert.grade.value for alert in raised)
    return {grade: grades[grade] / days for grade in ("red", "orange", "yellow", "blue")}


def _days(since: str, alert: Alert) -> int:
    return (alert.raised_at.date() - date.fromisoformat(since)).days


@pytest.mark.parametrize(
    ("city", "since", "days", "most"),
    [
        ("stlouis", "2018-01-01", 31, {"red": 0.0, "orange": 1.0, "yellow": 3.0, "blue": 3.0}),
        ("pingshan", "2018-09-01", 91, {"red": 0.0, "orange": 0.2, "yellow": 1.2, "blue": 0.2}),
    ],
)
def test_a_desk_gets_few_alerts_a_day(
    shared_data: Path, city: str, since: str, days: int, most: dict[str, float]
) -> None:
    got = a_day(stand(city, shared_data), since, days)
    assert got["yellow"] > 0
    assert {grade: n for grade, n in got.items() if n > most[grade]} == {}


def test_the_name_of_a_category_alone_is_no_orange_hole_in_the_road(shared_data: Path) -> None:
    for city in CITIES:
        holes = [alert for alert in stand(city, shared_data) if alert.rule.id == "road-collapse"]
        assert holes
        assert {alert.grade.value for alert in holes if alert.reporters == 1} == {"yellow"}


def test_no_alert_is_about_things_a_hundred_metres_apart_in_places_nobody_knows(shared_data: Path) -> None:
    near = [alert for alert in stand("pingshan", shared_data) if alert.place.lon is None and alert.events > 1]
    by_metres = {alert.rule.id for alert in near if "坐标缺失" in alert.why.zh}
    assert by_metres == {"odour"}
    assert not [alert for alert in near if alert.rule.id in {"manhole-wire", "road-collapse", "wage-arrears"}]


def test_reports_from_an_unknown_place_are_no_outage_of_one_compound(shared_data: Path) -> None:
    assert not [alert for alert in stand("stlouis", shared_data) if alert.rule.id == "outage" and not alert.place.key]
