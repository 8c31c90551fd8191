"""One table tells how long every topic keeps, and what sources wrote has an end."""

from __future__ import annotations

from streams import topics
from streams.configuration.retention import PATH, render
from streams.topics import specs

_DAY_MS = 86_400_000


def test_the_table_that_is_checked_in_is_what_the_code_says() -> None:
    assert PATH.read_text(encoding="utf-8") == render(), "run: python -m streams.configuration.retention"


def test_originals_are_on_the_topics_of_sources_and_among_dead_letters_and_go_a_day_after_their_time() -> None:
    originals = {spec.name: spec for spec in specs() if spec.originals}
    assert originals.keys() == {*topics.raw_topics(), topics.DEAD}
    for spec in originals.values():
        assert spec.keep_days is not None
        assert int(spec.config()["segment.ms"]) <= _DAY_MS
