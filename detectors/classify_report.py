"""What the classifier of kinds says of a text, and of a judgement it learned from. Types only."""

from __future__ import annotations

from typing import Literal

import msgspec

By = Literal["lexicon", "classifier", "both", "none"]


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
