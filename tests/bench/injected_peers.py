"""River's stock detectors on the counts of one key after another: how far each window is out of the ordinary."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from river import anomaly, drift, preprocessing

Floats = NDArray[np.float64]
Scorer = Callable[[Floats], Floats]
"""From counts (keys x windows) to scores of the same shape; each made before its window is learned."""

_THRESHOLDS = tuple(5.0 * 1.25**n for n in range(22))  # from the most lenient to the strictest
_DELTAS = (0.9, 0.5, 0.2, 5e-2, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-12, 1e-18, 1e-26)
_SEED = 42


def stock() -> dict[str, Scorer]:
    """Return river's detectors with what they come with, and with a window of memory where they have one."""
    return {
        "gaussian": _gaussian,
        "half_space_trees": partial(_vectors, partial(anomaly.HalfSpaceTrees, seed=_SEED), preprocessing.MinMaxScaler),
        "one_class_svm": partial(_vectors, anomaly.OneClassSVM, preprocessing.StandardScaler),
        "page_hinkley": partial(_drifts, [partial(drift.PageHinkley, threshold=t, mode="up") for t in _THRESHOLDS]),
        "adwin": partial(_drifts, [partial(drift.ADWIN, delta=delta, clock=1) for delta in _DELTAS]),
    }


def timed(scorers: Mapping[str, Scorer], counts: Floats) -> tuple[dict[str, Floats], dict[str, float]]:
    """Return the scores of each, and its CPU time a count in microseconds."""
    found, took = {}, {}
    for name, scorer in scorers.items():
        began = time.process_time()
        found[name] = scorer(counts)
        took[name] = (time.process_time() - began) / counts.size * 1e6
    return found, took


def _gaussian(counts: Floats) -> Floats:
    """Return how many standard deviations a count lies above the mean; below, it is no surge.

    The score itself is 1.0 from eight standard deviations on, which would leave no limit to set there.
    """
    found = np.full(counts.shape, -np.inf)
    for series, scores in zip(counts.tolist(), found, strict=True):
        detector = anomaly.GaussianScorer()
        for at, value in enumerate(series):
            known = detector.gaussian
            if known.n_samples > detector.grace_period and value > known.mu and known.sigma > 0.0:
                scores[at] = (value - known.mu) / known.sigma
            detector.learn_one(None, value)
    return found


def _vectors(new: Callable[[], Any], scaler: Callable[[], Any], counts: Floats) -> Floats:
    """Score the count as a vector of one feature, scaled by what is known; below the mean so far it is no surge."""
    found = np.full(counts.shape, -np.inf)
    for series, scores in zip(counts.tolist(), found, strict=True):
        detector, scale, total = new(), scaler(), 0.0
        for at, value in enumerate(series):
            scale.learn_one({"count": value})
            x = scale.transform_one({"count": value})
            if value * at > total:
                scores[at] = detector.score_one(x)
            detector.learn_one(x)
            total += value
    return found


def _drifts(new: Sequence[Callable[[], Any]], counts: Floats) -> Floats:
    """Return the number of the strictest setting that tells a rise in a window, 0 where none does.

    Counts come in standard deviations so far. A limit on the score takes what the setting of that number and all
    stricter ones tell.
    """
    found = np.zeros(counts.shape)
    for number, setting in enumerate(new, start=1):
        for series, scores in zip(counts.tolist(), found, strict=True):
            detector, scale, total = setting(), preprocessing.StandardScaler(), 0.0
            for at, value in enumerate(series):
                scale.learn_one({"count": value})
                detector.update(scale.transform_one({"count": value})["count"])
                if detector.drift_detected and value * at > total:
                    scores[at] = number
                total += value
    return found
