"""Every shipped mapping on rows invented for the purpose: what comes out, and what a spoilt row becomes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.taxonomy import load_taxonomy
from streams.intake.places import load_areas
from streams.sources.mapping import Row, RowBad, RowOk, load_mapping, shipped_mappings

STLOUIS_REQUESTS = {
    "REQUESTID": "77",
    "PROBLEMCODE": "Cave-Ins",
    "DESCRIPTION": "Street, alley, or sidewalk cave-in",
    "SUBMITTO": "STREET DEPT,",
    "DATETIMEINIT": "2018-07-01T09:15:30Z",
    "DATETIMECLOSED": "",
    "SRX": "907000",
    "SRY": "1018500",
    "STATUS": "NEW",
    "CALLERTYPE": "WEB",
    "NEIGHBORHOOD": "35",
    "WARD": "7",
}
STLOUIS_INCIDENTS = {
    "complaint": "18-99",
    "date_occur": "01/31/2018 23:59",
    "crime": "51311",
    "district": "4",
    "description": "BURGLARY-BUSINESS/NIT/FORCE ENT",
    "neighborhood": "35",
    "x_coord": "907000",
    "y_coord": "1018500",
}
SANITATION = {
    "Creation_Date": "2012-07-04",
    "Status": "Completed",
    "Completion_Date": "2012-07-05",
    "Service_Request_Number": "12-77",
    "Type_of_Service_Request": "Sanitation Code Violation",
    "What_is_the_Nature_of_this_Code_Violation": "Garbage in alley",
    "Ward": "1",
    "Police_District": "1",
    "Community_Area": "32",
    "Latitude": "41.88",
    "Longitude": "-87.63",
}
FOOD = {
    "Inspection_ID": "500",
    "Facility_Type": "Restaurant",
    "Risk": "Risk 1 (High)",
    "Inspection_Date": "2012-12-24",
    "Inspection_Type": "Canvass",
    "Results": "Fail",
    "Latitude": "41.88",
    "Longitude": "-87.63",
    "criticalCount": "1",
    "seriousCount": "2",
    "minorCount": "3",
}
BURGLARIES = {
    "ID": "900",
    "Date": "2012-12-24",
    "IUCR": "0610",
    "Primary_Type": "BURGLARY",
    "Description": "FORCIBLE ENTRY",
    "Location_Description": "GARAGE",
    "Beat": "1",
    "District": "1",
    "Ward": "1",
    "Community_Area": "32",
    "Latitude": "41.88",
    "Longitude": "-87.63",
}
PINGSHAN = {
    "rec_id": "1",
    "create_time": "2018-09-16",
    "street": "龙田街道",
    "community": "老坑社区",
    "lon": "0.0",
    "lat": "0.0",
    "event_type": "市容环卫",
    "main_type": "绿化养护",
    "sub_type": "行道树倒压占路",
    "property": "投诉",
    "source": "美丽深圳",
    "achieve": "按期办结",
    "dispose_unit": "-",
}
MESSAGES = {
    "message_id": "1",
    "user_id": "A1",
    "title": "路灯不亮",
    "time": "2019-03-01T08:00:00",
    "text": "B市的路灯\n比A7县的暗",
    "dislikes": "0",
    "likes": "0",
}
SANANTONIO = {
    "IncidentNumber": "SAPD-1",
    "ResponseDate": "1696136401250",
    "Category": "Traffic Calls",
    "ProblemType": "High Water",
    "PatrolDistrict": "5310",
    "Substation": "WEST",
    "LAT": "29.4",
    "LON": "-98.6",
}
NYC = {
    "Unique Key": "1",
    "Created Date": "07/04/2024 11:05:00 PM",
    "Closed Date": "",
    "Agency": "DEP",
    "Complaint Type": "Sewer",
    "Descriptor": "Manhole Cover Missing (Emergency) (SA3)",
    "Incident Zip": "10451",
    "Incident Address": "1 EXAMPLE AVENUE",
    "City": "BRONX",
    "Status": "Open",
    "Community Board": "04 BRONX",
    "Borough": "BRONX",
    "Latitude": "40.82",
    "Longitude": "-73.92",
}
OPEN311: dict[str, Any] = {
    "service_request_id": "638344",
    "status": "closed",
    "status_notes": "Done.",
    "service_name": "Street Light Out",
    "service_code": "006",
    "description": None,
    "requested_datetime": "2010-04-14T06:37:38-08:00",
    "updated_datetime": "2010-04-14T06:37:38-08:00",
    "address": "8th AVE and JUDAH ST",
    "zipcode": "94122",
    "lat": 37.76,
    "long": -122.46,
}
FENGHUO: dict[str, Any] = {
    "source": "sos",
    "id": "s-1",
    "occurred_at": "2026-01-01T08:00:00+08:00",
    "device": "band-7",
    "district": "龙湖区",
}

CSV = {
    "stlouis-requests": STLOUIS_REQUESTS,
    "stlouis-incidents": STLOUIS_INCIDENTS,
    "chicago-sanitation": SANITATION,
    "chicago-food": FOOD,
    "chicago-burglaries": BURGLARIES,
    "pingshan": PINGSHAN,
    "citizen-messages": MESSAGES,
    "sanantonio-calls": SANANTONIO,
    "nyc311": NYC,
}
JSON = {"open311": OPEN311, "fenghuo": FENGHUO}


def read(folder: Path, name: str, *rows: dict[str, Any]) -> list[Row]:
    text = io.StringIO()
    if name in CSV:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    else:
        text.writelines(json.dumps(row) + "\n" for row in rows)
    (folder / "data").write_text(text.getvalue(), encoding="utf-8")
    return list(load_mapping(name).rows(folder / "data"))


def test_every_shipped_mapping_is_tried_here() -> None:
    assert set(shipped_mappings()) == {*CSV, *JSON}


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        (
            "stlouis-requests",
            "hotline",
            {"id": "77", "kind": "road_collapse", "district": "35", "occurred_at": "2018-07-01T14:15:30+00:00"},
        ),
        (
            "stlouis-incidents",
            "police",
            {"id": "18-99/51311", "kind": "theft", "district": "35", "occurred_at": "2018-02-01T05:59:00+00:00"},
        ),
        (
            "chicago-sanitation",
            "hotline",
            {"id": "12-77", "kind": "garbage", "resolution": "day", "occurred_at": "2012-07-04T05:00:00+00:00"},
        ),
        (
            "chicago-food",
            "grid",
            {"id": "500", "kind": "consumer", "resolution": "day", "occurred_at": "2012-12-24T06:00:00+00:00"},
        ),
        ("chicago-burglaries", "police", {"id": "900", "kind": "theft", "resolution": "day", "district": "32"}),
        (
            "pingshan",
            "grid",
            {"id": "1", "kind": "tree_fall", "district": "龙田街道", "community": "老坑社区", "lon": None},
        ),
        (
            "citizen-messages",
            "hotline",
            {"id": "1", "kind": "", "district": "A7县", "caller": "A1", "occurred_at": "2019-03-01T00:00:00+00:00"},
        ),
        (
            "sanantonio-calls",
            "police",
            {
                "id": "SAPD-1",
                "kind": "waterlogging",
                "district": "WEST",
                "occurred_at": "2023-10-01T05:00:01.250000+00:00",
            },
        ),
        (
            "nyc311",
            "hotline",
            {
                "id": "1",
                "kind": "manhole",
                "district": "BRONX",
                "street": "04 BRONX",
                "address": "1 EXAMPLE AVENUE, BRONX 10451",
                "occurred_at": "2024-07-05T03:05:00+00:00",
            },
        ),
        (
            "open311",
            "hotline",
            {
                "id": "638344",
                "kind": "streetlight",
                "district": "94122",
                "status": "open",
                "text": "Done.",
                "lat": 37.76,
                "occurred_at": "2010-04-14T14:37:38+00:00",
            },
        ),
        ("fenghuo", "sos", {"id": "s-1", "device": "band-7", "occurred_at": "2026-01-01T08:00:00+08:00"}),
    ],
)
def test_an_invented_row_becomes_the_report_it_should(
    tmp_path: Path, name: str, source: str, expected: dict[str, object]
) -> None:
    (row,) = read(tmp_path, name, (CSV | JSON)[name])
    assert isinstance(row, RowOk), row
    report = row.report
    assert type(report).source == source
    found = {key: getattr(report, key) for key in expected}
    if "occurred_at" in found:
        found["occurred_at"] = report.occurred_at.isoformat()
    assert found == expected
    assert row.t == report.occurred_at.timestamp()
    assert report.kind in {"", *load_taxonomy().kinds}
    assert msgspec.json.decode(msgspec.json.encode(report), type=type(report)) == report, "the topic takes it"


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("stlouis-requests", {"PROBLEMCODE": "Sunshine Request"}, {"kind": "other"}),
        ("stlouis-requests", {"SRX": "1", "SRY": "1"}, {"lon": None, "lat": None}),
        ("stlouis-requests", {"NEIGHBORHOOD": ""}, {"district": ""}),
        ("stlouis-requests", {"STATUS": "CLOSED"}, {"status": "open"}),
        ("stlouis-incidents", {"neighborhood": "0", "x_coord": "0", "y_coord": "0"}, {"district": "", "lon": None}),
        ("stlouis-incidents", {"description": "ASSAULT, ADULT-DOMESTIC"}, {"kind": "family"}),
        ("chicago-sanitation", {"Community_Area": "0"}, {"district": ""}),
        ("chicago-sanitation", {"What_is_the_Nature_of_this_Code_Violation": "Standing water"}, {"kind": "other"}),
        ("chicago-food", {"Results": "Pass"}, {"kind": "other"}),
        ("chicago-burglaries", {"Latitude": "", "Longitude": ""}, {"lon": None}),
        ("pingshan", {"source": "12345", "street": "-", "community": "-"}, {"district": "", "community": ""}),
        ("pingshan", {"sub_type": "没有见过的", "main_type": "工业噪声"}, {"kind": "noise"}),
        ("citizen-messages", {"text": "B市的路灯"}, {"district": "B市"}),
        ("citizen-messages", {"text": "路灯"}, {"district": ""}),
        ("sanantonio-calls", {"ProblemType": "Disturbance"}, {"kind": "other"}),
        ("nyc311", {"Created Date": "2024-07-04T23:05:00.000"}, {"occurred_at": "2024-07-05T03:05:00+00:00"}),
        ("nyc311", {"Community Board": "Unspecified BRONX", "Borough": "Unspecified"}, {"street": "", "district": ""}),
        ("nyc311", {"Descriptor": "Loud Music/Party", "Complaint Type": "Noise - Park"}, {"kind": "noise"}),
        ("open311", {"description": "A lamp is out.", "service_name": "Lamp"}, {"text": "A lamp is out.", "kind": ""}),
        ("open311", {"lat": 0, "long": 0}, {"lon": None, "lat": None}),
        ("open311", {"service_name": None}, {"title": "006", "kind": ""}),
        ("open311", {"requested_datetime": "2010-04-14T06:37:38"}, {"occurred_at": "2010-04-14T06:37:38+00:00"}),
    ],
)
def test_odd_values_are_read_as_they_are_meant(
    tmp_path: Path, name: str, cells: dict[str, object], expected: dict[str, object]
) -> None:
    (row,) = read(tmp_path, name, (CSV | JSON)[name] | cells)
    assert isinstance(row, RowOk), row
    found = {key: getattr(row.report, key) for key in expected}
    if "occurred_at" in found:
        found["occurred_at"] = row.report.occurred_at.isoformat()
    assert found == expected


@pytest.mark.parametrize(
    ("name", "cells", "reason", "path"),
    [
        ("stlouis-requests", {"DATETIMEINIT": "01/01/2018"}, "TIME", "$.DATETIMEINIT"),
        ("stlouis-requests", {"SRX": "east"}, "SCHEMA", "$.SRX"),
        ("stlouis-requests", {"REQUESTID": ""}, "SCHEMA", "$.REQUESTID"),
        ("stlouis-incidents", {"date_occur": "31/01/2018 10:00"}, "TIME", "$.date_occur"),
        ("chicago-sanitation", {"Creation_Date": ""}, "TIME", "$.Creation_Date"),
        ("chicago-food", {"Inspection_Date": "2012-13-01"}, "TIME", "$.Inspection_Date"),
        ("chicago-burglaries", {"ID": ""}, "SCHEMA", "$.ID"),
        ("pingshan", {"create_time": "2018年9月16日"}, "TIME", "$.create_time"),
        ("citizen-messages", {"title": "长" * 2_001}, "SCHEMA", "$.title"),
        ("sanantonio-calls", {"ResponseDate": "now"}, "TIME", "$.ResponseDate"),
        ("nyc311", {"Created Date": "07/04/2024 13:05:00 PM"}, "TIME", "$['Created Date']"),
        ("open311", {"service_request_id": None}, "SCHEMA", "$.service_request_id"),
        ("open311", {"requested_datetime": None}, "TIME", "$.requested_datetime"),
        ("fenghuo", {"source": "letters"}, "SCHEMA", "$.source"),
        ("fenghuo", {"source": None}, "SCHEMA", "$.source"),
        ("fenghuo", {"occurred_at": "2026-01-01T08:00:00"}, "SCHEMA", "$.occurred_at"),
        ("fenghuo", {"lat": 91}, "SCHEMA", "$.lat"),
        ("fenghuo", {"phone": "1"}, "SCHEMA", "$.phone"),
    ],
)
def test_a_spoilt_row_is_bad_and_its_neighbours_are_not(
    tmp_path: Path, name: str, cells: dict[str, object], reason: str, path: str
) -> None:
    good = (CSV | JSON)[name]
    first, bad, last = read(tmp_path, name, good, good | cells, good)
    assert isinstance(first, RowOk)
    assert isinstance(last, RowOk)
    assert isinstance(bad, RowBad)
    assert (bad.reason, bad.path) == (reason, path)
    assert bad.source in load_mapping(name).sources
    assert first.size == last.size


def test_the_new_names_of_new_york_are_known_too(tmp_path: Path) -> None:
    new = {"Complaint Type": "Problem (formerly Complaint Type)", "Descriptor": "Problem Detail (formerly Descriptor)"}
    (row,) = read(tmp_path, "nyc311", {new.get(name, name): value for name, value in NYC.items()})
    assert isinstance(row, RowOk)
    assert (row.report.kind, row.report.title) == ("manhole", "Sewer")


def test_open311_is_read_as_a_list_too(tmp_path: Path) -> None:
    (tmp_path / "data").write_text(json.dumps([OPEN311, OPEN311], indent=1), encoding="utf-8")
    found = list(load_mapping("open311").rows(tmp_path / "data"))
    assert [type(row) for row in found] == [RowOk, RowOk]


@pytest.mark.parametrize("name", [name for name in shipped_mappings() if name != "fenghuo"])
def test_the_places_of_a_mapping_are_in_its_area_file(tmp_path: Path, name: str) -> None:
    mapping = load_mapping(name)
    areas = load_areas(mapping.areas)
    assert areas.open, "a foreign city's places may be missing from the file"
    (row,) = read(tmp_path, name, (CSV | JSON)[name])
    assert isinstance(row, RowOk)
    report = row.report
    place = areas.resolve(
        district=report.district, street=report.street, community=report.community, lon=report.lon, lat=report.lat
    )
    if mapping.areas != "open311":
        assert areas.get(place.district) is not None, place
