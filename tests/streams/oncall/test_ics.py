"""Shifts out of calendar files."""

from __future__ import annotations

from contextlib import suppress
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from streams.errors import ConfigurationError
from streams.oncall.loading import OnCall
from streams.oncall.walltime import parse_instant
from tests.streams.oncall.planned import an_oncall

ROSTER = "rosters: {r: {role: duty, calendar: duty.ics, gap: up}}\nhorizon: 7d"
BERLIN = ZoneInfo("Europe/Berlin")


def a_calendar(*events: str) -> str:
    parts = [
        f"BEGIN:VEVENT\r\nUID:{n}\r\n" + event.strip().replace("\n", "\r\n") + "\r\nEND:VEVENT\r\n"
        for n, event in enumerate(events)
    ]
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\n"
        + "".join(parts).replace("UID:1\r\nUID:", "UID:")
        + "END:VCALENDAR\r\n"
    )


def loaded(*events: str) -> OnCall:
    return an_oncall(ROSTER, duty=a_calendar(*events))


def who(oncall: OnCall, at: str) -> list[str]:
    return [one.person for one in oncall.rota.who("duty", "d1", parse_instant(at, BERLIN))]


def test_a_weekly_shift_ends_at_eight_also_after_the_clocks_have_changed() -> None:
    oncall = loaded("""
DTSTART;TZID=Europe/Berlin:20260101T200000
DTEND;TZID=Europe/Berlin:20260102T080000
RRULE:FREQ=DAILY
SUMMARY:anna""")
    for day in ("2026-01-15", "2026-03-29", "2026-07-15", "2026-10-25"):
        assert [who(oncall, f"{day}T{hour}") for hour in ("07:59", "08:00", "19:59", "20:00")] == [
            ["anna"],
            [],
            [],
            ["anna"],
        ]


def test_who_is_told_by_attendees_or_by_names_in_the_title() -> None:
    oncall = loaded(
        "DTSTART:20260105T000000\nDTEND:20260106T000000\nSUMMARY:值班：Anna、bert",
        "DTSTART:20260106T000000\nDTEND:20260107T000000\nSUMMARY:whatever\nATTENDEE:mailto:Carl",
    )
    assert who(oncall, "2026-01-05T12:00") == ["anna", "bert"]
    assert who(oncall, "2026-01-06T12:00") == ["carl"]


def test_exceptions_additions_moved_and_cancelled_ones_are_heeded() -> None:
    series = "DTSTART:20260105T080000\nDURATION:PT2H\nRRULE:FREQ=DAILY;UNTIL=20260110T070000Z\nSUMMARY:anna"
    oncall = loaded(
        series + "\nEXDATE:20260106T080000\nRDATE:20260120T080000",
        "DTSTART:20260107T100000\nDURATION:PT2H\nRECURRENCE-ID:20260107T080000\nSUMMARY:bert".replace(
            "DTSTART", "UID:0\nDTSTART"
        ),
    )
    found = {day: who(oncall, f"2026-01-{day:02}T09:00") for day in (5, 6, 7, 8, 10, 11, 20)}
    assert found == {5: ["anna"], 6: [], 7: [], 8: ["anna"], 10: ["anna"], 11: [], 20: ["anna"]}
    assert who(oncall, "2026-01-07T11:00") == ["bert"]


def test_whole_days_are_the_citys_days() -> None:
    oncall = loaded("DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260107\nSUMMARY:anna")
    times = ("2026-01-04T23:59", "2026-01-05T00:00", "2026-01-06T23:59", "2026-01-07T00:00")
    assert [who(oncall, at) for at in times] == [[], ["anna"], ["anna"], []]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("DTSTART:20260105T080000\nDTEND:20260105T200000\nSUMMARY:zoe", "names 'zoe': none of the people"),
        ("DTSTART:20260105T080000\nDTEND:20260105T080000\nSUMMARY:anna", "does not end after it begins"),
        ("DTSTART:20260105T080000\nDURATION:PT1H\nRRULE:FREQ=HOURLY\nSUMMARY:anna", "FREQ=HOURLY is no shift"),
        ("SUMMARY:anna", "has no DTSTART"),
        ("DTSTART;TZID=Nowhere:20260105T080000\nDURATION:PT1H\nSUMMARY:anna", "a time zone nobody knows: Nowhere"),
        ("DTSTART:20260105T080000\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES\nSUMMARY:anna", "RRULE cannot be read"),
    ],
)
def test_an_event_that_is_no_shift_is_a_fault(event: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loaded(event)
    (fault,) = caught.value.faults
    assert fault.file == "duty.ics"
    assert said in fault.message


LINES = st.lists(
    st.tuples(
        st.sampled_from(["DTSTART", "DTSTART;VALUE=DATE", "DTEND", "DURATION", "RRULE", "EXDATE", "RDATE", "SUMMARY"]),
        st.sampled_from(
            [
                "20260105T080000",
                "20260105T080000Z",
                "20260105",
                "20260230",
                "PT8H",
                "-PT8H",
                "FREQ=DAILY;COUNT=3",
                "FREQ=WEEKLY;UNTIL=20260110",
                "FREQ=DAILY;INTERVAL=0",
                "FREQ=MONTHLY;BYDAY=9XX",
                "20260105T080000/PT1H",
                "anna",
                "",
            ]
        ),
    ),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(lines=LINES)
def test_whatever_stands_in_an_event_it_is_a_shift_or_a_fault(lines: list[tuple[str, str]]) -> None:
    event = "\n".join(f"{name}:{value}" for name, value in lines)
    with suppress(ConfigurationError):
        who(loaded(event), "2026-01-05T12:00")


def test_a_zone_by_the_name_other_calendar_programs_give_it_is_known() -> None:
    oncall = loaded("DTSTART;TZID=China Standard Time:20260105T080000\nDURATION:PT12H\nSUMMARY:anna")
    assert [who(oncall, f"2026-01-05T{hour}:00") for hour in ("00", "01", "12", "13")] == [[], ["anna"], ["anna"], []]


def test_a_gap_between_two_events_is_refused() -> None:
    calendar = a_calendar(
        "DTSTART:20260101T000000\nDTEND:20260105T080000\nSUMMARY:anna",
        "DTSTART:20260105T090000\nDTEND:20260301T000000\nSUMMARY:bert",
    )
    with pytest.raises(ConfigurationError, match="nobody is on duty from 2026-01-05 08:00 to 2026-01-05 09:00"):
        an_oncall("rosters: {r: {role: duty, calendar: duty.ics}}\nhorizon: 7d", duty=calendar)


def test_what_is_no_calendar_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"duty\.ics"):
        an_oncall(ROSTER, duty="hello")
    with pytest.raises(ConfigurationError, match="cannot be read: no such file"):
        an_oncall(ROSTER)
