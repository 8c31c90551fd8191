"""The kind of an event from its text: the lexicon first, then what the duty desk's corrections have taught."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from detectors.adwin import AdaptiveWindow
from detectors.arow import Arow, Part
from detectors.confidence import Confidence
from detectors.grams import grams_of
from detectors.taxonomy import OTHER

By = Literal["lexicon", "classifier", "both", "none"]

HEAD, PART = "classify/head", "classify/part/"
_HALF_LIFE = 1_000.0  # answers
# What the lexicon is believed before the desk has judged any of its answers: eight right ones in ten.
_TRUST_RIGHT, _TRUST = 4.0, 5.0


@dataclass(frozen=True, slots=True)
class ClassifyConfig:
    """How much it takes to be believed.

    Parameters
    ----------
    least_confidence
        Probability of being right from which on the classifier answers where the lexicon does not.
    bits
        Logarithm of the number of places n-grams are hashed to.
    most_kinds
        Most kinds learned.
    drift_delta
        Probability of telling of drift when there is none.

    """

    least_confidence: float = 0.5
    bits: int = 16
    most_kinds: int = 64
    drift_delta: float = 0.002

    def __post_init__(self) -> None:
        faults = [
            f"{name} must lie in (0, 1)"
            for name in ("least_confidence", "drift_delta")
            if not 0.0 < getattr(self, name) < 1.0
        ]
        if not 8 <= self.bits <= 22:  # noqa: PLR2004 - 1 kB and 16 MB a kind
            faults.append("bits must be 8 to 22")
        if self.most_kinds < 1:
            faults.append("most_kinds must be at least 1")
        if faults:
            raise ValueError("; ".join(faults))


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What kind an event is, and how sure that is.

    Parameters
    ----------
    kind
        Its kind, ``other`` when nobody can tell.
    confidence
        Probability that the duty desk would agree, from how often it did; 0 when nobody can tell.
    by
        Who says so.
    ranking
        The classifier's three best kinds with their scores, best first.

    """

    kind: str
    confidence: float
    by: By
    ranking: tuple[tuple[str, float], ...] = ()


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """What a judgement of the duty desk showed.

    Parameters
    ----------
    before
        What would have been answered.
    right
        The desk agrees with it.
    drift
        The rate of corrections has changed just now.
    correction_rate
        Share of answers the desk corrected, since it last changed.

    """

    before: Verdict
    right: bool
    drift: bool
    correction_rate: float


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

    Give `learn` the desk's confirmations too: from corrections alone it would take itself for worse than it is. It is
    useful from the first correction; a new kind is mostly recognised after 50. Trust the confidence after some
    200 judgements.

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
        return self._answer(self._scores(text), found)

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
        scores = self._ranked(self._model.scores(places, values))
        before = self._answer(scores, found)
        if kind not in self._kinds:
            self._kinds[kind] = self._begin(kind)
        if scores:
            self._confidence.learn(_margin(scores), right=scores[0][0] == kind)
        if found != OTHER:
            self._trust[found] = _counted(self._trust.get(found, (_TRUST_RIGHT, _TRUST)), right=found == kind)
        if len(places):
            self._model.learn(places, values, self._kinds[kind])
        drift = self._corrections.learn(before.kind != kind)
        return Lesson(before=before, right=before.kind == kind, drift=drift, correction_rate=self._corrections.rate)

    def trust(self) -> Mapping[str, float]:
        """Return how often the desk agreed with the lexicon, by the kind it had found."""
        return {kind: right / number for kind, (right, number) in sorted(self._trust.items())}

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

    def _begin(self, kind: str) -> int:
        try:
            return self._model.add()
        except ValueError as error:
            raise ValueError(f"no room for kind {kind!r}: {error}") from error

    def _scores(self, text: str) -> list[tuple[str, float]]:
        return self._ranked(self._model.scores(*grams_of(text, self._config.bits)))

    def _ranked(self, scores: np.ndarray[tuple[int], np.dtype[np.float32]]) -> list[tuple[str, float]]:
        """Return the three best kinds with their scores; the older of equals first."""
        kinds = tuple(self._kinds)
        return [(kinds[place], float(scores[place])) for place in np.argsort(-scores, kind="stable")[:3]]

    def _answer(self, scores: list[tuple[str, float]], found: str) -> Verdict:
        """Weigh the classifier's best kind against the lexicon's."""
        ranking = tuple(scores)
        sure = self._confidence.of(_margin(scores)) if scores else 0.0
        if found == OTHER:
            if sure < self._config.least_confidence:
                return Verdict(kind=OTHER, confidence=0.0, by="none", ranking=ranking)
            return Verdict(kind=scores[0][0], confidence=sure, by="classifier", ranking=ranking)
        right, number = self._trust.get(found, (_TRUST_RIGHT, _TRUST))
        if scores and scores[0][0] == found:
            return Verdict(kind=found, confidence=max(sure, right / number), by="both", ranking=ranking)
        if sure > right / number:
            return Verdict(kind=scores[0][0], confidence=sure, by="classifier", ranking=ranking)
        return Verdict(kind=found, confidence=right / number, by="lexicon", ranking=ranking)


def _margin(scores: list[tuple[str, float]]) -> float:
    """Return by how much the best kind leads; a single one has to lead over not being it."""
    return scores[0][1] - (scores[1][1] if len(scores) > 1 else 0.0)


def _counted(counts: tuple[float, float], *, right: bool) -> tuple[float, float]:
    """Return counts of right and of all answers with one more, the older ones faded."""
    fading = 2.0 ** (-1.0 / _HALF_LIFE)
    return counts[0] * fading + float(right), counts[1] * fading + 1.0
