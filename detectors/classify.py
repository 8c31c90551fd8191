"""The kind of an event from its text: the lexicon first, then what the duty desk's corrections have taught."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from detectors.adwin import AdaptiveWindow
from detectors.arow import Arow, Part
from detectors.classify_config import ClassifyConfig
from detectors.classify_report import Lesson, Verdict
from detectors.confidence import Confidence
from detectors.grams import Places, Weights, grams_of
from detectors.taxonomy import OTHER

Ranking = tuple[tuple[str, float], ...]

HEAD, PART = "classify/head", "classify/part/"
_HALF_LIFE = 1_000.0  # answers
# What the lexicon is believed before the desk has judged any of its answers: eight right ones in ten.
_TRUST_RIGHT, _TRUST = 4.0, 5.0
# A linear classifier takes every text for the one kind it was shown, or for one of two.
_LEAST_KINDS = 3


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What `KindClassifier` knows beside weights, each as the part that knows it returns it."""

    model: tuple[float, int]
    kinds: list[str]
    confidence: tuple[list[float], list[float]]
    trust: dict[str, tuple[float, float]]
    corrections: tuple[list[tuple[int, int]], int]


_heads, _parts = msgspec.msgpack.Decoder(Head), msgspec.msgpack.Decoder(Part)
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class KindClassifier:
    """Says of which kind a text is, and learns from what the duty desk says.

    The lexicon's kind holds until the classifier is surer of another than the lexicon has proved to be of this one.
    Where the lexicon finds none, the classifier answers if it is sure enough. The classifier is an online linear one on
    hashed character n-grams (`detectors.arow.Arow`, `detectors.grams.grams_of`); how sure it is follows from how
    often it was right with such a margin, each answer having been given before it was judged
    (`detectors.confidence.Confidence`); an adaptive window watches the rate of corrections for drift.

    Give `learn` the desk's confirmations too: from corrections alone it would take itself for worse than it is. And
    give `contrast` some ordinary texts beside each: what it was never shown it cannot tell from what it was. Before it
    has seen either of them, or three kinds, it says nothing where the lexicon finds none. It is useful from the first
    corrections; a new kind is mostly recognised after 50. Trust the confidence after some 200 judgements.

    Memory: 17 MB with 64 kinds and 16 bits, whatever is learned; `state` holds the places ever touched, at most as
    much, and `dirty` the neighbourhoods of those that changed.

    Parameters
    ----------
    config
        How much it takes to be believed.

    References
    ----------
    As in `detectors.arow.Arow`, `detectors.confidence.Confidence` and `detectors.adwin.AdaptiveWindow`; answers are
    judged before they teach (prequential: Dawid, J. Royal Statistical Society A 147, 1984).

    Examples
    --------
    >>> classifier = KindClassifier(ClassifyConfig())
    >>> classifier.score("楼下烧烤店油烟太大", found="noise").kind
    'noise'
    >>> for _ in range(20):
    ...     _ = classifier.learn("楼下烧烤店油烟扰民", "fumes", found="noise")
    ...     _ = classifier.learn("工地夜间施工噪声", "noise", found="noise")
    >>> verdict = classifier.score("楼下烧烤店油烟扰民", found="noise")
    >>> verdict.kind, verdict.by, verdict.confidence > 0.5
    ('fumes', 'classifier', True)

    """

    def __init__(self, config: ClassifyConfig) -> None:
        self._config = config
        self._model = Arow(bits=config.bits, most=config.most_kinds)
        self._kinds: dict[str, int] = {}
        self._confidence = Confidence(half_life=_HALF_LIFE)
        self._trust: dict[str, tuple[float, float]] = {}
        self._corrections = AdaptiveWindow(delta=config.drift_delta)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds learned, in the order they turned up."""
        return tuple(self._kinds)

    def score(self, text: str, *, found: str = OTHER) -> Verdict:
        """Return the kind of `text`; nothing is learned.

        Parameters
        ----------
        text
            Masked text.
        found
            The kind the lexicon found.

        """
        return self._answer(self._ranked(self._model.scores(*grams_of(text, self._config.bits))), found)

    def learn(self, text: str, kind: str, *, found: str = OTHER) -> Lesson:
        """Learn that the duty desk takes `text` for `kind`, whether that corrects or confirms.

        Parameters
        ----------
        text
            Masked text.
        kind
            What the desk says.
        found
            The kind the lexicon found.

        Raises
        ------
        ValueError
            When `kind` is new and there are as many kinds as there may be.

        """
        places, values = grams_of(text, self._config.bits)
        ranking = self._ranked(self._model.scores(places, values))
        before = self._answer(ranking, found)
        self._study(places, values, ranking, kind)
        if found != OTHER:
            self._trust[found] = _counted(self._trust.get(found, (_TRUST_RIGHT, _TRUST)), right=found == kind)
        drift = self._corrections.learn(before.kind != kind)
        return Lesson(before=before, right=before.kind == kind, drift=drift, correction_rate=self._corrections.rate)

    def contrast(self, text: str) -> None:
        """Learn that `text` is of none of the kinds that are taught; nobody has judged it, it is an ordinary one.

        Parameters
        ----------
        text
            Masked text.

        Raises
        ------
        ValueError
            As in `learn`.

        """
        places, values = grams_of(text, self._config.bits)
        self._study(places, values, self._ranked(self._model.scores(places, values)), OTHER)

    def trust(self) -> Mapping[str, float]:
        """Return how often the desk agreed with the lexicon, by the kind it had found."""
        return {kind: right / number for kind, (right, number) in sorted(self._trust.items())}

    def doubted(self) -> frozenset[str]:
        """Return the kinds of which the desk corrected the lexicon more often than it agreed."""
        return frozenset(kind for kind, (right, number) in self._trust.items() if 2.0 * right < number)

    def state(self) -> dict[str, bytes]:
        """Return all there is to know: key to MessagePack."""
        return self._entries(touched=False)

    def dirty(self) -> dict[str, bytes]:
        """Return the entries of `state` that changed since the last call; none ever ceases to be."""
        return self._entries(touched=True)

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the entries of `state`, with the configuration they were made with."""
        head = _heads.decode(items[HEAD])
        self._model.restore(head.model, [_parts.decode(items[key]) for key in sorted(items) if key.startswith(PART)])
        self._kinds = {kind: number for number, kind in enumerate(head.kinds)}
        self._confidence.restore(head.confidence)
        self._trust = dict(head.trust)
        self._corrections.restore(head.corrections)

    def _entries(self, *, touched: bool) -> dict[str, bytes]:
        head = Head(
            model=self._model.head,
            kinds=list(self._kinds),
            confidence=self._confidence.state(),
            trust=dict(self._trust),
            corrections=self._corrections.state(),
        )
        parts = self._model.parts(touched=touched)
        return {HEAD: _encode(head), **{f"{PART}{number:05d}": _encode(part) for number, part in parts.items()}}

    def _study(self, places: Places, values: Weights, ranking: Ranking, kind: str) -> None:
        """Learn that a text is of `kind`, and whether the best of its `ranking` was right."""
        if kind not in self._kinds:
            self._kinds[kind] = self._begin(kind)
        if ranking and ranking[0][0] != OTHER:
            self._confidence.learn(_lead(ranking), right=ranking[0][0] == kind)
        if len(places):
            self._model.learn(places, values, self._kinds[kind])

    def _begin(self, kind: str) -> int:
        try:
            return self._model.add()
        except ValueError as error:
            raise ValueError(f"no room for kind {kind!r}: {error}") from error

    def _ranked(self, scores: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Ranking:
        """Return the three best kinds with their scores; the older of equals first."""
        kinds = tuple(self._kinds)
        return tuple((kinds[place], float(scores[place])) for place in np.argsort(-scores, kind="stable")[:3])

    def _answer(self, ranking: Ranking, found: str) -> Verdict:
        """Weigh the classifier's best kind against the lexicon's."""
        kind, sure = self._best(ranking)
        if found == OTHER:
            if sure < self._config.least_confidence or not (OTHER in self._kinds or len(self._kinds) >= _LEAST_KINDS):
                return Verdict(kind=OTHER, confidence=0.0, by="none", ranking=ranking)
            return Verdict(kind=kind, confidence=sure, by="classifier", ranking=ranking)
        right, number = self._trust.get(found, (_TRUST_RIGHT, _TRUST))
        if kind == found:
            return Verdict(kind=found, confidence=max(sure, right / number), by="both", ranking=ranking)
        if sure > right / number:
            return Verdict(kind=kind, confidence=sure, by="classifier", ranking=ranking)
        return Verdict(kind=found, confidence=right / number, by="lexicon", ranking=ranking)

    def _best(self, ranking: Ranking) -> tuple[str, float]:
        """Return the best kind and how sure that is, ``other`` and 0 when it is none or does not lead by enough."""
        if not ranking or ranking[0][0] == OTHER or _lead(ranking) < self._config.least_lead:
            return OTHER, 0.0
        return ranking[0][0], self._confidence.of(_lead(ranking))


def _lead(ranking: Ranking) -> float:
    """Return by how much the best kind leads, over the next and over being none, which would score 0."""
    best, *others = (score for _, score in ranking)
    return best - max(0.0, *others) if others else best


def _counted(counts: tuple[float, float], *, right: bool) -> tuple[float, float]:
    """Return counts of right and of all answers with one more, the older ones faded."""
    fading = 2.0 ** (-1.0 / _HALF_LIFE)
    return counts[0] * fading + float(right), counts[1] * fading + 1.0
