"""What is passed over because its text cannot be alike: nothing that is, whatever became of the list meanwhile."""

from __future__ import annotations

import random
from bisect import bisect_right, insort
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules import sieve
from rules.book import Book
from rules.likeness import Sketch, gist_of
from rules.nearness import Alike
from rules.rule import Rule
from rules.window import COUNTED, Item, order, time_of
from tests.builders import a_pipeline, a_place, an_event
from tests.rules.test_fold import MONTHLY

TEXTS = [
    "楼下烧烤店油烟扰民，夜里十二点还在营业",
    "物业擅自提高停车费，没有征求业主意见",
    "路灯不亮已经三天了，晚上出行很不方便",
    "噪音",
    "",
]


@pytest.fixture(autouse=True)
def _however_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieve, "_FEW", 0)


def texts() -> st.SearchStrategy[str]:
    """Texts of which many are alike, and some the same."""

    def changed(text: str, at: int, by: str) -> str:
        return text[:at] + by + text[at + len(by) // 2 :]

    return st.builds(changed, st.sampled_from(TEXTS), st.integers(0, 20), st.sampled_from(["", "的", "小区", "又来了"]))


ONE_BIT = tuple(128 * n for n in range(20))
ITEM = st.tuples(st.just("item"), texts().map(gist_of), st.integers(0, 50))
DROP = st.tuples(st.just("drop"), st.just(()), st.integers(0, 9))
CHANGES = st.lists(ITEM | DROP, max_size=60)


@example([("item", ONE_BIT[:16], 0), ("item", ONE_BIT[4:], 10)], 0.5, 60)
@given(CHANGES, st.sampled_from([0.2, 0.5, 0.7, 1.0]), st.integers(1, 60))
def test_what_is_alike_is_found_as_by_looking_at_each(
    changes: list[tuple[str, Sketch, int]], least: float, look_s: int
) -> None:
    alike = Alike(least)
    items: list[Item] = []
    sifted = alike.sieve()
    for number, (what, gist, much) in enumerate(changes):
        if what == "drop":
            del items[:much]
            sifted.drop(much)
            continue
        t = items[-1].t + 1 if items and much > 9 else float(much)
        item = Item(t, str(number), "hotline", "", a_place(), COUNTED, "noise", gist=gist)
        sifted.forget(bisect_right(items, order(item), key=order))
        insort(items, item, key=order)
        for index in {len(items) - 1, items.index(item)}:
            since = bisect_right(items, items[index].t - look_s, hi=index, key=time_of)
            found = alike.among(sifted.sift(items, since, index), items[index])
            assert found == alike.among(items[since : index + 1], items[index])


def told(seed: int) -> Iterator[object]:
    """All that comes of half a year of complaints about one spot, some of them late, and what a restart reads."""
    dice = random.Random(seed)
    book = Book(rules=(msgspec.convert(MONTHLY, Rule),), digest="d")
    pipeline = a_pipeline(book=book)
    kept: dict[str, bytes | None] = {}
    for n in range(400):
        t = 40_000.0 * n
        text = dice.choice(TEXTS[:3])
        at = dice.randrange(len(text))
        late_s = dice.choice([0, 0, 90_000, 200_000])
        yield pipeline.process(an_event(str(n), t - late_s, text=text[:at] + dice.choice("的了吗") + text[at + 1 :]))
        if n % 7 == 0:
            watermark = an_event("", t - 250_000).occurred_at.timestamp()
            yield pipeline.advance(watermark)
            kept.update(pipeline.dirty())
        if n == 203:  # as of then
            pipeline = a_pipeline(book=book)
            pipeline.restore({name: data for name, data in kept.items() if data is not None}, watermark)
    yield pipeline.dirty()


@pytest.mark.parametrize("seed", range(3))
def test_a_rule_says_the_same_with_it_and_without(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sifted = list(told(seed))
    monkeypatch.setattr(sieve, "_FEW", 10**9)
    assert sifted == list(told(seed))
    assert any(getattr(one, "findings", None) or getattr(one, "alerts", None) for one in sifted)
