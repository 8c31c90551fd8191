"""Surges of counts per area, kind and window."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from detectors.event import Event, Place, Resolution
from detectors.rhythm import Rhythm
from detectors.signal import Signal
from detectors.surge import SurgeDetector
from detectors.surge_config import SurgeConfig

ZONE = ZoneInfo("Asia/Shanghai")
HOUR, DAY = 3600.0, 86400.0
HOURS = SurgeConfig(windows=("hour",))


def report(
    number: int,
    t: float,
    *,
    street: str = "s1",
    community: str = "",
    kind: str = "gas-leak",
    district: str = "d1",
    reporter: str = "",
    resolution: Resolution = "instant",
) -> tuple[Event, float]:
    inside = community or f"{street}c"
    place = Place(district=district, street=street, community=inside, name="河东街道", lon=116.7, lat=23.4)
    event = Event(
        id=f"sos:{number:05d}",
        source="sos" if number % 2 else "hotline",
        kind=kind,
        occurred_at=datetime.fromtimestamp(t, UTC),
        place=place,
        reporter=reporter,
        resolution=resolution,
    )
    return event, t


def watched(config: SurgeConfig = HOURS, *, hours: int = 240, zone: ZoneInfo = ZONE) -> SurgeDetector:
    """Return a detector that has seen one event an hour."""
    detector = SurgeDetector(config, zone)
    for hour in range(hours):
        assert detector.observe(*report(hour, hour * HOUR + 60.0)) == []
    assert detector.advance(hours * HOUR) == []
    return detector


def burst(detector: SurgeDetector, t: float, size: int, **what: str) -> list[Signal]:
    return [
        signal
        for n in range(size)
        for signal in detector.observe(*report(50_000 + n, t + n, **what))  # type: ignore[arg-type]
    ]


def test_a_burst_is_reported_while_it_lasts_and_when_its_hour_has_passed() -> None:
    detector = watched()
    provisional = burst(detector, 240 * HOUR, 12)
    assert [s.observed for s in provisional] == list(range(provisional[0].observed, 13))
    assert all(not s.final and not s.withdrawn and s.p_value <= 1e-3 for s in provisional)
    (final,) = detector.advance(241 * HOUR)
    assert final.final
    assert not final.withdrawn
    assert final.id == provisional[0].id
    assert (final.observed, final.level, final.kind, final.key) == (12, "street", "gas-leak", "s1|gas-leak")
    assert final.starts_at == datetime.fromtimestamp(240 * HOUR, UTC)
    assert final.ends_at == datetime.fromtimestamp(241 * HOUR, UTC)
    assert final.expected == pytest.approx(1.0, rel=0.3)
    assert final.expected < final.expected_high < 12
    assert final.model_age == 240
    assert final.place == Place(district="d1", street="s1", name="河东街道")
    assert final.sources == ("hotline", "sos")


def test_nothing_is_reported_before_the_warm_up() -> None:
    detector = watched(hours=167)
    assert burst(detector, 167 * HOUR, 30) == []
    assert detector.advance(168 * HOUR) == []
    assert burst(detector, 168 * HOUR, 30) != []


def test_a_stray_record_years_before_the_feed_begins_warms_nothing_up() -> None:
    detector = SurgeDetector(HOURS, ZONE)
    for day in (0, 5, 9, 900):
        detector.observe(*report(day, day * DAY))
    began = 3000 * DAY
    for hour in range(60):
        assert detector.observe(*report(10_000 + hour, began + hour * HOUR)) == []
    assert burst(detector, began + 60 * HOUR, 30) == []


def test_what_a_burst_teaches_does_not_hide_the_next() -> None:
    detector = watched()
    burst(detector, 240 * HOUR, 60)
    detector.advance(241 * HOUR)
    again = burst(detector, 241 * HOUR, 12)
    assert again[-1].observed == 12
    assert again[-1].expected < 2.0


def test_a_key_first_seen_in_a_watched_district_is_reported_at_once() -> None:
    detector = watched()
    assert burst(detector, 240 * HOUR, 6, street="s2")[-1].observed == 6
    assert burst(detector, 240 * HOUR + 600, 6, kind="explosion")[-1].kind == "explosion"
    assert burst(detector, 240 * HOUR + 1200, 30, district="d2") == []


def test_a_provisional_signal_is_withdrawn_when_an_hour_before_it_raises_what_was_expected() -> None:
    detector = watched(replace(HOURS, min_count=2, alpha_report=0.02, warm_up_hours=3), hours=4)
    early = burst(detector, 5 * HOUR, 6)[-1]
    assert early.observed == 6
    for n in range(3):
        detector.observe(*report(60_000 + n, 4 * HOUR + n))
    again = {signal.id: signal for signal in detector.advance(5 * HOUR)}[early.id]
    assert again.withdrawn
    assert not again.final
    assert again.expected > early.expected
    assert again.p_value > 0.02 > early.p_value
    assert detector.advance(6 * HOUR) == []


def test_evidence_is_the_first_events_by_time_but_all_are_counted() -> None:
    detector = watched()
    signals: list[Signal] = []
    for n in reversed(range(700)):
        signals += detector.observe(*report(n, 240 * HOUR + n, reporter=f"r{n % 50}" if n % 2 else ""))
    assert signals[-1].observed == 700
    assert signals[-1].evidence == tuple(f"sos:{n:05d}" for n in range(100))
    assert signals[-1].reporters == 25


def test_events_that_only_know_their_day_count_in_days_only() -> None:
    detector = SurgeDetector(SurgeConfig(warm_up_hours=1, warm_up_days=1), ZONE)
    for day in range(5):
        detector.observe(*report(day, day * DAY))
    detector.advance(5 * DAY)
    signals = [s for n in range(40) for s in detector.observe(*report(100 + n, 5 * DAY, resolution="day"))]
    assert {(s.ends_at - s.starts_at).total_seconds() for s in signals} == {DAY}
    assert signals[-1].starts_at == datetime(1970, 1, 6, tzinfo=ZONE)


def test_places_not_known_at_a_level_do_not_count_there() -> None:
    detector = SurgeDetector(SurgeConfig(levels=("street", "district"), windows=("hour",), warm_up_hours=1), ZONE)
    detector.observe(*report(0, 0.0, street=""))
    detector.advance(2 * HOUR)
    signals = burst(detector, 2 * HOUR, 50, street="")
    assert {(s.level, s.key) for s in signals} == {("district", "d1|gas-leak")}


def test_a_local_day_closes_at_local_midnight_also_when_the_clocks_change() -> None:
    zone = ZoneInfo("America/Chicago")
    detector = SurgeDetector(SurgeConfig(windows=("day",), warm_up_days=3), zone)
    for day in range(1, 10):
        detector.observe(*report(day, datetime(2024, 3, day, 12, tzinfo=zone).timestamp()))
    noon = datetime(2024, 3, 10, 12, tzinfo=zone).timestamp()
    detector.advance(noon)
    burst(detector, noon, 40)
    midnight = datetime(2024, 3, 11, tzinfo=zone)
    assert not any(signal.final for signal in detector.advance(midnight.timestamp() - 1.0))
    (final,) = detector.advance(midnight.timestamp())
    assert (final.ends_at - final.starts_at).total_seconds() == 23 * HOUR


def test_years_without_an_event_are_passed_quickly_and_forgotten() -> None:
    detector = watched()
    detector.dirty()
    began = time.process_time()
    assert detector.advance(20 * 365 * DAY) == []
    assert time.process_time() - began < 5.0
    assert detector.dirty() == {"surge/model/d1": None}
    assert burst(detector, 20 * 365 * DAY, 30) == []


def test_a_feed_dead_for_more_than_a_week_teaches_nothing_more_but_costs_certainty() -> None:
    after_weeks, after_months = (
        burst(detector, 240 * HOUR + days * DAY, 30)[-1]
        for days in (7, 98)
        for detector in [watched(replace(HOURS, warm_up_hours=48))]
        if detector.advance(240 * HOUR + days * DAY) == []
    )
    assert (after_weeks.model_age, after_months.model_age) == (240 + 23, 29 + 23)
    assert after_months.expected == pytest.approx(after_weeks.expected, rel=0.2)
    assert after_months.p_value > 10 * after_weeks.p_value


def test_what_was_known_before_months_without_a_feed_warms_nothing_up() -> None:
    detector, began = watched(), 240 * HOUR + 98 * DAY
    assert detector.advance(began) == []
    assert burst(detector, began, 30) == []
    for hour in range(1, 168):
        detector.observe(*report(60_000 + hour, began + hour * HOUR))
    detector.advance(began + 168 * HOUR)
    assert burst(detector, began + 168 * HOUR, 30) != []


def test_a_key_without_an_event_for_half_a_year_is_dropped() -> None:
    detector = SurgeDetector(SurgeConfig(windows=("day",)), ZONE)
    detector.observe(*report(0, 0.0, street="old"))
    sizes = []
    for day in range(182):
        detector.observe(*report(1 + day, day * DAY, street="alive"))
        detector.advance((day + 1) * DAY)
        sizes.append(b"old" in (detector.dirty()["surge/model/d1"] or b""))
    assert sizes == [True] * 180 + [False] * 2


def test_only_what_changed_is_stored() -> None:
    detector = watched()
    assert set(detector.dirty()) == {"surge/model/d1"}
    assert detector.dirty() == {}
    detector.observe(*report(1, 240 * HOUR))
    assert set(detector.dirty()) == {"surge/open/hour/240/d1"}
    assert detector.advance(240 * HOUR + 1.0) == []
    assert detector.dirty() == {}
    detector.advance(241 * HOUR)
    assert set(detector.dirty()) == {"surge/open/hour/240/d1", "surge/model/d1"}


def test_a_key_costs_about_a_kilobyte() -> None:
    detector = SurgeDetector(SurgeConfig(), ZONE)
    for n in range(2000):
        detector.observe(*report(n, 0.0, street=f"street-{n // 20}", kind=f"kind-{n % 20}"))
    detector.advance(DAY)
    model = detector.dirty()["surge/model/d1"]
    assert model is not None
    assert len(model) / 2000 < 1100


def test_strange_state_is_refused() -> None:
    detector = SurgeDetector(HOURS, ZONE)
    with pytest.raises(ValueError, match="rules/x"):
        detector.restore({"rules/x": b""})
    with pytest.raises(msgspec.DecodeError):
        detector.restore({"surge/model/d1": b"\xc1"})


def test_every_fault_of_a_configuration_is_named() -> None:
    with pytest.raises(ValueError, match="levels") as refusal:
        SurgeConfig(
            levels=("planet",),
            windows=("hour", "hour"),
            alpha_report=0.0,
            min_count=0,
            silence_days=200,
            daily=Rhythm(huber=0.0),
        )
    for fault in ("'planet'", "windows repeats", "alpha_report", "min_count", "forget_days", "daily.huber"):
        assert fault in str(refusal.value)


def test_what_comes_by_chance_counts_all_keys_windows_and_districts_of_the_city() -> None:
    alone, among = watched(), watched(replace(HOURS, districts=5))
    one, five = (by_nine(detector, 240 * HOUR)[-1] for detector in (alone, among))
    assert one.by_chance is not None
    assert five.by_chance == pytest.approx(5 * one.by_chance)
    assert one.by_chance < one.p_value * 24 * 1.1
    assert five.p_value == one.p_value


def by_nine(detector: SurgeDetector, t: float) -> list[Signal]:
    events = [report(50_000 + n, t + n, reporter=f"r{n}") for n in range(9)]
    return [signal for event in events for signal in detector.observe(*event)]


def test_nine_reports_of_nobody_known_may_be_one_hand_and_come_by_chance_more_often_than_those_of_nine() -> None:
    nine, nobody = by_nine(watched(), 240 * HOUR)[-1], burst(watched(), 240 * HOUR, 9)[-1]
    assert nine.p_value == nobody.p_value
    assert nine.by_chance is not None
    assert nobody.by_chance is not None
    assert nobody.by_chance > 10 * nine.by_chance
    spread = [report(50_000 + n, 240 * HOUR + n, community=f"c{n}") for n in range(9)]
    detector = watched()
    all_over = [signal for event in spread for signal in detector.observe(*event)][-1]
    assert all_over.by_chance == pytest.approx(nine.by_chance)


def test_many_surges_of_one_hour_vouch_for_each_other() -> None:
    config = replace(HOURS, at_risk=1)
    lonely, crowded = (SurgeDetector(config, ZONE) for _ in range(2))
    for detector in (lonely, crowded):
        for hour in range(240):
            for street in range(10):
                detector.observe(*report(10 * hour + street, hour * HOUR + street, street=f"s{street}"))
    for street in range(10):
        for n in range(10):
            event = report(50_000 + 10 * n + street, 240 * HOUR + n, street=f"s{street}")
            crowded.observe(*event)
            if street == 0:
                lonely.observe(*event)
    among = {signal.key: signal for signal in crowded.advance(241 * HOUR)}
    (alone,) = lonely.advance(241 * HOUR)
    told = among[alone.key]
    assert (told.observed, told.p_value) == (alone.observed, alone.p_value)
    assert told.by_chance is not None
    assert alone.by_chance is not None
    assert told.by_chance < alone.by_chance / 5
