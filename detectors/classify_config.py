"""How much it takes for a learned kind to be believed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClassifyConfig:
    """How much it takes to be believed.

    Parameters
    ----------
    least_confidence
        Probability of being right from which on the classifier answers where the lexicon does not.
    least_lead
        By how much its best kind must lead, over the next and over being none, before it answers at all.
    bits
        Logarithm of the number of places n-grams are hashed to.
    most_kinds
        Most kinds learned.
    drift_delta
        Probability of telling of drift when there is none.

    """

    least_confidence: float = 0.5
    least_lead: float = 0.1
    bits: int = 16
    most_kinds: int = 64
    drift_delta: float = 0.002

    def __post_init__(self) -> None:
        faults = [
            f"{name} must lie in (0, 1)"
            for name in ("least_confidence", "drift_delta")
            if not 0.0 < getattr(self, name) < 1.0
        ]
        if self.least_lead < 0.0:
            faults.append("least_lead must not be negative")
        if not 8 <= self.bits <= 22:  # noqa: PLR2004 - 1 kB and 16 MB a kind
            faults.append("bits must be 8 to 22")
        if self.most_kinds < 1:
            faults.append("most_kinds must be at least 1")
        if faults:
            raise ValueError("; ".join(faults))
