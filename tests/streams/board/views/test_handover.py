"""What one shift hands to the next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rules.alert import Text
from rules.index_history import Norm
from rules.index_record import AreaIndex
from streams.board.views.handover import Handover, Kept, failures, handover, scores_of
from streams.board.views.shiftpage import shift_page
from streams.course import Version
from streams.delivery.record import Delivery
from streams.language import Lang, Voice
from streams.report.compose import Material, compose
from streams.report.counting import Names
from streams.report.lives import lives
from streams.report.period import Period, shift_of
from tests.lives import HOUR, MINUTE, Life, at
from tests.streams.board.test_parts_of_the_system_page import a_delivery

UTC_ZONE = ZoneInfo("UTC")
SHIFT = shift_of(date(2026, 1, 1), 8, 16, UTC_ZONE)


def named(id_: str) -> Text:
    return Text(f"{id_}区", f"District {id_}")


def raised(id_: str, hour: float, grade: str = "orange", due_min: float = 30.0, **over: Any) -> Life:
    t = hour * HOUR
    life = Life(id_, grade, raised_at=at(t), **over)
    return life.issue(t, graded_at=at(t), sign_by=at(t + due_min * MINUTE))


def versions() -> list[Version]:
    """A day: one of before still open, four of the shift, one of after."""
    before = raised("before", 6, "yellow", 600)
    before.command(6.2 * HOUR, "sign", "赵")
    quick = raised("quick", 9, "red", 15)  # signed after ten minutes, true, closed
    quick.command(9 * HOUR + 10 * MINUTE, "sign", "李静")
    quick.command(9.5 * HOUR, "true", "李静")
    quick.command(10 * HOUR, "close", "李静", why="done")
    slow = raised("slow", 10)  # gone up once, signed after forty minutes, false
    slow.command(10 * HOUR + 40 * MINUTE, "sign", "王强")
    slow.command(11 * HOUR, "false", "王强")
    nobody = raised("nobody", 12).pass_time(16 * HOUR)  # nobody ever signs
    sent = raised("sent", 15.5, "yellow", 60)
    sent.command(15.6 * HOUR, "sign", "张伟")
    sent.command(15.7 * HOUR, "assign", "张伟", to="三队")
    after = raised("after", 17)
    drill = raised("drill", 13, exercise=True)
    return [one for life in (before, quick, slow, nobody, sent, after, drill) for one in life.versions]


def made(as_of: datetime = SHIFT.ends_at, deliveries: tuple[Delivery, ...] = (), period: Period = SHIFT) -> Handover:
    return handover(Kept(lives(versions(), as_of), deliveries, (), as_of), period, named)


def test_what_is_open_at_the_end_is_handed_over_the_most_serious_first() -> None:
    found = made().open
    assert [one.id for one in found] == ["nobody", "before", "sent"]
    assert [one.says.en for one in found] == ["unsigned", "signed", "sent"]


def test_it_says_whose_each_is() -> None:
    found = {one.id: one.who.zh for one in made().open}
    assert found["sent"].startswith("三队（")
    assert found["before"].startswith("赵（")
    assert found["nobody"].endswith("区")


def test_what_is_overdue_is_marked() -> None:
    found = {one.id: one for one in made().open}
    assert (found["before"].late, found["sent"].late) == (True, False)


def test_who_signed_what_and_how_long_it_took() -> None:
    found = made().signed
    assert [(one.id, one.who.zh, one.took_s, one.late) for one in found] == [
        ("quick", "李静", 10 * MINUTE, False),
        ("slow", "王强", 40 * MINUTE, True),
        ("sent", "张伟", 6 * MINUTE, False),
    ]


def test_what_was_signed_after_the_shift_was_not_signed_at_its_end() -> None:
    assert "sent" not in {one.id for one in made(as_of=at(15.55 * HOUR)).signed}


def test_clocks_that_ran_out_are_listed_with_what_became_of_them() -> None:
    found = {one.id: one.says.en for one in made().missed if "sign" in one.says.en}
    assert found["slow"].startswith("to sign: done late, went up 1")
    assert found["nobody"].startswith("to sign: nobody has, went up")
    assert "quick" not in found


def test_verdicts_are_listed_with_who_gave_them() -> None:
    assert [(one.id, one.says.en, one.who.en) for one in made().judged] == [
        ("quick", "true", "李静"),
        ("slow", "false alarm", "王强"),
    ]


def test_exercises_and_what_came_after_are_left_out() -> None:
    lists = made(as_of=at(20 * HOUR))
    ids = {one.id for entries in (lists.open, lists.signed, lists.missed, lists.judged) for one in entries}
    assert not {"drill", "after"} & ids


def test_deliveries_of_the_shift_or_about_its_alerts_are_counted() -> None:
    def late(outcome: str, **over: Any) -> Delivery:
        return msgspec.structs.replace(a_delivery(outcome, reason="TIMEOUT"), **over)

    found = made(
        deliveries=(
            late("FAILED", alert="other", at=at(9 * HOUR)),
            late("GIVEN_UP", alert="quick", at=at(30 * HOUR)),
            late("FAILED", alert="other", at=at(30 * HOUR)),
        )
    ).deliveries
    assert [(one.channel, one.failed, one.lost) for one in found] == [("sms", 1, 1)]


def test_a_channel_without_failures_is_not_listed() -> None:
    assert failures([a_delivery("SENT"), a_delivery("SUPPRESSED", reason="SUPERSEDED")]) == []


def an_index(area: str, hour: float, score: float, level: str = "district") -> AreaIndex:
    norm = Norm()
    return AreaIndex(
        area=area, level=level, name=named(area), day=date(2026, 1, 1), score=score, colour="green", final=False,  # type: ignore[arg-type]
        as_of=at(hour * HOUR), events=1, norm=norm, per_10k=None, alerts=0, contributors=(), formula=1,
    )  # fmt: skip


def test_the_index_is_that_of_the_end_and_how_it_changed() -> None:
    told = [
        an_index("d1", 7, 90), an_index("d1", 15, 70), an_index("d1", 17, 10), an_index("city", 15, 80, "city"),
        an_index("d2", 15, 60), an_index("st", 15, 1, "street"), an_index("gone", 7, 5),
    ]  # fmt: skip
    found = scores_of(told, SHIFT.begins_at, SHIFT.ends_at)
    assert [(one.told.area, one.told.score, one.before) for one in found] == [
        ("city", 80, None),
        ("d2", 60, None),
        ("d1", 70, 90),
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_all_of_it_in_one_language(lang: Lang) -> None:
    material = Material(versions=versions(), source=Text("x", "x"))
    names = Names(*[lambda id_: Text(id_, id_)] * 4)
    report = compose(material, SHIFT, SHIFT.ends_at, Text("测试市", "Teststadt"), names)
    page = shift_page(report, made(), Voice(lang))
    assert (
        page["title"]
        == {
            "zh": "测试市 交接班报告 2026-01-01 08:00–16:00 周四",
            "en": "Teststadt: Shift report 2026-01-01 08:00–16:00 (Thu)",
        }[lang]
    )
    cards = {card["name"]: card["value"] for card in page["cards"]}
    assert cards[{"zh": "预警", "en": "alerts"}[lang]] == "4"
    assert cards[{"zh": "未解除", "en": "open"}[lang]] == "3"
    assert all(len(row) == len(one["heads"]) for one in page["sections"] for row in one["rows"])


def test_the_report_counts_the_shift_and_the_one_before() -> None:
    material = Material(versions=versions(), source=Text("x", "x"))
    names = Names(*[lambda id_: Text(id_, id_)] * 4)
    report = compose(material, SHIFT, SHIFT.ends_at, Text("测试市", "Teststadt"), names)
    assert (report.now.total, report.before.total) == (4, 1)
    assert report.now.period.ends_at - report.now.period.begins_at == timedelta(hours=8)
    assert report.now.as_of == datetime(2026, 1, 1, 16, tzinfo=UTC)
