"""Event time across partitions: the slowest channel decides, an idle one does not, and nothing goes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec import encode
from streams.watermarks import NEVER, ChannelClock, Channels, WatermarkRecord, read_clock


def test_an_event_more_than_the_lateness_behind_its_channel_is_late() -> None:
    clock = ChannelClock()
    assert clock.accepts(100.0, 10.0)
    assert clock.accepts(90.0, 10.0)
    assert not clock.accepts(89.9, 10.0)
    assert clock.newest == 100.0


def test_a_channel_not_heard_from_holds_the_watermark_back_until_it_is_idle() -> None:
    channels = Channels(["a", "b"])
    assert channels.promise("a", 1, WatermarkRecord(watermark=50.0)) == NEVER
    assert channels.promise("b", -1, WatermarkRecord(watermark=None, idle=True)) == 50.0


def test_when_all_are_idle_the_furthest_decides() -> None:
    channels = Channels(["a", "b"])
    channels.promise("a", 1, WatermarkRecord(watermark=50.0, idle=True))
    assert channels.promise("b", 1, WatermarkRecord(watermark=70.0, idle=True)) == 70.0


def test_the_first_channel_to_wake_up_makes_nothing_late_that_the_others_hold() -> None:
    channels = Channels(["a", "b"])
    for name in "ab":
        channels.promise(name, 1, WatermarkRecord(watermark=50.0, idle=True), 1_000.0)
    assert channels.promise("a", 2, WatermarkRecord(watermark=900.0), 1_020.0) == 50.0
    assert channels.promise("b", 2, WatermarkRecord(watermark=100.0), 1_021.0) == 50.0
    assert channels.promise("a", 2, WatermarkRecord(watermark=900.0), 1_026.0) == 100.0


def test_a_channel_that_sleeps_on_is_not_waited_for_longer() -> None:
    channels = Channels(["a", "b"])
    for name in "ab":
        channels.promise(name, 1, WatermarkRecord(watermark=50.0, idle=True), 1_000.0)
    assert channels.promise("a", 2, WatermarkRecord(watermark=900.0), 1_020.0) == 50.0
    assert channels.promise("a", 3, WatermarkRecord(watermark=901.0), 1_025.0) == 901.0


def test_a_raw_record_is_new_once() -> None:
    channels = Channels(["a"])
    assert [channels.is_new("a", offset) for offset in (0, 2, 2, 1, 3)] == [True, True, False, False, True]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 100), st.booleans())))
def test_the_watermark_never_goes_back(said: list[tuple[str, float, bool]]) -> None:
    channels = Channels("abc")
    reached = NEVER
    for offset, (name, watermark, idle) in enumerate(said):
        now = channels.promise(name, offset, WatermarkRecord(watermark=watermark, idle=idle))
        assert now >= reached
        reached = now


@pytest.mark.parametrize("clock", [ChannelClock(), ChannelClock(offset=3), ChannelClock(7, 100.0, 200.0)])
def test_what_is_kept_of_a_channel_is_read_again_also_when_nothing_of_it_could_be_used(clock: ChannelClock) -> None:
    assert read_clock(encode(clock)) == clock


def test_nothing_kept_and_what_an_earlier_release_kept_can_be_read() -> None:
    assert read_clock(None) == ChannelClock()
    assert read_clock(b'{"offset":7,"newest":100.0}') == ChannelClock(7, 100.0)
