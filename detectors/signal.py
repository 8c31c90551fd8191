"""What a detector says: an observation too large (or too small) for its own expectation."""

from __future__ import annotations

from datetime import datetime

import msgspec

from detectors.event import Place, Source


class Signal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One detector's statement on one key and one window; the value of the ``signals`` topic.

    A later signal with the same `id` replaces the earlier one. A signal of a window that is still open is
    provisional (``final=False``); the one sent when the watermark passes the window's end is final. A
    provisional signal that the closed window does not bear out is sent again with ``withdrawn=True``.

    Parameters
    ----------
    id
        Deterministic: detector, key and start of the window.
    detector, key
        Which detector spoke about which key (``street id|kind``).
    kind
        Kind of the events counted.
    place
        The area meant, with the names of one of its events.
    level
        Level of the area in the area tree.
    starts_at, ends_at
        The window, aware UTC, end exclusive.
    observed
        Events counted in the window.
    expected, expected_high
        Mean and 99 % quantile of the one-step-ahead predictive distribution, events per window.
    p_value
        Upper-tail probability of `observed` under the predictive distribution, by what such probabilities have come
        to, the window before weighed in.
    by_chance
        Of surges only: signals a day that are as unlikely as this one and come of chance alone, of all areas and kinds
        of the city together.
    model_age
        Closed windows in which the district was alive and the baseline learned.
    sources
        Sorted source types of the events.
    evidence
        Ids of the first events in the window, by time and id, at most 100.
    reporters
        Distinct reporters among the events.
    final
        The window is closed: nothing in this signal will change.
    withdrawn
        An earlier signal with this id no longer holds.

    """

    id: str
    detector: str
    key: str
    kind: str
    place: Place
    level: str
    starts_at: datetime
    ends_at: datetime
    observed: int
    expected: float
    expected_high: float
    p_value: float
    by_chance: float | None = None
    model_age: int
    sources: tuple[Source, ...]
    evidence: tuple[str, ...]
    reporters: int
    final: bool = False
    withdrawn: bool = False
