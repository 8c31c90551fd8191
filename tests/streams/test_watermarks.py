"""Event time across partitions: the slowest channel decides, an idle one does not, and nothing goes back."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.codec import encode
from streams.watermarks import MOST_DUE, NEVER, ChannelClock, Channels, WatermarkRecord, read_clock


def test_an_event_more_than_the_lateness_behind_its_channel_is_late() -> None:
    clock = ChannelClock()
    assert clock.accepts(100.0, 10.0)
    assert clock.accepts(90.0, 10.0)
    assert not clock.accepts(89.9, 10.0)
    assert clock.newest == 100.0


def idle(channels: Channels, name: str, watermark: float | None = None) -> float:
    return channels.promise(name, -1, WatermarkRecord(watermark=watermark, idle=True))


def active(channels: Channels, name: str, watermark: float) -> float:
    return channels.promise(name, 1, WatermarkRecord(watermark=watermark))


def test_a_channel_not_heard_from_holds_the_watermark_back_until_it_is_idle() -> None:
    channels = Channels(["a", "b"])
    assert active(channels, "a", 50.0) == NEVER
    assert [idle(channels, "b") for _ in range(3)] == [NEVER, NEVER, 50.0]


def test_when_all_are_idle_the_furthest_decides() -> None:
    channels = Channels(["a", "b"])
    idle(channels, "a", 50.0)
    idle(channels, "b", 70.0)
    assert [idle(channels, "a") for _ in range(2)] == [NEVER, 70.0]


def test_a_channel_that_wakes_up_after_others_were_read_makes_nothing_late_that_it_holds() -> None:
    channels = Channels(["a", "b"])
    for _ in range(3):
        idle(channels, "a", 50.0)
        idle(channels, "b", 50.0)
    assert active(channels, "a", 900.0) == 50.0
    assert idle(channels, "b") == 50.0  # it may have looked before
    assert active(channels, "b", 100.0) == 100.0
    assert active(channels, "b", 1_000.0) == 900.0


def test_a_channel_that_sleeps_on_is_waited_for_until_it_has_said_so_twice() -> None:
    channels = Channels(["a", "b"])
    idle(channels, "b")
    assert [active(channels, "a", 50.0), idle(channels, "b"), idle(channels, "b")] == [NEVER, NEVER, 50.0]
    assert [active(channels, "a", 900.0), idle(channels, "b"), active(channels, "a", 901.0)] == [50.0, 50.0, 50.0]
    assert [idle(channels, "b"), idle(channels, "b")] == [900.0, 901.0]


def test_however_long_an_idle_channel_is_silent_the_number_of_watermarks_due_is_bounded() -> None:
    channels = Channels(["a", "b"])
    idle(channels, "b")
    for t in range(1_000):
        active(channels, "a", float(t))
    assert len(channels.due) == MOST_DUE
    assert [idle(channels, "b"), idle(channels, "b")] == [NEVER, 999.0]


def test_an_idle_channel_that_can_bring_nothing_earlier_is_not_waited_for() -> None:
    channels = Channels(["a", "b"])
    assert idle(channels, "a", 70.0) == NEVER
    assert active(channels, "b", 60.0) == 60.0


_STEPS = st.lists(st.tuples(st.sampled_from(["write", "read", "tell", "look", "claim"]), st.sampled_from("abc")))


def _steps(said: str) -> list[tuple[str, str]]:
    return [(step, name) for step, name in (one.split() for one in said.split(", "))]


_ALL_REST = "look a, claim a, look b, claim b, look c, claim c, "
_WOKEN = "write a, write b, read b, tell b, "
_C_RESTS_ON = "look c, claim c, look c, claim c, "


@given(_STEPS)
@example(_steps(_ALL_REST + _WOKEN + _C_RESTS_ON + "read a"))
@example(_steps(_ALL_REST + "look a, " + _WOKEN + _C_RESTS_ON + "claim a, read a"))
def test_nothing_is_late_that_is_read_after_what_was_written_later(steps: list[tuple[str, str]]) -> None:
    """Three channels, written in the order of event time and read in any; the least lateness there can be: none."""
    channels, clock = Channels("abc"), 0.0
    waits: dict[str, deque[float]] = {name: deque() for name in "abc"}
    newest = dict.fromkeys("abc", NEVER)
    rests: set[str] = set()
    looked: set[str] = set()
    for step, name in steps:
        if step == "write":
            clock += 1.0
            waits[name].append(clock)
        elif step == "read" and waits[name]:
            newest[name] = waits[name].popleft()
            assert newest[name] >= channels.watermark
            rests.discard(name)
            looked.discard(name)
        elif step == "tell" and newest[name] > NEVER and name not in rests:
            active(channels, name, newest[name])
        elif step == "look" and not waits[name]:
            looked.add(name)
        elif step == "claim" and name in looked:  # said as it was when it looked, whatever has come since
            looked.discard(name)
            rests.add(name)
            idle(channels, name, newest[name] if newest[name] > NEVER else None)


def test_a_raw_record_is_new_once() -> None:
    channels = Channels(["a"])
    assert [channels.is_new("a", offset) for offset in (0, 2, 2, 1, 3)] == [True, True, False, False, True]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 100), st.booleans())))
def test_the_watermark_never_goes_back(said: list[tuple[str, float, bool]]) -> None:
    channels = Channels("abc")
    reached = NEVER
    for offset, (name, watermark, rests) in enumerate(said):
        now = channels.promise(name, offset, WatermarkRecord(watermark=watermark, idle=rests))
        assert now >= reached
        reached = now


@pytest.mark.parametrize("clock", [ChannelClock(), ChannelClock(offset=3), ChannelClock(7, 100.0, 200.0)])
def test_what_is_kept_of_a_channel_is_read_again_also_when_nothing_of_it_could_be_used(clock: ChannelClock) -> None:
    assert read_clock(encode(clock)) == clock


def test_nothing_kept_and_what_an_earlier_release_kept_can_be_read() -> None:
    assert read_clock(None) == ChannelClock()
    assert read_clock(b'{"offset":7,"newest":100.0}') == ChannelClock(7, 100.0)
