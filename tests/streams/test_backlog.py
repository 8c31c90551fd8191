"""A backlog of several partitions is handed on in the order of event time, and nobody waits for ever."""

from __future__ import annotations

import doctest
import sys
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.backlog import Backlog

Times = list[float]

CHANNELS = st.dictionaries(st.sampled_from("abcd"), st.lists(st.floats(0, 100), max_size=30), min_size=1)


def fed(channels: dict[str, Times], size: int, most: int = 10_000) -> list[tuple[str, float]]:
    """Read channels a batch at a time, in turns, and return what was handed on."""
    backlog: Backlog[str, float] = Backlog(most, 2.0)
    for name in channels:
        backlog.expect(name, 2.0)
    left = {name: list(times) for name, times in channels.items()}
    got: list[tuple[str, float]] = []
    while any(left.values()):
        for name, times in left.items():
            batch, left[name] = times[:size], times[size:]
            if batch:
                backlog.add(name, [(t, t) for t in batch], now=0.0, more=bool(left[name]))
                got += backlog.take(0.0)
    got += backlog.take(2.0)
    assert len(backlog) == 0
    return got


@given(CHANNELS, st.integers(1, 10))
def test_every_item_is_handed_on_once_and_in_the_order_of_its_channel(channels: dict[str, Times], size: int) -> None:
    got = fed(channels, size)
    assert {name: [t for channel, t in got if channel == name] for name in channels} == channels


@given(CHANNELS, st.integers(1, 10), st.integers(0, 40))
def test_nothing_is_lost_however_little_may_wait(channels: dict[str, Times], size: int, most: int) -> None:
    assert sorted(fed(channels, size, most)) == sorted((name, t) for name, times in channels.items() for t in times)


@given(CHANNELS.map(lambda channels: {name: sorted(times) for name, times in channels.items()}), st.integers(1, 10))
def test_channels_in_order_are_merged_in_order(channels: dict[str, Times], size: int) -> None:
    times = [t for _, t in fed({name: ts for name, ts in channels.items() if ts}, size)]
    assert all(one <= other for one, other in pairwise(times))


def test_a_channel_that_brings_nothing_is_waited_for_and_no_longer() -> None:
    backlog: Backlog[str, str] = Backlog(1_000, 2.0)
    backlog.expect("silent", until=0.5)
    backlog.add("a", [(1.0, "x")], now=0.0, more=False)
    assert list(backlog.take(0.4)) == []
    assert list(backlog.take(0.5)) == [("a", "x")]


def test_a_channel_that_holds_more_is_waited_for_as_long_as_patience_lasts() -> None:
    backlog: Backlog[str, float] = Backlog(1_000, 2.0)
    backlog.add("slow", [(1.0, 1.0)], now=0.0, more=True)
    backlog.add("a", [(5.0, 5.0)], now=0.0, more=False)
    assert list(backlog.take(0.0)) == [("slow", 1.0)]
    assert list(backlog.take(1.9)) == []
    assert list(backlog.take(2.0)) == [("a", 5.0)]


def test_with_too_much_waiting_a_channel_that_nothing_waits_of_holds_nobody_back() -> None:
    backlog: Backlog[str, float] = Backlog(3, 2.0)
    backlog.expect("silent", until=9.0)
    backlog.add("a", [(float(t), t) for t in range(3)], now=0.0, more=True)
    assert list(backlog.take(0.0)) == []
    backlog.add("a", [(3.0, 3.0)], now=0.0, more=True)
    assert [t for _, t in backlog.take(0.0)] == [0, 1, 2, 3]


def test_a_late_item_keeps_its_place_in_its_channel() -> None:
    backlog: Backlog[str, float] = Backlog(10, 2.0)
    backlog.add("a", [(5.0, 5.0), (1.0, 1.0)], now=0.0, more=False)
    backlog.add("b", [(4.0, 4.0), (6.0, 6.0)], now=0.0, more=False)
    assert list(backlog.take(0.0)) == [("b", 4.0), ("a", 5.0), ("a", 1.0), ("b", 6.0)]


def test_what_is_of_now_waits_for_no_channel_that_is_days_behind() -> None:
    backlog: Backlog[str, float] = Backlog(1_000, 2.0)
    backlog.add("old", [(1.0, 1.0), (3.0, 3.0)], now=0.0, more=True)
    backlog.add("a", [(2.0, 2.0), (4.0, 4.0), (900.0, 900.0)], now=0.0, more=False)
    backlog.add("b", [(901.0, 901.0)], now=0.0, more=False)
    assert [t for _, t in backlog.take(0.0, fresh=800.0)] == [1.0, 2.0, 3.0, 901.0]
    assert len(backlog) == 2


def test_what_waits_of_a_channel_that_is_dropped_is_gone() -> None:
    backlog: Backlog[str, float] = Backlog(10, 2.0)
    backlog.add("a", [(5.0, 5.0)], now=0.0, more=False)
    backlog.add("b", [(4.0, 4.0)], now=0.0, more=False)
    backlog.drop("b")
    backlog.drop("c")
    assert list(backlog.take(0.0)) == [("a", 5.0)]


def test_the_example_holds() -> None:
    assert doctest.testmod(sys.modules[Backlog.__module__]).failed == 0
