"""The whole page on the system."""

from __future__ import annotations

from typing import Any

import pytest

from streams.board.cluster import Group, Sighting
from streams.board.mirror import Mirror
from streams.board.views.system.overview import Asked, Clocks, overview
from streams.board.views.system.spoken import spoken
from streams.intake.places import load_areas
from streams.language import Lang, Voice
from tests.builders import T0, a_taxonomy, the_book
from tests.streams.board.views.system.test_works import a_look

AREAS = load_areas("shantou")


def a_page(**over: Any) -> Any:
    mirror = Mirror(a_taxonomy(), the_book())
    return overview(mirror, Asked(Sighting(a_look(**over)), spent={}), AREAS, Clocks(T0, T0))


def test_the_worst_stands_first_and_gives_the_verdict() -> None:
    page = a_page(workers=Group("fenghuo", "Empty", ()))
    assert page.verdict == "fault"
    assert page.sections[0].id == "workers"
    ranks = [{"fault": 0, "watch": 1, "ok": 2}[section.verdict] for section in page.sections]
    assert ranks == sorted(ranks)


def test_every_part_of_the_system_is_on_the_page_whatever_is_known() -> None:
    mirror = Mirror(a_taxonomy(), the_book())
    nothing = overview(mirror, Asked(Sighting()), AREAS, Clocks(T0, T0))
    assert {section.id for section in nothing.sections} == {
        "kafka", "workers", "lag", "feeds", "channels", "dead", "late", "book", "budget", "quiet", "states",
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_said_in_one_language(lang: Lang) -> None:
    said = spoken(a_page(), Voice(lang))
    assert said["lang"] == lang
    text = str(said)
    assert ("正常" in text) == (lang == "zh")
    assert ("normal" in text) == (lang == "en")


def test_what_needs_somebody_says_what_to_do() -> None:
    page = a_page(workers=Group("fenghuo", "Empty", ()), missing=("index",))
    for section in page.sections:
        for line in section.lines:
            if line.verdict != "ok":
                assert line.todo.zh, line
                assert line.todo.en, line
