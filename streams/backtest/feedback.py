"""What people found out about alerts: verdicts, one JSON object a line, and which alert each is about.

Gzipped when the name ends in ``.gz``::

    {"alert": "eb11149fba008b7a", "verdict": "true", "by": "duty desk", "at": "2026-06-02T18:00:00+08:00",
     "why": "confirmed on site", "known_at": "2026-06-02T16:10:00+08:00"}
    {"rule": "many-voices", "place": "440507-01-02", "raised_at": "2026-06-02T15:20:00+08:00", "verdict": "误报", …}

``alert``; or ``rule``, ``place`` and ``raised_at``
    The id of the alert; or the id of its rule, the key of its place (of an area, or a spot) and an instant at which it
    stood, an hour more or less.
``verdict``
    ``true`` or ``属实``; ``false`` or ``误报``.
``by``, ``at``, ``why``
    Who said so, when (RFC 3339 with an offset), and, if told, why. Of several about one alert the latest counts.
``known_at``
    When the city knew by other means, if it is known: lead times are counted to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from rules.alert import Alert
from streams.backtest.jsonlines import Wrong, convert_line, decode_line, read_lines
from streams.backtest.matching import Judged
from streams.sources.mapping_yaml import nearest

NEAR_S = 3_600.0
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_ABOUT = ("rule", "place", "raised_at")


class Verdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody found out about one alert; a line of the file, see the module."""

    verdict: Literal["true", "false", "属实", "误报"]
    by: _Name
    at: _Instant
    alert: _Name | None = None
    rule: _Name | None = None
    place: _Name | None = None
    raised_at: _Instant | None = None
    why: str = ""
    known_at: _Instant | None = None

    @property
    def holds(self) -> bool:
        """Whether the alert was right."""
        return self.verdict in {"true", "属实"}


class Feedback:
    """Verdicts, found by the alert they are about.

    Parameters
    ----------
    verdicts
        In any order.
    origin
        Where they are from, in words.

    """

    def __init__(self, verdicts: Iterable[Verdict], origin: str = "") -> None:
        self.verdicts = sorted(verdicts, key=lambda one: one.at)
        self.origin = origin
        self._by_id: dict[str, Verdict] = {}
        self._by_place: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
        for one in self.verdicts:
            if one.alert is not None:
                self._by_id[one.alert] = one
            else:
                self._by_place[one.rule or "", one.place or ""].append(one)

    def of(self, alert: Alert) -> Verdict | None:
        """Return the latest verdict about an alert, ``None`` when there is none."""
        about = [one for one in self._by_place.get((alert.rule.id, alert.place.key), ()) if _stood(alert, one)]
        if alert.id in self._by_id:
            about.append(self._by_id[alert.id])
        return max(about, key=lambda one: one.at, default=None)

    def judge(self, judged: Iterable[Judged]) -> list[Judged]:
        """Return what is said of alerts; where somebody has looked into one, that goes before the truth."""
        return [self._judge(one) for one in judged]

    def _judge(self, one: Judged) -> Judged:
        verdict = self.of(one.alert)
        if verdict is None:
            return one
        known = None if verdict.known_at is None or not verdict.holds else verdict.known_at.timestamp()
        judgement: Literal["true", "false"] = "true" if verdict.holds else "false"
        return msgspec.structs.replace(one, judgement=judgement, looked_into=True, known=known)

    def unheard(self, books: Sequence[Sequence[Judged]]) -> int:
        """Return how many verdicts are about no alert of any of the books."""
        ids = {one.alert.id for own in books for one in own}
        alerts = [one.alert for own in books for one in own]
        at: dict[tuple[str, str], list[Alert]] = defaultdict(list)
        for alert in alerts:
            at[alert.rule.id, alert.place.key].append(alert)
        return sum(
            one.alert not in ids
            if one.alert is not None
            else not any(_stood(alert, one) for alert in at.get((one.rule or "", one.place or ""), ()))
            for one in self.verdicts
        )


def _stood(alert: Alert, verdict: Verdict) -> bool:
    """Tell whether an alert stood when the one did that a verdict is about."""
    if verdict.raised_at is None:
        return False
    t = verdict.raised_at.timestamp()
    first = min(alert.first_at, alert.raised_at).timestamp()
    return first - NEAR_S <= t <= max(alert.last_at, alert.raised_at).timestamp() + NEAR_S


def read_feedback(path: Path, rules: Collection[str]) -> Feedback:
    """Read a file of verdicts.

    Parameters
    ----------
    path
        The file; see the module for its form.
    rules
        Ids of the rules of the books.

    Raises
    ------
    ConfigurationError
        With every faulty line (the first twenty), or when the file cannot be read or is empty.

    """
    return Feedback(read_lines(path, "--feedback", "verdict", lambda line, _: _verdict(line, rules)), str(path))


def _verdict(raw: bytes, rules: Collection[str]) -> Verdict:
    verdict = convert_line(decode_line(raw), Verdict)
    told = [name for name in _ABOUT if getattr(verdict, name) is not None]
    if verdict.alert is not None:
        if told:
            raise Wrong(f"$.{told[0]}", "stands beside `alert`: give the id, or rule, place and raised_at")
        return verdict
    if not told:
        raise Wrong("$.alert", "is missing: give the id of an alert, or `rule`, `place` and `raised_at`")
    for name in _ABOUT:
        if name not in told:
            raise Wrong(f"$.{name}", "is missing: without `alert` it takes `rule`, `place` and `raised_at`")
    if rules and verdict.rule not in rules:
        raise Wrong("$.rule", f"no rule has the id {verdict.rule!r}{nearest(str(verdict.rule), rules)}")
    return verdict
