from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.mapping_time import directives_of, is_absolute, time_reader

CHICAGO = ZoneInfo("America/Chicago")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("pattern", "cell", "expected"),
    [
        ("%Y-%m-%d", "2018-07-01", datetime(2018, 7, 1, 5, tzinfo=UTC)),
        ("%Y-%m-%d", "2018-01-01", datetime(2018, 1, 1, 6, tzinfo=UTC)),
        ("%m/%d/%Y %H:%M", "1/2/2018 3:04", datetime(2018, 1, 2, 9, 4, tzinfo=UTC)),
        ("%m/%d/%Y %I:%M:%S %p", "01/02/2018 12:00:01 AM", datetime(2018, 1, 2, 6, 0, 1, tzinfo=UTC)),
        ("%m/%d/%Y %I:%M:%S %p", "01/02/2018 12:00:01 pm", datetime(2018, 1, 2, 18, 0, 1, tzinfo=UTC)),
        ("%Y-%m-%dT%H:%M:%SZ", "2018-01-02T03:04:05Z", datetime(2018, 1, 2, 9, 4, 5, tzinfo=UTC)),
        ("%Y-%m-%dT%H:%M:%S.%f", "2018-01-02T03:04:05.25", datetime(2018, 1, 2, 9, 4, 5, 250_000, tzinfo=UTC)),
        ("%Y-%m-%d %H:%M:%S %z", "2018-01-02 03:04:05 +08:00", datetime(2018, 1, 1, 19, 4, 5, tzinfo=UTC)),
        ("%d %b %Y", "2 JAN 2018", datetime(2018, 1, 2, 6, tzinfo=UTC)),
        ("rfc3339", "2018-01-02T03:04:05+08:00", datetime(2018, 1, 1, 19, 4, 5, tzinfo=UTC)),
        ("rfc3339", "2018-01-02T03:04:05Z", datetime(2018, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("rfc3339", "2018-01-02T03:04:05", datetime(2018, 1, 2, 9, 4, 5, tzinfo=UTC)),
        ("epoch_s", "1514862245", datetime(2018, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("epoch_ms", "1514862245678", datetime(2018, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)),
    ],
)
def test_every_format_gives_the_instant_in_utc(pattern: str, cell: str, expected: datetime) -> None:
    t, at = time_reader([pattern], CHICAGO)(cell)
    assert at == expected
    assert at.tzinfo is UTC
    assert t == at.timestamp()


def test_an_hour_that_comes_twice_is_the_first_of_the_two() -> None:
    read = time_reader(["%Y-%m-%d %H:%M"], CHICAGO)
    assert read("2018-11-04 01:30")[1] == datetime(2018, 11, 4, 6, 30, tzinfo=UTC)
    assert read("2018-11-04 02:30")[1] == datetime(2018, 11, 4, 8, 30, tzinfo=UTC)


def test_formats_are_tried_in_order() -> None:
    read = time_reader(["%Y-%m-%d", "%m/%d/%Y", "epoch_s"], SHANGHAI)
    assert read("2018-09-16")[0] == read("09/16/2018")[0] == datetime(2018, 9, 15, 16, tzinfo=UTC).timestamp()
    assert read("0")[0] == 0.0
    with pytest.raises(ValueError, match="could not convert"):
        read("yesterday")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("%Y-%m-%q", "unknown in a time format: %q"),
        ("%Y-%m", "needs %Y, %d"),
        ("%Y-%m-%d %d", "twice"),
        ("%Y-%m-%d %I:%M", "%I goes with %p"),
        ("%Y-%m-%d %H %p", "%I goes with %p"),
        ("%Y %m %b %d", "either %m or %b"),
        ("%Y-%m-%d %", "unknown"),
    ],
)
def test_a_format_that_cannot_work_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        directives_of(pattern)


def test_only_times_with_an_offset_need_no_zone() -> None:
    assert [is_absolute(one) for one in ("epoch_s", "epoch_ms", "%Y-%m-%d %z", "rfc3339", "%Y-%m-%d")] == [
        True,
        True,
        True,
        False,
        False,
    ]


PATTERNS = ["%Y-%m-%d", "%m/%d/%Y %I:%M:%S %p", "%d %b %Y %z", "%Y-%m-%dT%H:%M:%S.%f", "rfc3339", "epoch_s", "epoch_ms"]


@given(
    pattern=st.sampled_from(PATTERNS),
    cell=st.text(max_size=30)
    | st.from_regex(r"\A[0-9]{1,4}[-/ ][0-9a-zA-Z]{1,3}[-/ ][0-9]{1,4}.{0,14}\Z")
    | st.floats().map(str),
)
def test_whatever_a_cell_holds_it_is_an_instant_or_a_value_error(pattern: str, cell: str) -> None:
    read = time_reader([pattern], CHICAGO)
    try:
        t, at = read(cell)
    except ValueError:
        return
    assert at.tzinfo is UTC
    assert t == at.timestamp()


@given(at=st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_the_fast_reader_agrees_with_strptime(at: datetime) -> None:
    at = at.replace(microsecond=0)
    cell = at.strftime("%Y-%m-%dT%H:%M:%S")
    expected = datetime.strptime(cell, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=CHICAGO).astimezone(UTC)
    assert time_reader(["%Y-%m-%dT%H:%M:%S"], CHICAGO)(cell)[1] == expected
