"""A dead feed and a quiet place, told apart."""

from __future__ import annotations

from itertools import pairwise

import pytest

from detectors.areas import AreaTree
from detectors.event import Event, Place
from detectors.signal import Signal
from detectors.silence import SilenceConfig, SilenceDetector
from detectors.windows import instant

HOUR, DAY = 3600.0, 86400.0
STREETS = [{"id": f"s{n}", "name": f"第{n}街道", "name_en": f"Street {n}"} for n in range(6)]
DISTRICTS = [{"id": "d", "name": "河东区", "name_en": "Hedong", "streets": STREETS}]
CITY = AreaTree.from_mapping(
    {"city": "t", "name": "T", "tz": "UTC", "calendar": "none", "open": False, "districts": DISTRICTS}
)
WARM = 14 * DAY


class Desk:
    """Three events an hour and source, from one street after the other; nothing from who is silent."""

    def __init__(self) -> None:
        self.detector = SilenceDetector(SilenceConfig(), CITY)
        self.told: list[tuple[float, Signal]] = []

    def live(
        self, since: float, until: float, *, without: str = "", quiet_street: str = "", sources: str = "grid police"
    ) -> Desk:
        for hour in range(int(since // HOUR), int(until // HOUR)):
            for source in sources.split():
                for n in range(3):
                    street = f"s{(hour + 2 * n + (source == 'grid')) % 6}"
                    if source != without and street != quiet_street:
                        self._report(source, street, hour * HOUR + 1000.0 * n + 700.0)
            self.wait((hour + 1) * HOUR)
        return self

    def wait(self, watermark: float) -> Desk:
        self.told += [(watermark, signal) for signal in self.detector.advance(watermark)]
        return self

    def of(self, kind: str) -> list[tuple[float, Signal]]:
        return [(at, signal) for at, signal in self.told if signal.kind == kind]

    def _report(self, source: str, street: str, t: float) -> None:
        place = Place(district="d", street=street)
        event = Event(id=f"{source}:{t:.0f}", source=source, kind="noise", occurred_at=instant(t), place=place)  # type: ignore[arg-type]
        self.detector.observe(event, t)


def test_a_feed_that_speaks_as_usual_is_never_called_silent() -> None:
    assert Desk().live(0, WARM + 7 * DAY).told == []


def test_a_feed_that_dies_while_others_speak_is_told_within_hours() -> None:
    desk = Desk().live(0, WARM).live(WARM, WARM + DAY, without="grid")
    at, signal = desk.told[0]
    assert (signal.kind, signal.sources, signal.level, signal.place.district) == ("feed", ("grid",), "district", "d")
    assert at - WARM <= 6 * HOUR
    assert signal.observed == 0
    assert signal.expected > 10
    assert signal.p_value <= 1e-3
    assert not signal.final


def test_a_dead_feed_makes_no_place_quiet() -> None:
    desk = Desk().live(0, WARM).live(WARM, WARM + DAY, without="grid").live(WARM + DAY, WARM + 3 * DAY)
    assert desk.of("place") == []


def test_a_feed_is_found_dead_when_no_event_comes_at_all_and_only_the_watermark_moves() -> None:
    desk = Desk().live(0, WARM).wait(WARM + 2 * DAY)
    assert {signal.sources for _, signal in desk.of("feed")} == {("grid",), ("police",)}
    first = desk.of("feed")[0][1]
    assert first.starts_at < instant(WARM) <= first.ends_at
    assert desk.of("place") == []


def test_a_silence_is_told_again_only_when_it_has_doubled() -> None:
    desk = Desk().live(0, WARM).wait(WARM + 2 * DAY)
    expected = [signal.expected for _, signal in desk.of("feed") if signal.sources == ("grid",)]
    assert len(expected) <= 5
    assert all(later >= 1.9 * sooner for sooner, later in pairwise(expected))


def test_the_first_event_after_a_silence_ends_it_with_a_final_signal_of_the_same_id() -> None:
    desk = Desk().live(0, WARM).live(WARM, WARM + 10 * HOUR, without="grid").live(WARM + 10 * HOUR, WARM + DAY)
    signals = [signal for _, signal in desk.of("feed")]
    assert len({signal.id for signal in signals}) == 1
    assert [signal.final for signal in signals] == [False] * (len(signals) - 1) + [True]
    assert signals[-1].ends_at == instant(WARM + 10 * HOUR + 700.0)
    assert not any(signal.withdrawn for signal in signals)


def test_the_hours_of_a_dead_feed_do_not_teach_that_it_is_quiet() -> None:
    desk = Desk().live(0, WARM).live(WARM, WARM + 2 * DAY, without="grid").live(WARM + 2 * DAY, WARM + 3 * DAY)
    before = len(desk.told)
    again = desk.live(WARM + 3 * DAY, WARM + 4 * DAY, without="grid").told[before:]
    assert again[0][0] - WARM - 3 * DAY <= 7 * HOUR


def test_a_street_that_falls_quiet_while_its_district_speaks_is_a_place_and_no_feed() -> None:
    desk = Desk().live(0, WARM).live(WARM, WARM + 3 * DAY, quiet_street="s2")
    assert desk.of("feed") == []
    places = {signal.place.street for _, signal in desk.told}
    assert places == {"s2"}
    at, signal = desk.told[0]
    assert at - WARM <= 2 * DAY
    assert (signal.level, signal.key.partition("|")[0]) == ("street", "s2")


def test_a_quiet_street_that_speaks_again_is_closed() -> None:
    desk = Desk().live(0, WARM).live(WARM, WARM + 3 * DAY, quiet_street="s2").live(WARM + 3 * DAY, WARM + 4 * DAY)
    last = {signal.id: signal for _, signal in desk.told}
    assert last
    assert all(signal.final for signal in last.values())


def test_many_reports_about_one_matter_make_no_other_place_quiet() -> None:
    desk = Desk().live(0, WARM)
    for n in range(300):
        desk._report("grid", "s1", WARM + 2.0 * n)
    desk.wait(WARM + HOUR)
    assert desk.told == []


def test_a_feed_is_forgotten_when_its_silence_has_become_usual() -> None:
    desk = Desk().live(0, WARM).live(WARM, WARM + 15 * DAY, sources="police")
    assert desk.told[-1][1].final
    state = desk.detector.dirty()
    assert b"grid" not in (state["silence/feeds/d"] or b"")


def test_nothing_is_said_in_the_first_week_of_a_feed() -> None:
    assert Desk().live(0, 6 * DAY).wait(6.9 * DAY).told == []


def test_the_sentences_name_source_place_length_and_what_was_due() -> None:
    desk = Desk().live(0, WARM).live(WARM, WARM + 3 * DAY, quiet_street="s2")
    says = desk.told[0][1].says
    assert says is not None
    assert says.zh.startswith("第2街道110警情已")
    assert says.zh.endswith("而河东区其他地方上报正常")
    assert says.en.startswith("Street 2 is quiet: no police reports for ")
    feed = Desk().live(0, WARM).live(WARM, WARM + DAY, without="grid").told[0][1].says
    assert feed is not None
    assert "疑似数据源中断" in feed.zh
    assert feed.en.startswith("Hedong: nothing from grid reports for ")


def test_reports_that_only_know_their_day_are_left_out() -> None:
    detector = SilenceDetector(SilenceConfig(), CITY)
    for n in range(500):
        t = n * HOUR
        place = Place(district="d", street="s1")
        event = Event(id=f"g{n}", source="grid", kind="noise", occurred_at=instant(t), place=place, resolution="day")
        detector.observe(event, t)
    assert detector.advance(600 * HOUR) == []
    assert detector.dirty() == {}


def test_a_configuration_that_makes_no_sense_is_refused_with_every_fault() -> None:
    with pytest.raises(ValueError, match=r"level: 'city'.*alpha_report.*warm_up_hours.*forget_hours"):
        SilenceConfig(level="city", alpha_report=2.0, warm_up_hours=0, forget_hours=3)
