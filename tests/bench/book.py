"""How long the default rule book takes to load, with and without its examples."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.taxonomy import load_taxonomy  # noqa: E402
from rules.loader import load_book, tags_of  # noqa: E402

ROUNDS = 5


def main() -> None:
    """Print one JSON object: rules, examples, and the best of five loads in seconds."""
    taxonomy = load_taxonomy()
    kinds, tags = frozenset(taxonomy.kinds), tags_of(taxonomy)
    took: dict[bool, float] = {}
    for examples in (False, True):
        rounds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            book = load_book(kinds=kinds, tags=tags, examples=examples)
            rounds.append(time.perf_counter() - began)
        took[examples] = min(rounds)
    shown = sum(len(rule.examples.fires) + len(rule.examples.silent) for rule in book.rules)
    figures = {"rules": len(book.rules), "examples": shown}
    print(json.dumps({**figures, "read_s": round(took[False], 3), "load_s": round(took[True], 3)}))


if __name__ == "__main__":
    main()
