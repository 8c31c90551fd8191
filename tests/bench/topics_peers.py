"""Other ways to file texts to topics as they come, to stand beside ours in `topics.py`."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence

from river.cluster import TextClust
from river.feature_extraction import BagOfWords

_REMEMBERED, _ALIKE = 2_000, 0.25


def nearest_neighbour(texts: Sequence[str]) -> list[int]:
    """File each text to the topic of the most similar of the last 2,000 (idf cosine), to a new one below .25."""
    seen: Counter[str] = Counter()
    holders: defaultdict[str, set[int]] = defaultdict(set)
    recent: deque[int] = deque()
    lengths: dict[int, float] = {}
    words: list[frozenset[str]] = []
    topics: list[int] = []
    for number, text in enumerate(texts):
        own = frozenset(text.split())
        words.append(own)
        seen.update(own)
        weights = {word: math.log((number + 2) / seen[word]) ** 2 for word in own}
        shared: defaultdict[int, float] = defaultdict(float)
        for word, weight in weights.items():
            for other in holders[word]:
                shared[other] += weight
        lengths[number] = math.sqrt(sum(weights.values())) or 1.0
        best = max(((weight / lengths[other], other) for other, weight in shared.items()), default=(0.0, -1))
        topics.append(topics[best[1]] if best[0] / lengths[number] >= _ALIKE else number)
        recent.append(number)
        for word in own:
            holders[word].add(number)
        if len(recent) > _REMEMBERED:
            old = recent.popleft()
            for word in words[old]:
                holders[word].discard(old)
            del lengths[old]
    return topics


def textclust(texts: Sequence[str]) -> list[int]:
    """File each text to river's nearest TextClust micro-cluster (Assenmacher and Trautmann 2022)."""
    bag = BagOfWords(lowercase=False)
    model = TextClust(radius=0.8, fading_factor=0.001, tgap=100, auto_r=False, real_time_fading=False)
    topics = []
    for text in texts:
        words = bag.transform_one(text)
        model.learn_one(words)
        topics.append(model.predict_one(words, type="micro"))
    return topics


PEERS: dict[str, Callable[[Sequence[str]], list[int]]] = {
    "nearest_neighbour_idf": nearest_neighbour,
    "river_textclust": textclust,
}


def timed(peer: Callable[[Sequence[str]], list[int]], texts: Sequence[str]) -> tuple[list[int], float]:
    """Return a peer's topics and its microseconds a text."""
    began = time.process_time()
    topics = peer(texts)
    return topics, (time.process_time() - began) / len(texts) * 1e6
