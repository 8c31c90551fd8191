from __future__ import annotations

from datetime import timedelta

import pytest

from streams.board.standing import Standing
from streams.codec import encode
from streams.tail import Heard
from tests.builders import an_alert


def told(alert: object, *, restricted: bool = False, key: str = "a1") -> Heard:
    topic = "alerts.restricted.current" if restricted else "alerts.current"
    return Heard(topic, 0, 0, 1_000, key.encode(), None if alert is None else encode(alert), ())


def test_an_open_alert_stands_until_it_is_over_and_is_still_known_then() -> None:
    standing = Standing()
    standing.take(told(an_alert("a1")))
    assert [known.alert.id for known in standing.open()] == ["a1"]
    standing.take(told(an_alert("a1", change="closed", version=2, status="closed")))
    assert standing.open() == []
    assert standing.get("a1").alert.status == "closed"


def test_an_older_version_that_comes_again_changes_nothing() -> None:
    standing = Standing()
    standing.take(told(an_alert("a1", "red", version=3)))
    standing.take(told(an_alert("a1", "blue", version=2)))
    assert standing.get("a1").alert.grade.value == "red"
    assert standing.version == 1


def test_what_is_withdrawn_is_gone() -> None:
    standing = Standing()
    standing.take(told(an_alert("a1")))
    standing.take(told(None))
    assert standing.get("a1") is None
    assert standing.changed_since(1) == ["a1"]


def test_an_alert_that_crossed_to_the_duty_desk_is_not_taken_away_by_its_end_on_the_other_side() -> None:
    standing = Standing()
    standing.take(told(an_alert("a1")))
    standing.take(told(an_alert("a1", version=2, restricted=True), restricted=True))
    standing.take(told(None))  # the ordinary side: it stands there no more
    assert standing.get("a1").alert.restricted


def test_who_looks_again_is_told_what_changed_since_each_alert_once_in_the_order_of_change() -> None:
    standing = Standing()
    for id_ in ("a1", "a2", "a3"):
        standing.take(told(an_alert(id_), key=id_))
    seen = standing.version
    standing.take(told(an_alert("a3", version=2), key="a3"))
    standing.take(told(an_alert("a1", version=2), key="a1"))
    standing.take(told(an_alert("a3", version=3), key="a3"))
    assert standing.changed_since(seen) == ["a1", "a3"]
    assert standing.changed_since(standing.version) == []


def test_who_was_away_for_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.board.standing._CHANGES_KEPT", 2)
    standing = Standing()
    for id_ in ("a1", "a2", "a3"):
        standing.take(told(an_alert(id_), key=id_))
    assert standing.changed_since(0) is None
    assert standing.changed_since(1) == ["a2", "a3"]


def test_of_those_that_are_over_only_the_latest_are_kept_but_all_that_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.board.standing._OVER_KEPT", 2)
    monkeypatch.setattr("streams.board.standing._OVER_SLACK", 0)
    standing = Standing()
    for id_ in ("a1", "a2", "a3", "a4"):
        standing.take(told(an_alert(id_, status="closed" if id_ != "a1" else "open"), key=id_))
    assert [known.alert.id for known in standing.over()] == ["a3", "a4"]
    assert [known.alert.id for known in standing.open()] == ["a1"]


def test_what_ended_days_before_the_newest_evidence_is_not_among_all() -> None:
    standing = Standing()
    old = an_alert("a1", status="closed")
    standing.take(told(old))
    standing.take(told(an_alert("a2", last_at=old.last_at + timedelta(days=3)), key="a2"))
    assert [known.alert.id for known in standing.all()] == ["a2"]


def test_partitions_read_one_after_the_other_leave_those_that_ended_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.board.standing._OVER_KEPT", 2)
    monkeypatch.setattr("streams.board.standing._OVER_SLACK", 0)
    standing = Standing()
    for id_, ms in (("late", 9_000), ("later", 9_500), ("early", 100), ("earlier", 50)):
        standing.take(told(an_alert(id_, status="closed"), key=id_)._replace(timestamp=ms))
    assert [known.alert.id for known in standing.over()] == ["late", "later"]
