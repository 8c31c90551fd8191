"""The rule book in force, channels and the budget of chance alerts."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from rules.alert import Grade
from rules.loader import BOOK
from streams import topics
from streams.board.adoption import Adoption
from streams.board.books import Books, Origin
from streams.board.cluster import Position
from streams.board.views.system import outflow
from streams.board.views.system.outflow import BookInForce, Spent
from streams.board.views.system.verdicts import Section
from streams.board.ways import Ways
from streams.published import PublishedBook
from tests.builders import T0, a_taxonomy, the_book
from tests.streams.board.heard import heard
from tests.streams.board.test_parts_of_the_system_page import a_delivery
from tests.streams.board.views.system.test_works import a_look

ORIGIN = Origin(0, 7, int(T0 * 1000))


def say_at(t: float) -> str:
    return f"+{t - T0:.0f}s"


def books(*, published: bool = True, then_refused: bool = False) -> Books:
    found = Books(a_taxonomy(), the_book())
    if published:
        files = {file.name: file.read_text(encoding="utf-8") for file in BOOK.glob("*.yaml")}
        at = datetime.fromtimestamp(T0, UTC)
        sent = PublishedBook(files=files, digest=the_book().digest, published_at=at, by="李静")
        found.take(heard(topics.RULES, sent, offset=7))
    if then_refused:
        found.take(heard(topics.RULES, {"x": 1}, at=T0 + 60))
    return found


def section(found: Books, adoption: Adoption | None = None, stamped: str = "", age_s: float = 600.0) -> Section:
    places = (("events", 0, 90), ("events", 1, 40), ("events.city", 0, 90), ("findings", 0, 90))
    look = a_look(positions=tuple(Position(topic, n, committed, 0, 100) for topic, n, committed in places))
    return outflow.book(BookInForce(found, adoption, stamped), look, T0 + age_s, say_at)


EVERYWHERE = {("events", 0): 50, ("events", 1): 30, ("events.city", 0): 50, ("findings", 0): 50}


def test_the_book_says_since_when_it_holds_and_who_sent_it() -> None:
    found = section(books(), Adoption(ORIGIN, EVERYWHERE))
    assert found.verdict == "ok"
    assert "published at +0s by 李静" in found.says.en
    assert "all 4 go by it" in found.lines[-1].says.en


@pytest.mark.parametrize(("age_s", "verdict"), [(30.0, "watch"), (600.0, "fault")])
def test_a_partition_that_has_not_switched_is_named_and_in_time_a_fault(age_s: float, verdict: str) -> None:
    found = section(books(), Adoption(ORIGIN, {**EVERYWHERE, ("events", 1): 60}), age_s=age_s)
    assert found.verdict == verdict
    assert found.lines[0].says.en == "3 go by it, events/1 not yet"


def test_a_book_that_was_refused_is_a_fault_and_the_one_before_holds() -> None:
    found = books(then_refused=True)
    assert section(found).verdict == "fault"
    assert "+60s" in section(found).lines[0].says.en
    assert found.published is not None
    assert found.published.by == "李静"


def test_without_a_published_book_the_alerts_tell_whether_the_board_knows_the_right_one() -> None:
    assert section(books(published=False), stamped=the_book().digest).verdict == "ok"
    assert section(books(published=False), stamped="other").verdict == "watch"


def test_a_channel_left_alone_is_down_and_one_that_got_through_again_is_up() -> None:
    ways = Ways()
    for n in range(3):
        ways.take(heard(topics.DELIVERIES, a_delivery("RETRY", 300 - n, "TIMEOUT")))
    assert outflow.channels(ways, T0).verdict == "fault"
    ways.take(heard(topics.DELIVERIES, a_delivery("SENT", 10)))
    assert outflow.channels(ways, T0).verdict == "ok"


def test_one_failure_is_worth_attention() -> None:
    ways = Ways()
    ways.take(heard(topics.DELIVERIES, a_delivery("RETRY", 60, "TIMEOUT")))
    assert outflow.channels(ways, T0).verdict == "watch"


def test_a_message_nobody_got_is_a_fault_that_says_to_call() -> None:
    ways = Ways()
    ways.take(heard(topics.DELIVERIES, a_delivery("SENT", 60)))
    ways.take(heard(topics.DELIVERIES, a_delivery("GIVEN_UP", 50, "TIMEOUT", 0)))
    found = outflow.channels(ways, T0)
    assert found.verdict == "fault"
    assert "电话" in found.lines[0].todo.zh


def test_the_budget_of_the_book_is_held_against_what_was_found() -> None:
    within = {"surge": Spent(Counter({Grade.BLUE: 1}), Counter({Grade.BLUE: 5, Grade.YELLOW: 1}))}
    found = outflow.budget(the_book(), within)
    assert found.verdict == "ok"
    blue = next(line for line in found.lines if line.name.en.startswith("blue: 5 "))
    assert blue.says.en == "1 in 7 days (budget 1), 5 in 30 days (budget 4.3)"
    over = outflow.budget(the_book(), {"surge": Spent(Counter(), Counter({Grade.ORANGE: 3}))})
    assert over.verdict == "watch"


def test_what_is_on_trial_cannot_overspend() -> None:
    found = outflow.budget(the_book(), {"surge_city": Spent(Counter(), Counter({Grade.ORANGE: 9}))})
    assert found.verdict == "ok"
