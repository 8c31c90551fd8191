"""Lengths of time in a table: to the second while short."""

from __future__ import annotations

from rules.alert import Text
from streams.backtest.wording import span

_MINUTES_S = 120.0


def length(length_s: float | None) -> Text:
    """Return a length of time, briefly: ``48 s``, ``14 min``, ``2.1 h``; a dash for none."""
    if length_s is not None and length_s < _MINUTES_S:
        return Text(f"{length_s:.0f}秒", f"{length_s:.0f} s")
    return span(length_s)
