"""Feeds, late events and dead letters: a dead feed and a quiet place are two different things."""

from __future__ import annotations

from rules.alert import Text
from streams import topics
from streams.board.feeds import Feeds
from streams.board.letters import Letters
from streams.board.silences import Silences
from streams.board.views.system import inflow
from streams.board.views.system.verdicts import Section
from tests.builders import T0
from tests.streams.board.heard import an_event_heard, heard
from tests.streams.board.test_parts_of_the_system_page import a_letter, a_silence

HOUR = 3_600.0


def name_of(id_: str) -> Text:
    return Text(f"{id_}区", f"District {id_}")


def say_at(t: float) -> str:
    return f"{t - T0:.0f}"


def some_feeds(n: int = 30, every_s: float = 600.0) -> Feeds:
    feeds = Feeds()
    for number in range(n):
        feeds.take(an_event_heard(str(number), number * every_s))
    return feeds


def feeds_at(feeds: Feeds, silent_s: float, silences: Silences | None = None) -> Section:
    now = max(feed.last for feed in feeds.feeds.values()) + silent_s
    return inflow.feeds(feeds, silences or Silences(), ["d1", "d2"], name_of, now, now)


def test_a_feed_that_spoke_lately_is_alive() -> None:
    section = feeds_at(some_feeds(), 1_200.0)
    assert section.verdict == "ok"
    assert section.lines[0].says.en == "last one 20 min ago; usually one every 10 min"


def test_longer_silent_than_ever_is_only_worth_attention() -> None:
    section = feeds_at(some_feeds(), 5 * HOUR)
    assert section.verdict == "watch"
    assert "the silence detector has not called it dead" in section.lines[0].says.en


def test_only_the_detector_says_that_a_feed_is_dead() -> None:
    silences = Silences()
    silences.take(heard(topics.SIGNALS, a_silence()))
    section = feeds_at(some_feeds(), 5 * HOUR, silences)
    assert section.verdict == "fault"
    assert section.lines[0].says.zh.startswith("数据中断：静默5小时，期间应有31起")
    assert section.lines[0].todo.zh


def test_a_quiet_place_is_no_fault_of_its_feed() -> None:
    silences = Silences()
    silences.take(heard(topics.SIGNALS, a_silence("place")))
    assert feeds_at(some_feeds(), 1_200.0, silences).verdict == "ok"
    quiet = inflow.quiet_places(silences, name_of)
    assert quiet.verdict == "ok"
    assert "31" in quiet.lines[0].says.en
    assert "no fault" in quiet.says.en


def test_no_data_at_all_is_worth_attention() -> None:
    section = inflow.feeds(Feeds(), Silences(), ["d1"], name_of, T0, T0)
    assert (section.verdict, section.grid) == ("watch", None)


def test_the_grid_has_a_row_for_each_district_that_speaks() -> None:
    section = feeds_at(some_feeds(), 1_200.0)
    assert section.grid is not None
    assert [name.en for name, _ in section.grid.rows] == ["District d1"]
    ((_, cells),) = section.grid.rows
    assert [cell.says.en for cell in cells] == ["20 min", "–", "–", "–"]


def test_intake_that_gives_no_sign_of_life_is_a_fault() -> None:
    feeds = some_feeds()
    feeds.intake_heard = T0
    assert "intake" in inflow.feeds(feeds, Silences(), [], name_of, T0 + 61, T0 + 61).says.en


def test_a_few_late_events_are_usual_and_many_are_a_fault() -> None:
    feeds = some_feeds(100, 60.0)
    feeds.take(an_event_heard("late", 0.0, topic=topics.LATE))
    assert inflow.late(feeds, name_of, T0 + HOUR).verdict == "ok"
    for n in range(12):
        feeds.take(an_event_heard(f"late{n}", 0.0, topic=topics.LATE))
    section = inflow.late(feeds, name_of, T0 + HOUR)
    assert section.verdict == "fault"
    assert "District d1" in section.lines[0].says.en


def test_a_dead_letter_is_worth_attention_and_many_of_a_source_are_a_fault() -> None:
    feeds, letters = some_feeds(10, 60.0), Letters()
    letters.take(heard(topics.DEAD, a_letter(0)))
    section = inflow.dead_letters(letters, feeds, T0 + 60, say_at)
    assert section.verdict == "watch"
    assert "hotline.calls/0/0" in section.note.en
    for n in range(1, 20):
        letters.take(heard(topics.DEAD, a_letter(n)))
    section = inflow.dead_letters(letters, feeds, T0 + 60, say_at)
    assert section.verdict == "fault"
    assert "67%" in section.lines[0].says.en


def test_letters_of_days_ago_are_told_and_no_alarm() -> None:
    letters = Letters()
    letters.take(heard(topics.DEAD, a_letter(0, "FUTURE")))
    section = inflow.dead_letters(letters, Feeds(), T0 + 3 * 24 * HOUR, say_at)
    assert section.verdict == "ok"
    assert section.lines[0].says.en == "0 in 24 h, 1 in 7 days"
