from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.board.recent import Recent
from streams.codec import CONTEXT, encode, origin
from streams.tail import Heard
from tests.builders import T0, a_place, an_event


def told(event: object, ms: int = 5) -> Heard:
    return Heard("events", 0, 0, ms, b"d", encode(event), origin("hotline.calls/0", 1))


def test_events_are_found_by_id_kind_area_and_time() -> None:
    recent = Recent()
    here, there = a_place(), a_place(district="d2", street="s9", community="c9")
    for event in (an_event("1", 0), an_event("2", 4_000, "odor"), an_event("3", 9_000, place=there)):
        recent.take(told(event))
    assert recent.get("hotline:2").kind == "odor"
    ids = {event.id for event in recent.between(T0, T0 + 9_000)}
    assert ids == {"hotline:1", "hotline:2"}
    assert [event.id for event in recent.between(T0, T0 + 9_001, kinds={"noise"}, area="s9")] == ["hotline:3"]
    assert {event.id for event in recent.between(T0, T0 + 9_001, area=here.district)} == {"hotline:1", "hotline:2"}


def test_context_and_clocks_among_the_events_are_no_events() -> None:
    recent = Recent()
    recent.take(Heard("events", 0, 0, 5, b"c", b'{"no": "event"}', origin("context/0", 1, CONTEXT)))
    assert len(recent) == 0
    assert recent.reached is None


def test_the_newest_event_time_comes_with_when_it_was_heard() -> None:
    recent = Recent()
    recent.take(told(an_event("1", 60), ms=1_000))
    recent.take(told(an_event("2", 0), ms=2_000))
    assert (recent.reached, recent.reached_ms) == (T0 + 60, 1_000)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20_000)), max_size=60))
def test_no_more_than_asked_for_are_kept_and_what_is_kept_is_found(arrivals: list[tuple[int, int]]) -> None:
    recent, last = Recent(kept=10), {}
    for id_, t in arrivals:
        event = an_event(str(id_), t)
        if recent.get(event.id) is None:
            last[event.id] = event
        recent.take(told(event))
    assert len(recent) == min(10, len(recent))
    found = {event.id for event in recent.between(T0, T0 + 20_001)}
    assert len(found) == len(recent) <= 10
    assert all(recent.get(id_) == last[id_] for id_ in found)
