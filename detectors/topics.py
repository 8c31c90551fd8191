"""Emerging topics: matters that more people begin to tell of than chance would have it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from detectors.burst import Burst, Exposure, surprise
from detectors.dossier import Dossier, Telling, most
from detectors.labels import names_of
from detectors.matters import Matters
from detectors.tail import upper_tail
from detectors.terms import terms_of
from detectors.topic import DAY_S, Filed, Topic, TopicConfig
from detectors.topics_state import HEAD, Head, dump, encode_head, load

_LOOKS_HALF_LIFE_S = 28 * DAY_S
_WORDS_SHAPE = 5.0  # of the gamma distribution of the share of texts that use certain words


class TopicDetector:
    """Finds matters in texts as they are told, and says which are emerging.

    Every telling joins a matter or founds one (`detectors.matters.Matters`). When a matter is told of, the number of
    its distinct reporters in the last hour, day, week and month is held against its own past and the city's tellings
    (`detectors.burst.surprise`). What is rarer than the limit, and was not told before under another number, is a
    topic; it is named again each time its reporters have doubled, and once a day while it goes on. The limit divides
    the chance topics a week that are allowed among the looks at matters in a week, so that it tightens by itself in a
    large city.

    Drive it in the order of (event time, id), behind the watermark. Trust it from `TopicConfig.warm_up`
    tellings and `TopicConfig.warm_up_s` on; nothing is said before.

    Memory: at most 5,000 matters (``capacity``; up to 100 more between sweeps), each with 400 terms, 64 reporters and 8
    texts, and 100,000 terms of the vocabulary. Measured with 3,020 matters told in texts of 200 characters and 72,949
    terms: 49 MB, of which `state` makes 5 MB.

    Parameters
    ----------
    config
        When a matter is worth a word.

    References
    ----------
    Allan, Papka and Lavrenko, On-line new event detection and tracking, SIGIR 1998, for the task. Clusters and test
    as in `detectors.matters.Matters` and `detectors.burst.surprise`.

    Examples
    --------
    >>> detector = TopicDetector(TopicConfig(warm_up=20))
    >>> for n in range(400):
    ...     noise = f"{chr(0x4E00 + 7 * n)}{chr(0x5E00 + 11 * n)}{chr(0x6E00 + 5 * n)}问题"
    ...     _ = detector.learn(Telling(id=f"n{n}", t=3600.0 * n, text=noise, reporter=f"r{n}"))
    >>> for n in range(4):
    ...     telling = Telling(id=f"m{n}", t=1.44e6 + n, text="云杉新城搅拌站噪音扰民", reporter=f"p{n}")
    ...     filed = detector.learn(telling)
    ...     if filed.topic:
    ...         print(n + 1, filed.topic.label, filed.topic.observed)
    3 ('云杉新城搅拌站噪音扰民',) 3

    """

    def __init__(self, config: TopicConfig) -> None:
        self._config = config
        self._matters = Matters(config.matters)
        self._dossiers: dict[int, Dossier] = {}
        self._exposure = Exposure(config.windows_s)
        self._told = 0
        self._first = self._latest = -math.inf
        self._looks = 0.0
        self._looked_t = -math.inf
        self._written = b""

    def score(self, telling: Telling) -> tuple[str, float]:
        """Return the id of the matter `telling` would join and the log odds for it; ``("", 0.0)`` for a new matter.

        Nothing is learned.
        """
        ranked = self._matters.rank(_terms(telling), telling.t)
        return (self._dossiers[ranked[0][1]].id, ranked[0][0]) if ranked else ("", 0.0)

    def learn(self, telling: Telling) -> Filed:
        """File `telling`, learn from it, and say what there is to say.

        Raises
        ------
        ValueError
            When it comes before the last one in time.

        """
        if telling.t < self._latest:
            raise ValueError(f"{telling.id} comes after one of a later time")
        if not self._told:
            self._first = telling.t
        self._latest = telling.t
        self._exposure.learn(telling.t)
        filing = self._matters.learn(_terms(telling), telling.t)
        dossier = self._dossiers.get(filing.matter)
        if dossier is None:
            dossier = self._dossiers[filing.matter] = Dossier.opened(telling, self._told)
        self._told += 1
        absorbed = self._dossiers.pop(filing.absorbed) if filing.absorbed is not None else None
        if absorbed:
            dossier.join(absorbed)
        dossier.note(telling)
        topic = self._judge(filing.matter, dossier, absorbed, telling.t)
        for number in filing.forgotten:
            del self._dossiers[number]
        return Filed(matter=dossier.id, absorbed=absorbed.id if absorbed else "", topic=topic)

    def state(self) -> dict[str, bytes]:
        """Return all there is to know: key to MessagePack."""
        entries = dump(self._dossiers, self._matters, self._dossiers, touched=False)
        return {HEAD: encode_head(self._head()), **{key: data for key, data in entries.items() if data is not None}}

    def dirty(self) -> dict[str, bytes | None]:
        """Return the entries of `state` that changed since the last call; ``None`` for one that is no more."""
        entries, head = dump(self._matters.changes(), self._matters, self._dossiers, touched=True), self._head()
        if (written := encode_head(head)) != self._written:
            entries[HEAD] = self._written = written
        return entries

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the entries of `state`, with the configuration they were made with."""
        loaded = load(items)
        head = loaded.head
        self._matters.restore(head.matters, loaded.matters, loaded.chunks)
        self._dossiers = loaded.dossiers
        self._exposure.restore(head.exposure)
        self._told, self._first, self._latest = head.told, head.first, head.latest
        self._looks, self._looked_t = head.looks, head.looked_t
        self._written = items[HEAD]

    def _head(self) -> Head:
        return Head(
            matters=self._matters.head(),
            exposure=self._exposure.state(),
            told=self._told,
            first=self._first,
            latest=self._latest,
            looks=self._looks,
            looked_t=self._looked_t,
        )

    def _judge(self, number: int, dossier: Dossier, absorbed: Dossier | None, t: float) -> Topic | None:
        """Say whether a matter with a new reporter is a topic, for the first time or again."""
        config = self._config
        if len(dossier.last) < config.least_reporters:
            return None
        renamed = absorbed is not None and absorbed.named > 0
        grown = renamed or dossier.people >= config.again * dossier.named
        if not grown and t < dossier.named_t + config.renew_s:
            return None
        burst = surprise(
            list(dossier.last.values()),
            t,
            least=config.least_reporters,
            people=dossier.people,
            since=self._told - dossier.born,
            exposures=list(zip(config.windows_s, self._exposure.counts(t), strict=True)),
            alike=len(self._matters),
        )
        limit = self._limit(t) if grown else config.largest_p  # what goes on is no further look for something new
        if burst is None or self._told < config.warm_up or t < self._first + config.warm_up_s:
            return None
        if not renamed and (burst.p_value > limit or not self._is_news(number, burst, t)):
            return None
        dossier.named = dossier.people if grown else dossier.named
        dossier.named_t = t
        return self._topic(dossier, (absorbed.id,) if absorbed and renamed else (), burst, limit)

    def _is_news(self, number: int, burst: Burst, t: float) -> bool:
        """Tell whether as many texts with such words would have been out of the ordinary wherever they were filed."""
        told = dict(zip(self._config.windows_s, self._exposure.counts(t), strict=True))[burst.window_s]
        mean = told * self._matters.elsewhere(number)
        return mean == 0.0 or upper_tail(burst.observed, mean, _WORDS_SHAPE) <= self._config.largest_p

    def _limit(self, t: float) -> float:
        """Count a look at a matter; return the largest p-value that makes a topic with so many looks a week."""
        fading = math.log(2.0) / _LOOKS_HALF_LIFE_S
        self._looks = self._looks * math.exp(-fading * (t - self._looked_t)) + 1.0
        self._looked_t = t
        a_week = self._looks * fading * 7 * DAY_S
        return min(self._config.largest_p, self._config.chance_per_week / a_week)

    def _topic(self, dossier: Dossier, absorbed: tuple[str, ...], burst: Burst, limit: float) -> Topic:
        label, named = names_of(dossier.voices(), self._matters.news)
        return Topic(
            id=dossier.id,
            label=label,
            place=dossier.shared,
            places=tuple(place for place, _ in most(dossier.places)),
            named=named,
            first_at=_instant(dossier.first_t),
            starts_at=_instant(self._latest - burst.window_s),
            ends_at=_instant(self._latest),
            observed=burst.observed,
            expected=burst.expected,
            expected_high=burst.expected_high,
            growth=burst.observed / burst.expected,
            p_value=burst.p_value,
            limit=limit,
            reporters=dossier.people,
            texts=dossier.texts,
            kinds=most(dossier.kinds),
            sources=most(dossier.sources),
            examples=tuple(id_ for id_, *_ in dossier.examples),
            absorbed=absorbed,
            model_age=self._told,
        )


def _terms(telling: Telling) -> list[str]:
    """Return what a telling is made of: its terms, and the areas it comes from."""
    return terms_of(telling.text) + [f"@{area}" for area in (telling.place.street, telling.place.community) if area]


def _instant(t: float) -> datetime:
    return datetime.fromtimestamp(t, UTC)
