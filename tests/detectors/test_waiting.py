"""Events come out in one order, each once, whatever order they came in and however often the holder restarted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detectors.event import Event, Place
from detectors.waiting import Waiting
from detectors.windows import instant


def an_event(number: int, t: float) -> Event:
    return Event(id=f"sos:{number}", source="sos", kind="leak", occurred_at=instant(t), place=Place(district="d"))


def out_of(waiting: Waiting, watermark: float) -> list[tuple[float, str]]:
    return [(t, event.id) for event, t in waiting.until(watermark)]


class Store:
    """What a snapshot topic holds."""

    def __init__(self) -> None:
        self.items: dict[str, bytes] = {}

    def restarted(self, waiting: Waiting) -> Waiting:
        for name, data in waiting.dirty().items():
            if data is None:
                self.items.pop(name, None)
            else:
                self.items[name] = data
        assert not waiting.dirty()
        fresh = Waiting()
        fresh.restore(self.items)
        return fresh


@given(
    times=st.lists(st.integers(0, 50), max_size=60),
    cuts=st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60),
)
def test_every_event_comes_out_once_by_time_and_id(times: list[int], cuts: list[tuple[int, bool]]) -> None:
    waiting, store, watermark = Waiting(), Store(), 0.0
    got, sent = [], []
    for number, (late, restart) in enumerate(zip(times, [*cuts, *[(1, False)] * 60], strict=False)):
        t = max(float(late), watermark)
        waiting.add(an_event(number, t), t)
        sent.append((t, f"sos:{number}"))
        if restart[1]:
            waiting = store.restarted(waiting)
        watermark += restart[0]
        got += out_of(waiting, watermark)
    got += out_of(store.restarted(waiting), 1_000.0)
    assert got == sorted(sent)


def test_what_has_come_out_leaves_the_state() -> None:
    waiting, store = Waiting(), Store()
    for number in range(1_000):
        waiting.add(an_event(number, float(number)), float(number))
        list(waiting.until(number - 5.0))
        if number % 10 == 0:
            waiting = store.restarted(waiting)
    assert sum(map(len, store.items.values())) < 250 * 200


def test_one_id_at_one_time_in_two_districts_is_two_events_in_the_order_of_districts() -> None:
    there, here = (
        Event(id="sos:1", source="sos", kind="leak", occurred_at=instant(5.0), place=Place(district=district))
        for district in ("e", "d")
    )
    waiting, store = Waiting(), Store()
    for event in (there, here):
        waiting.add(event, 5.0)
    assert [event.place.district for event, _ in store.restarted(waiting).until(6.0)] == ["d", "e"]
    assert [event.place.district for event, _ in waiting.until(6.0)] == ["d", "e"]
