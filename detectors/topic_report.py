"""A topic as signals: what it is called, where it is told of, and how far beyond expectation."""

from __future__ import annotations

from typing import cast

import msgspec

from detectors.event import LEVELS, Source
from detectors.signal import Sentence, Signal
from detectors.taxonomy import OTHER
from detectors.topic import Topic

_NAMED_PLACES = 3
_LABELS = 2


def signals_of(topic: Topic) -> list[Signal]:
    """Return the signal of `topic`, and withdrawals of topics that have turned out to be this one.

    The level is the most local one all its tellings share, the kind the one more than half of them were taken for.

    Parameters
    ----------
    topic
        As `detectors.topics.TopicDetector.learn` returns it.

    """
    level = next((one for one in reversed(LEVELS[1:]) if topic.place.at(one)), "city")
    kind, most = topic.kinds[0] if topic.kinds else (OTHER, 0)
    signal = Signal(
        id=f"{topic.id}#{topic.texts}",
        detector="topics",
        key=topic.id,
        kind=kind if 2 * most > topic.texts else OTHER,
        place=topic.place,
        level=level,
        starts_at=topic.starts_at,
        ends_at=topic.ends_at,
        observed=topic.observed,
        expected=topic.expected,
        expected_high=topic.expected_high,
        p_value=topic.p_value,
        model_age=topic.model_age,
        sources=cast("tuple[Source, ...]", tuple(sorted(source for source, _ in topic.sources))),
        evidence=topic.examples,
        reporters=topic.observed,
        final=True,
        says=sentence_of(topic),
        headline=_headline(topic),
        thread=topic.id,
    )
    absorbed = [(f"{one}#{topic.texts}", one) for one in topic.absorbed]
    return [
        signal,
        *(msgspec.structs.replace(signal, id=id_, key=one, thread=one, withdrawn=True) for id_, one in absorbed),
    ]


def _headline(topic: Topic) -> Sentence:
    """Return what is told of and where, as far as the places it is told from go."""
    where = next(iter((*topic.places, *topic.named)), "")
    what = Sentence("、".join(topic.label[:_LABELS]) or "未命名", ", ".join(topic.label[:_LABELS]) or "no name yet")
    return Sentence(f"{what.zh}｜{where}", f"{what.en} | {where}") if where else what


def sentence_of(topic: Topic) -> Sentence:
    """Return what is told of, by how many, and how many were to be expected.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from detectors.event import Place
    >>> at = datetime(2026, 3, 1, tzinfo=UTC)
    >>> topic = Topic(
    ...     id="t", label=("搅拌站噪音",), place=Place(), places=("云杉新城",), named=(), first_at=at, starts_at=at,
    ...     ends_at=at, observed=5, expected=1.1, expected_high=3.0, growth=4.5, p_value=1e-4, limit=0.05, reporters=5,
    ...     texts=6, kinds=(), sources=(), examples=(), model_age=1000)
    >>> sentence_of(topic).zh
    '新议题“搅拌站噪音”：5人反映（预期1.1人，p=0.0001），共6件，涉及云杉新城'

    """
    zh = (
        f"新议题“{'、'.join(topic.label) or '未命名'}”：{topic.observed}人反映"
        f"（预期{topic.expected:.1f}人，p={topic.p_value:.1g}），共{topic.texts}件"
    )
    en = (
        f"Emerging topic '{', '.join(topic.label) or 'no name yet'}': {topic.observed} reporters "
        f"({topic.expected:.1f} expected, p={topic.p_value:.1g}), {topic.texts} texts"
    )
    where = topic.places[:_NAMED_PLACES] or topic.named
    return Sentence(f"{zh}，涉及{'、'.join(where)}", f"{en}, at {', '.join(where)}") if where else Sentence(zh, en)
