"""What detectors that learn in order say comes in an order that rules can follow."""

from __future__ import annotations

import random

from detectors.event import Event, Place
from detectors.matter import MattersConfig
from detectors.signal import Signal
from detectors.topic import TopicConfig
from detectors.topic_watch import TopicWatch
from detectors.windows import instant

DAY = 86_400.0
CONFIG = TopicConfig(warm_up=50, warm_up_s=DAY, chance_per_week=50.0, largest_p=0.2, matters=MattersConfig(newness=2.0))


def told_of_by_day(seed: int) -> list[Signal]:
    """Few words and dates without a time of day: matters are found from two ends, and all of a day is one instant."""
    rng = random.Random(seed)
    words = ["".join(chr(0x4E00 + rng.randrange(3000)) for _ in range(3)) for _ in range(120)]
    watch, matters = TopicWatch(CONFIG), [rng.sample(words, 3) for _ in range(4)]
    for n in range(900):
        t = n * 1_500.0 // DAY * DAY
        if rng.random() < 0.05:
            matters = [rng.sample(words, rng.randint(2, 4)) for _ in range(4)]
        said = rng.choice(matters) if rng.random() < 0.6 else rng.sample(words, 3)
        watch.observe(
            Event(
                id=f"hotline:{n}",
                source="hotline",
                kind="noise",
                occurred_at=instant(t),
                place=Place(district="d", community=f"c{rng.randrange(6)}"),
                reporter=f"r{rng.randrange(300)}",
                text="，".join(word for word in (*said, rng.choice(words)) if rng.random() < 0.8),
            ),
            t,
        )
    return watch.advance(1e10)


def test_nothing_is_said_of_a_thread_any_more_once_it_was_withdrawn() -> None:
    withdrawn: set[tuple[int, str]] = set()
    for seed in range(12):
        for signal in told_of_by_day(seed):
            if signal.withdrawn:
                withdrawn.add((seed, signal.thread))
            else:
                assert (seed, signal.thread) not in withdrawn
    assert len(withdrawn) > 5
