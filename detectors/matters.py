"""Texts told about one matter found together, one at a time: an online Dirichlet process mixture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from math import lgamma, log

import msgspec
import numpy as np

from detectors.matter import Filing, Matter, MattersConfig, MattersHead
from detectors.postings import Postings
from detectors.vocabulary import Numbers, Vocabulary

# A matter remembers at most this many distinct terms and this many sights of them; the lightest go first.
_MOST_TERMS = 400
_MOST_SIGHTS = 20_000.0
_FADED = 0.05
_SWEEP_TEXTS = 100
_REGROWN = 1.3
_LENGTH_FADING = 0.999
_MOST_TEXTS, _FEW = 0.6, 5


class Matters:
    """Assigns each text, when it comes, to a matter told before or to a new one.

    A text's terms are drawn from its matter's own words, smoothed with the city's sliding vocabulary as base measure
    (so that rare terms weigh most, as in tf-idf); a matter's prior is its fading number of texts. The text joins the
    matter with the largest posterior unless a new one explains it better. When a text fits two matters, their
    merger is weighed by the same model's marginal likelihood: one matter found from two ends becomes one.

    Memory: at most 400 terms a matter, 9 kB however few it has, its part in the index from terms to matters included.
    Trustworthy after about 200 texts: before that the vocabulary takes every word for rare.

    Parameters
    ----------
    config
        How alike texts of one matter are.

    References
    ----------
    Yin, Chao, Liu, Zhang, Yu and Wang, Model-based clustering of short text streams, KDD 2018 (MStream, whose model
    this is but for the base measure, the fading and the mergers). Heller and Ghahramani, Bayesian hierarchical
    clustering, ICML 2005 (mergers by marginal likelihood).

    Examples
    --------
    >>> from detectors.terms import terms_of
    >>> matters = Matters(MattersConfig(newness=0.0))
    >>> texts = ["松涛园临江苑捆绑销售车位", "云杉新城搅拌站噪音扰民", "临江苑车位捆绑销售不合理", "搅拌站噪音云杉新城"]
    >>> [matters.learn(terms_of(text), t=60.0 * n).matter for n, text in enumerate(texts)]
    [0, 1, 0, 1]

    """

    def __init__(self, config: MattersConfig) -> None:
        self._config = config
        self._vocabulary = Vocabulary(half_life_texts=config.vocabulary_texts, capacity=config.vocabulary_terms)
        self._fading = math.log(2.0) / config.memory_s
        self._matters: dict[int, Matter] = {}
        self._standing: dict[int, float] = {}
        self._postings = self._no_postings()
        self._changed: set[int] = set()
        self._founded = 0
        self._learned = 0
        self._length = 8.0

    def __len__(self) -> int:
        return len(self._matters)

    def rank(self, terms: list[str], t: float) -> list[tuple[float, int]]:
        """Return log odds and numbers of the matters that explain `terms` better than a new one, best first."""
        return self._rank(self._vocabulary.rarest(self._vocabulary.numbers(terms), self._config.most_terms), t)

    def learn(self, terms: list[str], t: float) -> Filing:
        """Assign a text, learn from it, and say where it went.

        Parameters
        ----------
        terms
            Distinct terms of the text.
        t
            When it was told, epoch seconds; not before the last one.

        """
        numbers = self._vocabulary.numbers(terms)
        chosen = self._vocabulary.rarest(numbers, self._config.most_terms)
        ranked = self._rank(chosen, t)
        number = ranked[0][1] if ranked else self._found(t)
        self._add(number, chosen, t)
        self._vocabulary.learn(numbers)
        if self._vocabulary.is_full():
            self._vocabulary.shrink(self._postings.held(len(self._vocabulary.weights)))
        self._length += (len(chosen) - self._length) * (1.0 - _LENGTH_FADING)
        absorbed = None
        if len(ranked) > 1:
            older, younger = sorted((number, ranked[1][1]))
            if self._worth_merging(older, younger, t):
                self._merge(older, younger, t)
                number, absorbed = older, younger
        self._learned += 1
        return Filing(number, absorbed, self._sweep(t) if self._learned % _SWEEP_TEXTS == 0 else [])

    def news(self, terms: Sequence[str]) -> list[float]:
        """Return what meeting each term in a text tells, nats."""
        return self._vocabulary.news(terms)

    def elsewhere(self, number: int) -> float:
        """Return the share of all texts that lie elsewhere and have what is most peculiar to a matter.

        That is the least share of any term that most of its texts have. Where even that one is common, the matter is
        news to nobody: it was told before, under another number.
        """
        own, matter = self._terms(number), self._matters[number]
        ranked = sorted(own, key=lambda term: (-own[term], term))
        common = [term for term in ranked if own[term] >= _MOST_TEXTS * matter.texts] or ranked[:_FEW]
        counts, texts = self._vocabulary.counts(common)
        outside = [count - own[term] for term, count in zip(common, counts, strict=True)]
        return max(0.0, min(outside, default=0.0)) / texts

    def head(self) -> MattersHead:
        """Return what is known beside matters and terms."""
        return MattersHead(self._vocabulary.totals(), self._founded, self._learned, self._length)

    def chunks(self, *, touched: bool) -> dict[int, dict[str, float]]:
        """Return the vocabulary as `detectors.vocabulary.Vocabulary.chunks` does."""
        return self._vocabulary.chunks(touched=touched)

    def matters(self) -> dict[int, Matter]:
        """Return all matters with their terms, by number, the older first."""
        return {number: self.matter(number) for number in self._matters}

    def matter(self, number: int) -> Matter:
        """Return a matter with its terms."""
        return msgspec.structs.replace(self._matters[number], terms=self._terms(number))

    def __contains__(self, number: int) -> bool:
        return number in self._matters

    def changes(self) -> set[int]:
        """Return the numbers of the matters that changed or were given up since they were last asked for."""
        changed, self._changed = self._changed, set()
        return changed

    def restore(self, head: MattersHead, matters: Mapping[int, Matter], chunks: Iterable[dict[str, float]]) -> None:
        """Go on from what `head`, `matters` and `chunks` returned."""
        self._vocabulary.restore(head.totals, chunks)
        self._founded, self._learned, self._length = head.founded, head.learned, head.length
        self._matters = {number: msgspec.structs.replace(matters[number], terms={}) for number in sorted(matters)}
        self._postings, self._standing, self._changed = self._no_postings(), {}, set()
        for number, matter in self._matters.items():
            terms = matters[number].terms
            self._postings.put(number, self._vocabulary.numbers(list(terms)), list(terms.values()))
            self._stand(number, matter)

    def _no_postings(self) -> Postings:
        slots = self._config.capacity + _SWEEP_TEXTS + 1
        return Postings(slots=slots, width=_MOST_TERMS + self._config.most_terms)

    def _terms(self, number: int) -> dict[str, float]:
        """Return how often a matter has each of its terms."""
        numbers, sights = self._postings.of(number)
        return dict(zip(self._vocabulary.names(numbers), sights, strict=True))

    def _strength(self) -> float:
        """Return the strength of the base measure in sights."""
        return self._config.smoothing_texts * self._length

    def _rank(self, terms: Numbers, t: float) -> list[tuple[float, int]]:
        strength, length = self._strength(), len(terms)
        trust = min(1.0, self._config.evidence_terms / max(length, 1))
        ranked = []
        least = self._config.newness + self._fading * t
        standing = self._standing
        close = self._postings.candidates(terms, self._vocabulary, strength=strength, trust=trust, least=least)
        for number, shared in close:
            bound = trust * log(shared) + standing[number]
            odds = bound - trust * length * log(1.0 + self._matters[number].sights / strength)
            if odds > least:
                ranked.append((odds - self._fading * t, number))
        ranked.sort(key=lambda one: (-one[0], one[1]))
        return ranked

    def _found(self, t: float) -> int:
        number = self._founded
        self._founded += 1
        self._matters[number] = Matter(last_t=t, terms={}, tested={})
        return number

    def _add(self, number: int, terms: Numbers, t: float) -> None:
        matter = self._matters[number]
        self._changed.add(number)
        matter.weight = self._faded(matter, t) + 1.0
        matter.last_t = t
        matter.texts += 1.0
        matter.sights += len(terms)
        size = self._postings.add(number, terms)
        self._stand(number, matter)
        if size > _MOST_TERMS or matter.sights > _MOST_SIGHTS:
            self._keep(number, self._numbered(number))

    def _stand(self, number: int, matter: Matter) -> None:
        """Note the matter's log weight at time 0, from which that at any time follows by one subtraction."""
        standing = self._standing[number] = log(matter.weight) + self._fading * matter.last_t
        self._postings.weigh(number, standing, matter.sights)

    def _faded(self, matter: Matter, t: float) -> float:
        return matter.weight * math.exp(-self._fading * (t - matter.last_t))

    def _keep(self, number: int, terms: dict[int, float]) -> None:
        """Note a matter's terms; drop those seen least; halve what has been seen too often to change its mind."""
        matter = self._matters[number]
        if len(terms) > _MOST_TERMS or matter.sights > _MOST_SIGHTS:
            share = 0.5 if matter.sights > _MOST_SIGHTS else 1.0
            names = dict(zip(terms, self._vocabulary.names(_numbers(terms)), strict=True))
            ranked = sorted(terms.items(), key=lambda one: (-one[1], names[one[0]]))
            terms = {term: sights * share for term, sights in ranked[: _MOST_TERMS * 3 // 4]}
            matter.sights = sum(terms.values())
        self._postings.put(number, _numbers(terms), list(terms.values()))
        self._stand(number, matter)

    def _worth_merging(self, older: int, younger: int, t: float) -> bool:
        """Tell whether one matter explains the texts of two better than two do."""
        one, other = self._matters[older], self._matters[younger]
        size = self._postings.size(older) + self._postings.size(younger)
        if size < _REGROWN * one.tested.get(younger, 0):
            return False
        strength = self._strength()
        gain = lgamma(strength + one.sights) + lgamma(strength + other.sights)
        gain -= lgamma(strength) + lgamma(strength + one.sights + other.sights)
        small, large = sorted((self._numbered(older), self._numbered(younger)), key=len)
        shared = [term for term in small if term in large]
        for term, rarity in zip(shared, self._vocabulary.rarities(_numbers(shared)), strict=True):
            prior, a, b = strength / rarity, small[term], large[term]
            gain += lgamma(prior) + lgamma(prior + a + b) - lgamma(prior + a) - lgamma(prior + b)
        length = (one.sights + other.sights) / (one.texts + other.texts)
        gain *= min(1.0, self._config.evidence_terms / length)
        a, b = self._faded(one, t), self._faded(other, t)
        worth = gain + lgamma(a + b) - lgamma(a) - lgamma(b) > self._config.newness
        if not worth:
            one.tested[younger] = size
            self._changed.add(older)
        return worth

    def _merge(self, older: int, younger: int, t: float) -> None:
        one, other = self._matters[older], self._matters[younger]
        self._changed.add(older)
        one.weight = self._faded(one, t) + self._faded(other, t)
        one.last_t = t
        one.texts += other.texts
        one.sights += other.sights
        both = self._numbered(older)
        for term, sights in self._numbered(younger).items():
            both[term] = both.get(term, 0.0) + sights
        self._drop(younger)
        self._keep(older, both)

    def _numbered(self, number: int) -> dict[int, float]:
        """Return how often a matter has each of its terms, by the terms' numbers."""
        numbers, sights = self._postings.of(number)
        return dict(zip(numbers.tolist(), sights, strict=True))

    def _drop(self, number: int) -> None:
        self._changed.add(number)
        del self._standing[number]
        del self._matters[number]
        self._postings.forget(number)

    def _sweep(self, t: float) -> list[int]:
        """Give up what has faded and what there is no room for."""
        standing, least = self._standing, log(_FADED) + self._fading * t
        ranked = sorted(standing, key=lambda number: (-standing[number], -number))
        forgotten = [n for n in ranked[: self._config.capacity] if standing[n] < least]
        forgotten += ranked[self._config.capacity :]
        for number in forgotten:
            self._drop(number)
        for number, matter in self._matters.items():
            if matter.tested and not self._matters.keys() >= matter.tested.keys():
                matter.tested = {other: size for other, size in matter.tested.items() if other in self._matters}
                self._changed.add(number)
        return forgotten


def _numbers(terms: Iterable[int]) -> Numbers:
    return np.array(list(terms), np.int32)
