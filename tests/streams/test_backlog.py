"""A backlog of several partitions is handed on in the order of event time, and nobody waits for ever."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.backlog import Backlog

Times = list[float]

CHANNELS = st.dictionaries(st.sampled_from("abcd"), st.lists(st.floats(0, 100), max_size=30), min_size=1)


def fed(channels: dict[str, Times], size: int, most: int = 10_000) -> list[tuple[str, float]]:
    """Read channels a batch at a time, in turns, and return what was handed on."""
    backlog: Backlog[str, float] = Backlog(most)
    for name in channels:
        backlog.expect(name)
    left = {name: list(times) for name, times in channels.items()}
    got: list[tuple[str, float]] = []
    while any(left.values()):
        for name, times in left.items():
            batch, left[name] = times[:size], times[size:]
            if batch:
                backlog.add(name, [(t, t) for t in batch], more=bool(left[name]))
                got += backlog.take()
    for _ in range(2):
        backlog.tick()
        got += backlog.take()
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


def test_a_channel_that_brings_nothing_is_waited_for_until_the_second_tick() -> None:
    backlog: Backlog[str, str] = Backlog(1_000)
    backlog.expect("silent")
    backlog.add("a", [(1.0, "x")], more=False)
    assert list(backlog.take()) == []
    backlog.tick()
    assert list(backlog.take()) == []
    backlog.tick()
    assert list(backlog.take()) == [("a", "x")]


def test_with_too_much_waiting_a_channel_that_nothing_waits_of_holds_nobody_back() -> None:
    backlog: Backlog[str, float] = Backlog(3)
    backlog.expect("silent")
    backlog.add("a", [(float(t), t) for t in range(3)], more=True)
    assert list(backlog.take()) == []
    backlog.add("a", [(3.0, 3.0)], more=True)
    assert [t for _, t in backlog.take()] == [0, 1, 2, 3]


def test_a_late_item_keeps_its_place_in_its_channel() -> None:
    backlog: Backlog[str, float] = Backlog(10)
    backlog.add("a", [(5.0, 5.0), (1.0, 1.0)], more=False)
    backlog.add("b", [(4.0, 4.0), (6.0, 6.0)], more=False)
    assert list(backlog.take()) == [("b", 4.0), ("a", 5.0), ("a", 1.0), ("b", 6.0)]


def test_what_waits_of_a_channel_that_is_dropped_is_gone() -> None:
    backlog: Backlog[str, float] = Backlog(10)
    backlog.add("a", [(5.0, 5.0)], more=False)
    backlog.add("b", [(4.0, 4.0)], more=False)
    backlog.drop("b")
    backlog.drop("c")
    assert list(backlog.take()) == [("a", 5.0)]
