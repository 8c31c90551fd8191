"""What texts about one matter call it: the phrases and the place names they share."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from detectors.terms import PARTICLES, is_unspaced, runs_of

_LONGEST_PHRASE = 12
_MOST_WORDS = 3
_SHARED_BY = 0.4
_LEAST = 3  # people: what two of them say may be a name
_READ = 60  # characters: what a text is about stands at its beginning
_HEAVIEST = 5  # terms: beyond that a longer phrase says no more
# What one text in thirty has names no matter.
_EVERYDAY = math.log(30.0)
_PLACE = re.compile(
    r"(?:小区|社区|街道|[镇乡村]|大道|[^道]路|[^路]街|[巷弄里]|大桥|[车铁拌]站|学校|小学|中学|学院|幼儿园|医院|市场|广场|公园|花园|家园"
    r"|[苑园府湾庭城郡]|国际|大厦|(?: |^)(?:street|road|avenue|lane|park|square|bridge|station|school|hospital))$"
)
_NO_PLACE = re.compile(r"^(?:附近|旁边?|周边|[本该]|我们|位于|投诉|反映|请求|关于)|[这哪那家公房城夜]里|[全本该整]市")

# A phrase that begins like this lost the name of the area before it: A2|区云杉新城. Such an area ends before a phrase.
_HEADLESS = re.compile(r"[区县省]|市(?![场民政])")
_AREA_ENDS = frozenset("省市区县")


@dataclass(slots=True)
class _Found:
    """Texts a phrase stands in, and what stands before and after it."""

    texts: set[int] = field(default_factory=set)
    before: set[str] = field(default_factory=set)
    after: set[str] = field(default_factory=set)


def names_of(
    texts: Sequence[str], news: Callable[[Sequence[str]], list[float]], most: int = 3
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the phrases that say best what `texts` have in common, and the names of places among them, best first.

    A phrase is shared by two texts in five, three at least, and has different neighbours on both sides (accessor
    variety: Feng, Chen, Deng and Zheng, Computational Linguistics 30, 2004), so that it neither begins nor ends inside
    a word; the more texts share it and the more its terms tell, the better. What everybody says is a label only for
    want of another. What was masked is in no phrase.

    Parameters
    ----------
    texts
        Masked texts, each of another person.
    news
        What meeting each of some terms in a text tells, nats.
    most
        Phrases and names wanted.

    Examples
    --------
    >>> told = ["投诉松涛园临江苑捆绑销售车位", "松涛园临江苑强制捆绑销售", "松涛园临江苑，捆绑销售车位不合理"]
    >>> names_of(told, lambda terms: [6.0] * len(terms))
    (('松涛园临江苑', '捆绑销售'), ('松涛园临江苑',))

    """
    phrases = _shared(texts)
    weights = _weights(phrases, news, _EVERYDAY)
    places = {phrase: weight for phrase, weight in weights.items() if _is_place(phrase)}
    label = _best(weights, most) or _best(_weights(phrases, news, 0.0), 1) or _opening(texts)
    return label, _best(places, most)


def _opening(texts: Sequence[str]) -> tuple[str, ...]:
    """Return how enough texts begin, for those that are word for word the same and too long for a phrase."""
    runs = Counter(run[:_LONGEST_PHRASE] for text in texts for run in islice(runs_of(text[:_READ]), 1))
    opening, times = max(runs.items(), key=lambda one: (one[1], one[0]), default=("", 0))
    return (opening,) if times >= max(_LEAST, _SHARED_BY * len(texts)) else ()


def _is_place(phrase: str) -> bool:
    # Two characters, as 小区, name no place.
    return len(phrase) > len("小区") and bool(_PLACE.search(phrase)) and not _NO_PLACE.search(phrase)


def _shared(texts: Sequence[str]) -> dict[str, _Found]:
    """Return the phrases enough texts share, each with what stands around it."""
    phrases: dict[str, _Found] = {}
    for number, text in enumerate(texts):
        for phrase, before, after in _phrases(text):
            found = phrases.setdefault(phrase, _Found())
            found.texts.add(number)
            found.before.add(before if before and before not in _AREA_ENDS else f"{number}^")
            found.after.add(after or f"{number}$")
    least = max(_LEAST, math.ceil(_SHARED_BY * len(texts)))
    return {
        phrase: found
        for phrase, found in phrases.items()
        if len(found.texts) >= least
        and not _HEADLESS.match(phrase)
        and min(len(found.before), len(found.after)) >= min(2, least)
    }


def _phrases(text: str) -> Iterable[tuple[str, str, str]]:
    """Yield the phrases of `text` with their neighbours; an empty neighbour is an edge."""
    words: list[str] = []
    for run in runs_of(text[:_READ]):
        if not is_unspaced(run):
            words.append(run)
            continue
        for start, first in enumerate(run):
            if first in PARTICLES:
                continue
            for end in range(start + 2, min(start + _LONGEST_PHRASE, len(run)) + 1):
                if run[end - 1] not in PARTICLES:
                    yield run[start:end], run[start - 1 : start], run[end : end + 1]
    lowered = text[:_READ].lower()
    for start in range(len(words)):
        for size in range(1, _MOST_WORDS + 1):
            phrase = " ".join(words[start : start + size])
            if len(phrase) > 2 and start + size <= len(words) and phrase in lowered:  # noqa: PLR2004 - of, to
                yield phrase, "", ""


def _best(weights: Mapping[str, float], most: int) -> tuple[str, ...]:
    """Return the heaviest phrases that do not repeat each other."""
    chosen: list[str] = []
    for phrase in sorted(weights, key=lambda one: (-weights[one], one)):
        if len(chosen) >= most or weights[phrase] <= 0.0:
            break
        if not any(_repeats(phrase, other) for other in chosen):
            chosen.append(phrase)
    return tuple(chosen)


def _weights(
    phrases: Mapping[str, _Found], news: Callable[[Sequence[str]], list[float]], everyday: float
) -> dict[str, float]:
    """Return what phrases tell beyond `everyday` nats a term, times the square of the number of texts they are in."""
    return {phrase: len(found.texts) ** 2 * _weight(phrase, news, everyday) for phrase, found in phrases.items()}


def _weight(phrase: str, news: Callable[[Sequence[str]], list[float]], everyday: float) -> float:
    """Return what a phrase tells: its terms, but no more than some of them."""
    pairs = [phrase[at : at + 2] for at in range(len(phrase) - 1)] if is_unspaced(phrase) else phrase.split()
    told = news([pair for pair in pairs if PARTICLES.isdisjoint(pair)])
    return sum(max(0.0, one - everyday) for one in told) * min(1.0, _HEAVIEST / len(pairs))


def _repeats(phrase: str, other: str) -> bool:
    """Tell whether the two have two characters (a word, where words are parted) in a row in common."""
    if not is_unspaced(phrase):
        return not set(phrase.split()).isdisjoint(other.split())
    return any(phrase[at : at + 2] in other for at in range(len(phrase) - 1))
