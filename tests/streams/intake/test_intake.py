from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import msgspec
import pytest

from detectors.taxonomy import load_taxonomy
from streams.errors import BadInput
from streams.intake.hazards import Hazard, HazardRegister
from streams.intake.intake import LONGEST_TEXT, Intake
from streams.intake.places import load_areas
from streams.sources.grid import GridReport
from streams.sources.hotline import HotlineCall
from streams.sources.police import PoliceEvent
from streams.sources.report import Report
from streams.sources.sos import SosCall

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
NOW = NOON.timestamp()


@cache
def intake(area: str = "shantou") -> Intake:
    hazards = HazardRegister([Hazard(name="园", scene="chemical_park", risk="red", lon=116.5, lat=23.2, radius_m=300)])
    return Intake(areas=load_areas(area), taxonomy=load_taxonomy(), reporter_key=b"for tests only..", hazards=hazards)


def a_call(**over: Any) -> HotlineCall:
    return HotlineCall(**{"id": "1", "occurred_at": NOON, **over})


def refused(report: Report, now: float = NOW) -> tuple[str, str]:
    with pytest.raises(BadInput) as caught:
        intake().normalise(report, now)
    return caught.value.reason, caught.value.path


def test_a_call_becomes_a_masked_placed_and_classified_event() -> None:
    event = intake().normalise(
        a_call(
            title="煤气味",
            text="王小明先生13800138000称3栋502室有煤气味，有爆炸危险",
            district="龙湖区",
            street="金霞",
            spot="幸福里小区3栋502室",
            caller="13800138000",
            people=3,
        ),
        NOW,
    )
    assert event.id == "hotline:1"
    assert (event.kind, event.kind_by, event.tags) == ("gas_leak", "lexicon", ("danger",))
    assert event.text == "煤气味 *先生[手机号]称[门牌]有煤气味，有爆炸危险"
    assert (event.place.district, event.place.street) == ("440507", "440507-01")
    assert (event.place.spot, event.place.name) == ("440507/幸福里小区", "金霞街道·幸福里小区")
    assert len(event.reporter) == 16
    assert event.people == 3


def test_instants_become_utc() -> None:
    east = timezone(timedelta(hours=8))
    event = intake().normalise(a_call(occurred_at=NOON.astimezone(east)), NOW)
    assert event.occurred_at == NOON
    assert event.occurred_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("occurred_at", "expected"),
    [
        (NOON + timedelta(seconds=301), ("FUTURE", "$.occurred_at")),
        (datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC), ("ANCIENT", "$.occurred_at")),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), ("ANCIENT", "$.occurred_at")),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))), ("FUTURE", "$.occurred_at")),
        (datetime(2026, 1, 15, 12), ("SCHEMA", "$.occurred_at")),  # noqa: DTZ001 - naive is the point
    ],
)
def test_times_that_cannot_be_believed_are_refused(occurred_at: datetime, expected: tuple[str, str]) -> None:
    assert refused(a_call(occurred_at=occurred_at)) == expected


@pytest.mark.parametrize("occurred_at", [NOON + timedelta(seconds=300), datetime(2000, 1, 1, tzinfo=UTC)])
def test_times_just_within_are_accepted(occurred_at: datetime) -> None:
    assert intake().normalise(a_call(occurred_at=occurred_at), NOW).occurred_at == occurred_at


def test_a_kind_outside_the_taxonomy_is_refused() -> None:
    assert refused(a_call(kind="flying_saucer")) == ("UNKNOWN_KIND", "$.kind")


def test_a_given_kind_is_believed_and_tags_still_come_from_the_text() -> None:
    event = intake().normalise(a_call(kind="noise", text="发生爆炸"), NOW)
    assert (event.kind, event.kind_by, event.tags) == ("noise", "source", ("danger",))


def test_a_text_nobody_can_tell_is_other() -> None:
    event = intake().normalise(a_call(text="你好"), NOW)
    assert (event.kind, event.kind_by) == ("other", "none")


def test_the_text_is_cut_after_masking() -> None:
    event = intake().normalise(a_call(text="水" * (LONGEST_TEXT - 3) + "13800138000"), NOW)
    assert len(event.text) == LONGEST_TEXT
    assert "1380" not in event.text


def test_a_closing_record_has_an_id_of_its_own() -> None:
    event = intake().normalise(a_call(status="closed", text="井盖破损已修复"), NOW)
    assert (event.id, event.status, event.kind) == ("hotline:1:closed", "closed", "manhole")


def test_the_police_case_type_is_read_like_a_title() -> None:
    event = intake().normalise(PoliceEvent(id="1", occurred_at=NOON, case_type="斗殴", text="两人"), NOW)
    assert (event.kind, event.text) == ("fight", "斗殴 两人")


def test_one_caller_of_two_sources_is_one_reporter_and_a_worker_is_another() -> None:
    reports: list[Report] = [
        a_call(caller="13800138000"),
        PoliceEvent(id="1", occurred_at=NOON, caller="+86 138-0013-8000"),
        GridReport(id="1", occurred_at=NOON, worker="13800138000"),
        SosCall(id="1", occurred_at=NOON, device="13800138000"),
    ]
    tokens = [intake().normalise(report, NOW).reporter for report in reports]
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 3


@pytest.mark.parametrize("id_", ["a\x00b", "a\nb", "\ud800"])
def test_an_id_with_control_characters_is_refused(id_: str) -> None:
    assert refused(a_call(id=id_)) == ("SCHEMA", "$.id")


def test_a_lone_surrogate_in_a_contact_is_bad_input() -> None:
    assert refused(a_call(caller="x\ud800")) == ("ENCODING", "$")


def test_an_address_stands_in_for_a_spot() -> None:
    place = (
        intake().normalise(a_call(district="龙湖区", address="汕头市龙湖区金霞街道幸福里小区3栋502室，后门"), NOW).place
    )
    assert (place.spot, place.name) == ("440507/幸福里小区", "龙湖区·幸福里小区")


def test_coordinates_are_better_than_an_address_that_names_no_listed_spot() -> None:
    listed = load_areas("shantou").resolve(spot="海田小学")
    near = {"lon": listed.lon, "lat": listed.lat}
    assert intake().normalise(a_call(address="某某路口", **near), NOW).place.spot.startswith("@")
    assert intake().normalise(a_call(address="海田小学", **near), NOW).place.spot == listed.spot


def test_names_in_spots_are_masked() -> None:
    place = intake().normalise(a_call(district="龙湖区", spot="张先生家13800138000"), NOW).place
    assert place.spot == "440507/*先生家"


def test_a_hazard_adds_its_scene() -> None:
    place = intake().normalise(a_call(lon=116.5005, lat=23.2005), NOW).place
    assert {"chemical_park", "risk_red"} <= set(place.scenes)


def test_personal_data_in_the_names_of_an_open_tree_is_masked() -> None:
    event = intake("stlouis").normalise(a_call(district="call 13800138000", street="x@example.com"), NOW)
    assert "13800138000" not in msgspec.json.encode(event).decode()
    assert "example.com" not in msgspec.json.encode(event).decode()


def test_a_short_reporter_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16"):
        Intake(areas=load_areas("shantou"), taxonomy=load_taxonomy(), reporter_key=b"short")


@pytest.mark.parametrize("id_", ["13800138000", "44050719900101123X", "粤D12345", "工单王小明先生", "a@example.com"])
def test_an_id_that_tells_a_number_or_a_name_is_replaced_by_one_that_does_not_and_is_always_the_same(id_: str) -> None:
    one, again = (intake().normalise(a_call(id=id_), NOW).id for _ in range(2))
    assert one == again
    assert re.fullmatch(r"hotline:id-[0-9a-f]{16}", one)
    assert intake().normalise(a_call(id=id_, status="closed"), NOW).id == f"{one}:closed"
    assert intake().normalise(a_call(id=f"{id_} "), NOW).id != one


@pytest.mark.parametrize(
    "id_", ["GD20260115000123", "DH2509170800036", "SZ000000001", "1", "a-b_c:7", "SR19-00123456", "工单1"]
)
def test_an_id_that_tells_nothing_stays(id_: str) -> None:
    assert intake().normalise(a_call(id=id_), NOW).id == f"hotline:{id_}"
