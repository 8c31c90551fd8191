from __future__ import annotations

from streams.board.views.alert_evidence import evidence_of, sourced
from streams.language import Voice
from tests.builders import a_taxonomy, an_alert, an_event

ZH, EN = Voice("zh"), Voice("en")


def test_the_newest_comes_first_and_what_is_not_held_any_more_is_said_to_be_so() -> None:
    events = {e.id: e for e in (an_event("1", 0, text="有煤气味"), an_event("2", 60, source="police"))}
    alert = an_alert(evidence=("hotline:1", "grid:9", "police:2"))
    rows = evidence_of(alert, events.get, a_taxonomy(), ZH)
    assert [(row.id, row.known) for row in rows] == [("police:2", True), ("hotline:1", True), ("grid:9", False)]
    assert [row.source for row in rows] == ["110", "12345", "网格"]
    assert rows[1].text == "有煤气味"


def test_what_its_source_said_besides_is_noted() -> None:
    event = an_event("1", status="closed", people=12, injured=2, depth_cm=30.0, tags=("danger", "x-unknown"))
    (row,) = evidence_of(an_alert(), lambda _: event, a_taxonomy(), ZH)
    assert row.notes == ("险情", "来源已办结", "涉及12人", "2人受伤", "水深30厘米")
    (row,) = evidence_of(an_alert(), lambda _: event, a_taxonomy(), EN)
    assert row.notes == ("danger", "closed at its source", "12 people", "2 injured", "30 cm deep")


def test_its_kind_is_named_only_where_it_is_not_that_of_the_alert() -> None:
    (same,) = evidence_of(an_alert(), lambda _: an_event("1", kind="gas_leak"), a_taxonomy(), ZH)
    (other,) = evidence_of(an_alert(), lambda _: an_event("1", kind="noise"), a_taxonomy(), ZH)
    assert (same.kind, other.kind) == ("", "噪声")


def test_a_source_that_only_knows_the_day_tells_no_time_of_day() -> None:
    (row,) = evidence_of(an_alert(), lambda _: an_event("1", resolution="day"), a_taxonomy(), ZH)
    assert row.when == "01-01"


def test_sources_are_told_with_how_much_came_from_each_and_when_it_spoke_last() -> None:
    events = {e.id: e for e in (an_event("1", 0), an_event("2", 60), an_event("3", 30, source="grid"))}
    alert = an_alert(evidence=tuple(events))
    found = sourced(evidence_of(alert, events.get, a_taxonomy(), ZH))
    assert [(one.source, one.events, one.last) for one in found] == [("12345", 2, "00:01"), ("网格", 1, "00:00")]
