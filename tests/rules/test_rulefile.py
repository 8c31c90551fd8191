"""A file may hold anything: it becomes a book or a list of faults, soon, and never anything else."""

from __future__ import annotations

import contextlib
import copy
import random
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.loader import BOOK, BookFaults, book_of
from rules.matching import compile_regex
from tests.rules.checked import BECAUSE, GOOD, KINDS, TAGS


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_an_expression_that_hangs_other_engines_takes_time_linear_in_the_text(pattern: str) -> None:
    found = compile_regex(pattern)
    took = []
    for length in (10_000, 100_000):
        text = "a" * length + "!"
        began = time.process_time()
        for _ in range(5):
            found(text)
        took.append(time.process_time() - began)
    assert took[1] < 1.0  # quadratic would be minutes, exponential the end of the world
    assert took[1] < 40 * max(took[0], 0.001)


def test_a_merge_key_may_be_overridden() -> None:
    rule = yaml.safe_dump({key: value for key, value in GOOD.items() if key != "examples"}, sort_keys=False)
    rule += "examples:\n  fires:\n    - &two {name: two, events: [{}, {at: 1h}]}\n    - {<<: *two, name: again}\n"
    rule += "  silent: [{name: one, events: [{}]}]\n"
    (read,) = book_of({"a.yaml": rule}, kinds=KINDS).rules
    assert [example.name for example in read.examples.fires] == ["two", "again"]


@pytest.mark.parametrize(
    "text",
    [
        "kinds: &a [*a]\n",
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in pairwise("abcdefghi")),
    ],
)
def test_aliases_that_grow_without_end_are_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(BookFaults, match="aliases that hold themselves, or more than"):
        book_of({"a.yaml": text}, kinds=KINDS)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("text", ["[" * 50_000, "{" * 50_000, "- " * 50_000, "a: " + "[" * 101])
def test_lists_within_lists_without_end_are_refused_and_do_not_end_the_process(text: str) -> None:
    with pytest.raises(BookFaults, match=r"lists or mappings within each other|not YAML"):
        book_of({"a.yaml": text}, kinds=KINDS)


def places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, member in members:
        yield (*at, step)
        yield from places(member, (*at, step))


EVERYTHING = {
    **GOOD,
    "fires": [
        {"share": {"match": {"tags": ["danger"]}, "at_least": 0.5, "least": 4, "within": "7d"}},
        {"ratio": {"match": {"tags": ["ill"]}, "to": {}, "at_least": 1, "least": 3, "within": "1d"}},
        {"change": {"within": "1d", "against": "14d", "least": 3, "times": 3}},
        {"fresh": {"of": "spots", "within": "90d"}},
        {"after": [{"match": {"hours": "22:00-06:00", "days": "weekend"}, "within": "1h", "at_least": 2}]},
        {"then_not": {"match": {"text": {"any": ["x"], "regex": "a+"}}, "within": "2h"}},
        {"context": {"weather": ["rainstorm"], "mode": "emergency", "event": ["any"]}},
        {"match": {"expr": "event.people > 3"}, "sources": 2, "within": "3h"},
    ],
    "raises": [{"to": "red", "when": {"lasting": "2h"}, "because": BECAUSE}],
    "lowers": [{"when": {"match": {"number": {"people": 3}}}, "because": BECAUSE}],
    "owners": [{"kinds": ["noise"], "areas": ["x"], "zh": "甲", "en": "A"}],
    "clocks": {"sign": "5min", "on_site": "1h"},
}
WORDS = ["", "x", "0s", "500d", "30m", "red", "noise", "(a+)+$", "(?=a)", "event.x", "22:00-22:00"]
NUMBERS = [0, -1, 7, 3.5, 10**30, float("nan"), float("inf")]
ODD = st.sampled_from([*WORDS, *NUMBERS, None, True, [], {}, ["noise"], [1], {"a": 1}, [{}], [[]]])


SHIPPED = [file.read_text(encoding="utf-8") for file in sorted(BOOK.glob("*.yaml"))]
SHARE = 0.3


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), odd=ODD, act=st.sampled_from(["put", "drop", "misspell"]))
def test_whatever_an_operator_writes_there_is_a_book_or_a_list_of_faults(seed: int, odd: Any, act: str) -> None:
    draw = random.Random(seed)
    rule = yaml.safe_load(draw.choice(SHIPPED)) if draw.random() < SHARE else copy.deepcopy(EVERYTHING)
    *way, last = draw.choice(list(places(rule)))
    holder = rule
    for step in way:
        holder = holder[step]
    if act == "put":
        holder[last] = odd
    elif act == "drop" or not isinstance(holder, dict):
        del holder[last]
    else:
        holder[f"{last}x"] = holder.pop(last)
    text = yaml.safe_dump(rule, allow_unicode=True)
    with contextlib.suppress(BookFaults):
        book_of({"a.yaml": text}, kinds=KINDS, tags=TAGS)
