"""Kind and tags of a Chinese text, in one pass over it (Aho and Corasick 1975)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick, Implementation

from detectors.taxonomy import OTHER, Exclusion, Kind, Taxonomy

# Words that are only hints (weight 1) do not make a kind.
LEAST_WEIGHT = 2.0
_CACHE_SIZE = 20_000
_BOUNDARIES = "，。；！？,;!?\n"
_BOUNDARY = re.compile(f"[{_BOUNDARIES}]")
_UP_TO_LAST_BOUNDARY = re.compile(f".*[{_BOUNDARIES}]", re.DOTALL)

Match = tuple[int, int, int]


@dataclass(slots=True)
class _Word:
    """What finding a word means."""

    text: str
    kinds: list[tuple[int, float]] = field(default_factory=list)
    not_kinds: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    exclusion: Exclusion | None = None

    @property
    def takes_back(self) -> bool:
        """The word makes others not count."""
        return bool(self.not_kinds) or self.exclusion is not None


class Lexicon:
    """Reads a text with the words of a taxonomy.

    A kind's score is the sum of the weights of its distinct words in the text; the highest wins, then the one with the
    longest word, then the one that stands first in the taxonomy.

    Parameters
    ----------
    taxonomy
        Kinds with their words, exclusions and tags.

    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        words: dict[str, _Word] = {}

        def word(text: str) -> _Word:
            return words.setdefault(text, _Word(text))

        self._kinds: list[Kind] = list(taxonomy.kinds.values())
        for index, kind in enumerate(self._kinds):
            for text, weight in kind.words.items():
                word(text).kinds.append((index, weight))
            for text in kind.not_words:
                word(text).not_kinds.append(index)
        for tag, texts in taxonomy.tags.items():
            for text in texts:
                word(text).tags.append(tag)
        for exclusion in taxonomy.exclusions:
            for text in exclusion.words:
                word(text).exclusion = exclusion
        self._words = list(words.values())
        self._taking_back = frozenset(index for index, one in enumerate(self._words) if one.takes_back)
        self._cache: dict[frozenset[int], tuple[str, tuple[str, ...]]] = {}
        self._automaton = AhoCorasick(list(words), implementation=Implementation.ContiguousNFA)

    def read(self, text: str, *, settled: bool = False) -> tuple[str, tuple[str, ...]]:
        """Return the kind of `text` (``other`` when no word decides) and its sorted tags.

        Parameters
        ----------
        text
            Any text; one without Han characters has no words.
        settled
            The record says of itself that the matter is closed: then "已修复" takes nothing back.

        """
        if text.isascii():
            return OTHER, ()
        matches: list[Match] = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not matches:
            return OTHER, ()
        found = frozenset([match[0] for match in matches])
        if not self._taking_back.isdisjoint(found):
            return self._read_carefully(text, matches, settled=settled)
        decision = self._cache.get(found)
        if decision is None:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            decision = self._cache[found] = self._decide([self._words[index] for index in found])
        return decision

    def standing(self, text: str, *, settled: bool = False) -> str:
        """Return what of `text` no word takes back: nothing of a drill, of others all but the clauses taken back.

        Parameters
        ----------
        text, settled
            As in `read`.

        """
        matches: list[Match] = self._automaton.find_matches_as_indexes(text, overlapping=True)
        taken_back = self._taken_back(text, matches, settled=settled)
        if any(exclusion.cancels == "text" for _, _, exclusion in taken_back):
            return ""
        for start, end in sorted({(start, end) for start, end, _ in taken_back}, reverse=True):
            text = text[:start] + text[end:]  # clauses never overlap
        return text.strip(_BOUNDARIES) if taken_back else text

    def _taken_back(self, text: str, matches: list[Match], *, settled: bool) -> list[tuple[int, int, Exclusion]]:
        """Return the clauses that do not count, with what says so; only that where the whole text does not."""
        claims = [(start, end) for index, start, end in matches if self._words[index].kinds]
        found: list[tuple[int, int, Exclusion]] = []
        for index, start, end in matches:
            exclusion = self._words[index].exclusion
            if exclusion is None or any(from_ <= start and end <= to for from_, to in claims):
                continue
            if exclusion.cancels == "text":
                return [(0, len(text), exclusion)]
            if not settled:
                found.append((*_clause(text, start, end), exclusion))
        return found

    def _decide(self, words: list[_Word]) -> tuple[str, tuple[str, ...]]:
        """Weigh distinct words that all count in full."""
        tags: set[str] = set()
        scores: dict[int, tuple[float, int, int]] = {}
        for word in words:
            tags.update(word.tags)
            length = len(word.text)
            for kind, weight in word.kinds:
                sum_, longest, _ = scores.get(kind, (0.0, 0, 0))
                scores[kind] = (sum_ + weight, max(longest, length), -kind)
        best = max(scores.values(), default=(0.0, 0, 0))
        return self._kinds[-best[2]].id if best[0] >= LEAST_WEIGHT else OTHER, tuple(sorted(tags))

    def _read_carefully(self, text: str, matches: list[Match], *, settled: bool) -> tuple[str, tuple[str, ...]]:
        """Read a text in which a word takes others back: a drill, a repaired matter, a look-alike."""
        cancelled = self._taken_back(text, matches, settled=settled)
        if cancelled and (whole := cancelled[0][2]).cancels == "text":
            return OTHER, (whole.tag,) if whole.tag else ()
        blind = [(start, end, kind) for index, start, end in matches for kind in self._words[index].not_kinds]
        kept: dict[int, _Word] = {}
        for index, start, end in matches:
            word = self._words[index]
            silenced = [one for from_, to, one in cancelled if from_ <= start and end <= to]
            kinds = [
                (kind, weight)
                for kind, weight in word.kinds
                if not any(start < to and from_ < end and kind == other for from_, to, other in blind)
                and all(self._kinds[kind].category in one.spares for one in silenced)
            ]
            inside = any(from_ <= start and end <= to for from_, to, _ in blind)
            tags = word.tags if not inside and all(one.spares for one in silenced) else []
            if kinds or tags:
                earlier = kept.get(index)
                if earlier is None or len(kinds) >= len(earlier.kinds):
                    kept[index] = _Word(word.text, kinds=kinds, tags=list(tags))
        return self._decide(list(kept.values()))


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the clause around ``text[start:end]`` begins and ends."""
    before = _UP_TO_LAST_BOUNDARY.match(text, 0, start)
    after = _BOUNDARY.search(text, end)
    return before.end() if before else 0, after.start() if after else len(text)
