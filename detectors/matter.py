"""What is known of one matter, and how long it is."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from detectors.vocabulary import Totals


@dataclass(frozen=True, slots=True)
class MattersConfig:
    """How alike texts of one matter are, and how long a matter is remembered.

    Parameters
    ----------
    newness
        Log odds for a matter nobody has told of yet, before any term is looked at (log of the concentration).
    smoothing_texts
        Strength of the base measure, in texts: how many texts a matter takes to believe its own words.
    evidence_terms
        Terms whose evidence counts in full; a longer text's terms repeat each other and share this much evidence.
    most_terms
        Terms of a text looked at, the rarest.
    memory_s
        Half-life of the weight of a matter nobody tells of, seconds.
    capacity
        Most matters kept, the heaviest.
    vocabulary_texts
        Half-life of the vocabulary's counts, texts.
    vocabulary_terms
        Most terms in the vocabulary.

    """

    newness: float = 5.0
    smoothing_texts: float = 16.0
    evidence_terms: int = 10
    most_terms: int = 40
    memory_s: float = 60 * 86_400.0
    capacity: int = 5_000
    vocabulary_texts: float = 20_000.0
    vocabulary_terms: int = 100_000

    def faults(self) -> list[str]:
        """Return what is wrong with these values."""
        positive = ("smoothing_texts", "memory_s", "vocabulary_texts")
        counts = ("evidence_terms", "most_terms", "capacity", "vocabulary_terms")
        faults = [f"{name} must be positive" for name in positive if not getattr(self, name) > 0.0]
        return faults + [f"{name} must be at least 1" for name in counts if getattr(self, name) < 1]


class Matter(msgspec.Struct, array_like=True):
    """What is known of one matter's words.

    Parameters
    ----------
    last_t
        When it was last told of, epoch seconds.
    weight
        Texts, fading with `MattersConfig.memory_s`, as of `last_t`.
    texts
        Texts ever.
    sights
        Sum of `terms`.
    terms
        How often each term was seen.
    tested
        Distinct terms both had together when a merger with that younger matter was last refused.

    """

    last_t: float
    weight: float = 0.0
    texts: float = 0.0
    sights: float = 0.0
    terms: dict[str, float] = {}
    tested: dict[int, int] = {}


class MattersHead(msgspec.Struct, frozen=True, array_like=True):
    """What `Matters` knows beside matters and terms.

    Parameters
    ----------
    totals
        As `detectors.vocabulary.Vocabulary.totals` returns them.
    founded, learned
        Matters founded and texts learned ever.
    length
        Mean number of terms looked at in a text.

    """

    totals: Totals
    founded: int
    learned: int
    length: float


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a text went: its matter, the matter that was merged into it, and those given up meanwhile."""

    matter: int
    absorbed: int | None
    forgotten: list[int]
