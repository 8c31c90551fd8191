"""Counts for the area index: every accepted event once, over restarts and over what is told again."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import msgspec

from rules.duty import Duty
from rules.fusion import Fusion
from rules.index_counting import EventCounter
from streams.alerts import AlertsPartition
from streams.codec import TALLY, WATERMARK, encode, origin
from streams.emission import Emission
from streams.index import IndexStage
from streams.partition import EventsPartition
from streams.tallying import Tallying, TallyRecord
from streams.watermarks import WatermarkRecord
from tests.builders import T0, a_pipeline, a_taxonomy, an_area_tree, an_event, the_book

HOUR, DAY = 3_600.0, 86_400.0


def the_log() -> list[Any]:
    """Five events, one of them twice, over three hours of event time, and the watermarks between them."""
    things: list[Any] = [0.0]
    for hour in range(3):
        things += [an_event(f"{hour}-{n}", hour * HOUR + n, reporter=f"r{n}") for n in range(2)]
        things.append((hour + 1) * HOUR)
    things.insert(2, things[1])
    made = []
    for n, thing in enumerate(things):
        if isinstance(thing, float):
            value, headers = encode(WatermarkRecord(watermark=T0 + thing)), origin("hotline.calls/0", n, WATERMARK)
        else:
            value, headers = encode(thing), origin("hotline.calls/0", n)
        made.append(SimpleNamespace(offset=n, timestamp=n, headers=headers, value=value))
    return made


def a_partition() -> EventsPartition:
    return EventsPartition(a_pipeline(), ["hotline.calls/0"], tallying=Tallying(an_area_tree(), a_taxonomy()))


def told(partition: EventsPartition, log: list[Any]) -> list[TallyRecord]:
    said: list[Emission] = []
    partition.take(log, said.append)
    return [emission.tally for emission in said if emission.tally is not None]


def test_every_accepted_event_is_told_once_whatever_restarts() -> None:
    whole = told(a_partition(), the_log())
    assert [[n for _, area, _, n in one.tally.cells if area == "city/test"] for one in whole] == [[], [2], [2], [2]]
    for cut in range(len(the_log())):
        before, after = a_partition(), a_partition()
        first = told(before, the_log()[:cut])
        after.restore({key: data for key, data in before.dirty().items() if data is not None})
        assert first + told(after, the_log()) == whole


def test_the_index_goes_on_where_counts_are_told_anew_from_lower_offsets() -> None:
    log = the_log()
    whole = told(a_partition(), log)
    index = IndexStage(an_area_tree(), a_taxonomy())
    alerts = AlertsPartition(Fusion(an_area_tree()), Duty(the_book(), "test"), the_book(), index=index)
    anew = [msgspec.structs.replace(one, offset=n) for n, one in enumerate(whole)]
    records = [
        SimpleNamespace(offset=n, timestamp=n, headers=origin("events.city/0", one.offset, TALLY), value=encode(one))
        for n, one in enumerate([*whole[:2], *anew])
    ]
    alerts.take(records, lambda _: None)
    assert alerts.counts["TALLY"] == len(whole) == 4


def test_the_index_comes_with_the_tallies_and_takes_none_twice() -> None:
    counter, tallies = EventCounter(an_area_tree(), a_taxonomy()), []
    for day in range(40):
        for n in range(10 if day != 38 else 200):
            counter.count(an_event(f"{day}-{n}", day * DAY + n))
        tallies.append(TallyRecord(day, counter.drain(T0 + (day + 1) * DAY)))
    records = [
        SimpleNamespace(offset=n, timestamp=n, headers=origin("events.city/0", one.offset, TALLY), value=encode(one))
        for n, one in enumerate(tally for tally in tallies for _ in range(2))
    ]
    told_of: tuple[list[Emission], list[Emission]] = ([], [])
    again = []
    for log, said in zip((records[::2], records), told_of, strict=True):
        index = IndexStage(an_area_tree(), a_taxonomy())
        alerts = AlertsPartition(Fusion(an_area_tree()), Duty(the_book(), "test"), the_book(), index=index)
        alerts.take(log, said.append)
        again.append((alerts.counts["TALLY"], dict(alerts.scores)))
    assert again[0] == again[1]
    assert again[0][0] == 40
    assert min(float(json.loads(one.value)["score"]) for said in told_of[0] for one in said.index) < 90.0
    assert [one.index for one in told_of[0]] == [one.index for one in told_of[1]]
