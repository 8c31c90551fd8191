"""The shipped mappings on the real files they were written for."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from streams.intake.places import load_areas
from streams.sources.mapping import RowBad, RowOk, load_mapping, read_ordered
from streams.sources.report import Report

FILES = {
    "stlouis-requests": "stlouis_2018_01/requests.csv.gz",
    "stlouis-incidents": "stlouis_2018_01/incidents.csv.gz",
    "chicago-sanitation": "chicago_2011_2013/sanitation_complaints.csv.gz",
    "chicago-food": "chicago_2011_2013/food_inspections.csv.gz",
    "chicago-burglaries": "chicago_2011_2013/burglaries.csv.gz",
    "pingshan": "pingshan_2018/appeals.csv.gz",
    "citizen-messages": "teddy_2020/messages.csv.gz",
    "sanantonio-calls": "sanantonio_calls/calls.csv.gz",
}


def reports(folder: Path, name: str) -> list[Report]:
    return [row.report for row in load_mapping(name).rows(folder / FILES[name]) if isinstance(row, RowOk)]


@pytest.mark.parametrize(
    ("name", "rows", "bad", "ids", "with_kind"),
    [
        ("stlouis-requests", 8_812, 0, 8_714, 0.54),
        ("stlouis-incidents", 3_825, 0, 3_696, 0.75),
        ("chicago-sanitation", 45_964, 0, 45_788, 0.57),
        ("chicago-food", 17_823, 0, 17_823, 0.32),
        ("chicago-burglaries", 55_058, 0, 55_057, 1.0),
        ("pingshan", 10_000, 0, 10_000, 0.64),
        ("citizen-messages", 4_326, 0, 4_326, 0.0),
        ("sanantonio-calls", 99_340, 1, 99_339, 0.54),
    ],
)
def test_every_row_of_a_real_file_is_accounted_for(
    shared_data: Path, name: str, rows: int, bad: int, ids: int, with_kind: float
) -> None:
    found = list(load_mapping(name).rows(shared_data / FILES[name]))
    good = [row.report for row in found if isinstance(row, RowOk)]
    assert (len(found), len(found) - len(good)) == (rows, bad)
    assert len({report.id for report in good}) == ids
    assert sum(report.kind not in {"", "other"} for report in good) / len(good) >= with_kind


def test_the_one_call_without_a_number_is_bad(shared_data: Path) -> None:
    rows = load_mapping("sanantonio-calls").rows(shared_data / FILES["sanantonio-calls"])
    (bad,) = [row for row in rows if isinstance(row, RowBad)]
    assert (bad.reason, bad.path) == ("SCHEMA", "$.IncidentNumber")


def test_requests_come_in_office_hours(shared_data: Path) -> None:
    zone = ZoneInfo("America/Chicago")
    hours = Counter(report.occurred_at.astimezone(zone).hour for report in reports(shared_data, "stlouis-requests"))
    office = sum(hours[hour] for hour in range(8, 17)) / hours.total()
    assert office > 0.8, "were the times UTC, it would be a third less"


@pytest.mark.parametrize("name", ["stlouis-requests", "stlouis-incidents"])
def test_state_plane_feet_land_in_st_louis_near_the_neighbourhood_they_name(shared_data: Path, name: str) -> None:
    areas = load_areas("stlouis")
    located = [report for report in reports(shared_data, name) if report.lon is not None and report.district]
    assert len(located) > 3_000
    near = 0
    for report in located:
        area = areas.get(areas.resolve(district=report.district).district)
        assert area is not None
        assert report.lon is not None
        assert report.lat is not None
        assert area.lon is not None
        assert area.lat is not None
        near += abs(report.lon - area.lon) < 0.02 and abs(report.lat - area.lat) < 0.02
    assert near / len(located) > 0.97


def test_a_place_without_a_name_gets_the_community_area_with_the_nearest_centre(shared_data: Path) -> None:
    areas = load_areas("chicago")
    right = total = 0
    for report in reports(shared_data, "chicago-burglaries")[::50]:
        if report.district and report.lon is not None:
            total += 1
            right += (
                areas.resolve(lon=report.lon, lat=report.lat).district
                == areas.resolve(district=report.district).district
            )
    assert total > 1_000
    assert right / total > 0.8, "burglaries name their community area: the nearest centre mostly agrees"


def test_the_typhoon_of_september_2018_stands_out(shared_data: Path) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    storm = {"tree_fall", "waterlogging", "power_outage", "building_danger"}
    days = Counter(
        report.occurred_at.astimezone(zone).date()
        for report in reports(shared_data, "pingshan")
        if report.kind in storm
    )
    assert {day for day, _ in days.most_common(3)} == {date(2018, 9, day) for day in (16, 17, 18)}
    assert days[date(2018, 9, 17)] > 70


@pytest.mark.parametrize("name", ["pingshan", "stlouis-requests", "sanantonio-calls"])
def test_nearly_every_place_is_in_the_area_file(shared_data: Path, name: str) -> None:
    areas = load_areas(load_mapping(name).areas)
    districts = Counter(report.district for report in reports(shared_data, name) if report.district)
    known = sum(count for district, count in districts.items() if areas.get(areas.resolve(district=district).district))
    assert known / districts.total() > 0.97


def test_two_files_of_one_city_are_merged_in_time(shared_data: Path) -> None:
    inputs = [(load_mapping(name), shared_data / FILES[name]) for name in ("stlouis-requests", "stlouis-incidents")]
    times = [row.t for row in read_ordered(inputs) if isinstance(row, RowOk)]
    assert len(times) == 8_812 + 3_825
    assert times == sorted(times)
