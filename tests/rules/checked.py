"""A good rule, what can be put into it, and the faults the loader finds."""

from __future__ import annotations

import copy
from typing import Any

import yaml

from rules.loader import BookFaults, book_of, tags_of
from tests.builders import a_taxonomy

KINDS, TAGS = frozenset(a_taxonomy().kinds), tags_of(a_taxonomy())
GOOD: dict[str, Any] = {
    "id": "noise-again",
    "number": 1,
    "name": {"zh": "噪声", "en": "Noise again"},
    "kinds": ["noise"],
    "per": "street",
    "fires": [{"count": {"at_least": 2, "within": "1d"}}],
    "grade": "yellow",
    "examples": {
        "fires": [{"name": "two", "events": [{}, {"at": "1h"}]}],
        "silent": [{"name": "one", "events": [{}]}],
    },
}
BECAUSE = {"zh": "因", "en": "because"}


def faults(*rules: dict[str, Any], lines: bool = False) -> list[tuple[Any, ...]]:
    """Path and message of every fault of a book of these rules, each a file of its own; on request with the line."""
    texts = {f"{n}.yaml": yaml.safe_dump(rule, allow_unicode=True, sort_keys=False) for n, rule in enumerate(rules)}
    try:
        book_of(texts, kinds=KINDS, tags=TAGS)
    except BookFaults as found:
        return [(f.line, f.path, f.message) if lines else (f.path, f.message) for f in found.faults]
    return []


def with_condition(where: str, condition: dict[str, Any], **over: Any) -> dict[str, Any]:
    """The good rule with a condition as its `fires` or in a raise."""
    rule = {**copy.deepcopy(GOOD), **over}
    if where == "fires":
        return {**rule, "fires": [condition]}
    return {**rule, "raises": [{"to": "red", "when": condition, "because": BECAUSE}]}
