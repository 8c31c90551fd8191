"""What a fold remembers of its group."""

from __future__ import annotations

import msgspec

from rules.book import Book
from rules.fold import FoldState
from rules.rule import Rule
from tests.builders import a_pipeline, an_event

DAY = 86_400.0
MONTHLY = {
    "id": "tried",
    "number": 90,
    "name": {"zh": "试", "en": "tried"},
    "kinds": ["noise"],
    "grade": "yellow",
    "quiet": "14d",
    "per": "spot",
    "alike": 0.5,
    "fires": [{"count": {"at_least": 3, "within": "30d", "of": "reporters"}}],
}


def test_a_spot_told_of_now_and_then_keeps_what_its_windows_need_and_not_a_year_of_reports() -> None:
    pipeline = a_pipeline(book=Book(rules=(msgspec.convert(MONTHLY, Rule),), digest="d"))
    kept: dict[str, bytes | None] = {}
    most = 0
    for n in range(150):
        t = 5 * DAY * n
        pipeline.process(an_event(str(n), t, reporter=f"r{n}", text=f"第{n}件事各不相同{n * 7919}"))
        pipeline.advance(an_event("", t).occurred_at.timestamp() - 600)
        kept.update(pipeline.dirty())
        folds = [data for name, data in kept.items() if name.startswith("rules/fold/") and data is not None]
        most = max(most, *(len(msgspec.msgpack.decode(data, type=FoldState).items) for data in folds), 0)
    assert 6 <= most <= 18  # what a window holds, and twice that until the next time it is looked through
