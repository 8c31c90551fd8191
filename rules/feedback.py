"""What people found out about alerts (属实, 误报), and how rare a detector's signals have to be from then on.

False alarms come in proportion to the limit a rule puts on chance; what is real is mostly far below it. Where alerts
turn out true with the odds ``p : 1 - p``, a limit divided by ``(1 - p) / p`` brings true and false back to even. So a
rule's limits are divided by the odds of a false alarm (`Strictness.times`):

- A rule in a district is taken to begin with `RULE_PRIOR` verdicts, half of them true: even odds, limits as they stand.
  Its verdicts of all areas and kinds are added (a Beta-binomial posterior mean).
- An area and kind begins with `KEY_PRIOR` verdicts that are true as often as its rule's: with few of its own it borrows
  from them, with many it goes by its own (Efron and Morris 1975, "Data analysis using Stein's estimator").
- A verdict weighs half after `HALF_LIFE_DAYS`, and nothing after five times that.
- Never less rare than `LEAST` times: limits stand for a budget of chance alerts, and at most twice of it is spent.
  Never more than `MOST` times, little more than a power of ten: what is two powers beyond a limit still passes, and no
  place is ever silenced. Rounded to two digits, so that what is said is what is done.

Rules in different districts do not borrow from each other: what an alert becomes must not depend on which districts
share a partition. A rule about a detector that sees the whole city is one for all of it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

RULE_PRIOR, KEY_PRIOR = 8.0, 4.0
HALF_LIFE_DAYS = 90.0
LEAST, MOST = 0.5, 16.0
NO_DETECTOR = "rules"
_DAY_S = 86_400.0
_OF_NO_WEIGHT_S = 5 * HALF_LIFE_DAYS * _DAY_S
_REPLACED_KEPT_S = 9 * _DAY_S  # a rule that begins anew is shown the signals of eight days again
_CACHED = 10_000


class Held(NamedTuple):
    """By what verdicts are counted."""

    rule: str
    detector: str
    verdict: str


class Judgement(msgspec.Struct, frozen=True, array_like=True):
    """What somebody found out about an alert.

    Parameters
    ----------
    alert, rule
        Ids.
    detector
        Whose signals the rule grades, `NO_DETECTOR` when none's: it counts events.
    key
        What it is about: district, area and kind, see `rules.subject`.
    holds
        属实 or 误报.
    at
        When, epoch seconds.
    since
        It counts for windows that end after this, epoch seconds: not for those the alert had when it was looked into,
        nor for any that was closed when the verdict came.

    """

    alert: str
    rule: str
    detector: str
    key: str
    holds: bool
    at: float
    since: float

    @property
    def pool(self) -> tuple[str, str]:
        """Rule and district: what keys borrow from."""
        return self.rule, self.key.partition("|")[0]

    @property
    def counted_as(self) -> Held:
        """By what it is counted."""
        return Held(self.rule, self.detector, "true" if self.holds else "false")

    def weight(self, t: float) -> float:
        """Return what it counts for a window that ends at `t`, 0 to 1."""
        age_s = t - self.at
        if self.since >= t or age_s > _OF_NO_WEIGHT_S:
            return 0.0
        return float(2.0 ** (-age_s / (HALF_LIFE_DAYS * _DAY_S)))


class Strictness(msgspec.Struct, frozen=True, array_like=True):
    """How much rarer than its rule says a signal has to be, and the verdicts that say so.

    Parameters
    ----------
    times
        Its limits are divided by this; 1 leaves them, less than 1 loosens.
    false, true
        Verdicts on its area and kind that weigh anything.
    rule_false, rule_true
        Those on its rule in its district, these included.

    """

    times: float = 1.0
    false: int = 0
    true: int = 0
    rule_false: int = 0
    rule_true: int = 0


AS_STATED = Strictness()


class Feedback:
    """The verdicts of one partition, and what follows from them.

    Holds one verdict an alert, at most 450 days of event time; a replaced one nine days longer than it counts.
    """

    def __init__(self) -> None:
        self._by_alert: dict[str, tuple[Judgement, ...]] = {}
        self._pools: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._cache: dict[tuple[str, str, float], Strictness] = {}
        self._dirty: set[str] = set()
        self._look_at = -math.inf

    def take(self, verdict: Judgement, watermark: float) -> float | None:
        """Take in a verdict in place of the one there was on the same alert.

        Returns
        -------
        float or None
            From when on windows are to be graded anew, epoch seconds; ``None`` when nothing changes.

        """
        before = self._by_alert.get(verdict.alert, ())
        if before and before[-1].holds == verdict.holds:
            return None
        since = max(verdict.since, verdict.at, watermark)
        kept = [old for old in before if old.at < verdict.at and old.since < since]
        self._put(verdict.alert, (*kept, msgspec.structs.replace(verdict, since=since)))
        self._dirty.add(verdict.alert)
        return since

    def strictness(self, rule: str, key: str, t: float) -> Strictness:
        """Return how strict to be with signals of `rule` on `key` in a window that ends at `t`, epoch seconds."""
        pool = self._pools.get((rule, key.partition("|")[0]))
        if not pool:
            return AS_STATED
        if len(self._cache) > _CACHED:
            self._cache.clear()
        found = self._cache.get((rule, key, t))
        if found is None:
            found = self._cache[rule, key, t] = self._weigh(pool, key, t)
        return found

    def _weigh(self, pool: set[str], key: str, t: float) -> Strictness:
        all_, own = _Scale(), _Scale()
        for id_ in pool:
            verdict = next((one for one in reversed(self._by_alert[id_]) if one.since < t), None)
            weight = verdict.weight(t) if verdict is not None else 0.0
            if verdict is not None and weight > 0.0:
                all_.put(verdict, weight)
                if verdict.key == key:
                    own.put(verdict, weight)
        if not (all_.true or all_.false):
            return AS_STATED
        false, true = all_.weights(RULE_PRIOR / 2, RULE_PRIOR / 2)
        share = false / (false + true)
        false, true = own.weights(KEY_PRIOR * share, KEY_PRIOR * (1.0 - share))
        times = float(f"{min(max(false / true, LEAST), MOST):.2g}")
        return Strictness(times, len(own.false), len(own.true), len(all_.false), len(all_.true))

    def held(self) -> Counter[Held]:
        """Return how many verdicts are held, whatever they weigh by now."""
        return Counter(verdicts[-1].counted_as for verdicts in self._by_alert.values())

    def forget(self, watermark: float) -> None:
        """Drop what counts for no window any more; looks once a day of event time."""
        if watermark < self._look_at:
            return
        self._look_at = watermark + _DAY_S
        horizon = watermark - _REPLACED_KEPT_S
        for id_, verdicts in list(self._by_alert.items()):
            following = (*(one.since for one in verdicts[1:]), verdicts[-1].at + _OF_NO_WEIGHT_S)
            left = tuple(one for one, until in zip(verdicts, following, strict=True) if until >= horizon)
            if left != verdicts:
                self._put(id_, left)
                self._dirty.add(id_)

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: alert id to MessagePack, ``None`` for one forgotten."""
        known = {id_: self._by_alert.get(id_) for id_ in sorted(self._dirty)}
        self._dirty.clear()
        return {id_: msgspec.msgpack.encode(one) if one is not None else None for id_, one in known.items()}

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        for id_, data in items.items():
            self._put(id_, msgspec.msgpack.decode(data, type=tuple[Judgement, ...]))

    def _put(self, id_: str, verdicts: tuple[Judgement, ...]) -> None:
        self._cache.clear()
        for old in self._by_alert.pop(id_, ()):
            self._pools[old.pool].discard(id_)
            if not self._pools[old.pool]:
                del self._pools[old.pool]
        if verdicts:
            self._by_alert[id_] = verdicts
            self._pools[verdicts[-1].pool].add(id_)


class _Scale:
    """Weights of verdicts of both kinds; summed exactly, so that their order does not matter."""

    def __init__(self) -> None:
        self.false: list[float] = []
        self.true: list[float] = []

    def put(self, verdict: Judgement, weight: float) -> None:
        (self.true if verdict.holds else self.false).append(weight)

    def weights(self, false: float, true: float) -> tuple[float, float]:
        """Return the sums with what there is before any verdict."""
        return math.fsum([false, *self.false]), math.fsum([true, *self.true])
