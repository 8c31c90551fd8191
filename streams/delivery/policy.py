"""How patient delivery is: times by grade, back-off, breaker and bounds."""

from __future__ import annotations

import hashlib

import msgspec

from rules.alert import Grade


class ByGrade(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A duration for each grade, seconds."""

    red: float
    orange: float
    yellow: float
    blue: float

    def of(self, grade: Grade) -> float:
        """Return that of one grade."""
        return float(getattr(self, grade.value))


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The figures delivery goes by.

    Parameters
    ----------
    first_retry_s, most_retry_s
        The pause after the first failure doubles with each, up to the second, seconds.
    jitter
        Share of a pause that varies from message to message, so that not all come back at once.
    open_after
        After so many failures in a row a channel is left alone.
    probe_after_s, probe_most_s
        For how long: then one message tries it, and each time that fails the pause doubles, up to the second, seconds.
    obeyed_s
        The longest pause a receiver may ask for, seconds.
    fallback_after_s
        A message that has another way takes it after so long, whatever the reason; a time for each grade.
    give_up_after_s
        Nobody tries any more after so long; a time for each grade.
    in_flight
        Messages on their way on one channel at a time.
    waiting
        Messages waiting on one channel; beyond that the oldest of the lowest grade is given up.
    remembered
        Keys of messages that are done, so that none is sent again.
    seed
        Of the jitter.

    """

    first_retry_s: float = 1.0
    most_retry_s: float = 60.0
    jitter: float = 0.5
    open_after: int = 5
    probe_after_s: float = 10.0
    probe_most_s: float = 60.0
    obeyed_s: float = 3_600.0
    fallback_after_s: ByGrade = ByGrade(red=10.0, orange=30.0, yellow=300.0, blue=900.0)
    give_up_after_s: ByGrade = ByGrade(red=21_600.0, orange=21_600.0, yellow=43_200.0, blue=43_200.0)
    in_flight: int = 8
    waiting: int = 10_000
    remembered: int = 50_000
    seed: int = 0

    def retry_s(self, key: str, failures: int) -> float:
        """Return the pause after the so-many-th failure of a message in a row, seconds; the same for the same key.

        Examples
        --------
        >>> policy = Policy(jitter=0.0)
        >>> [policy.retry_s("a", n) for n in (1, 2, 3, 9)]
        [1.0, 2.0, 4.0, 60.0]

        """
        whole = min(self.most_retry_s, self.first_retry_s * 2.0 ** min(failures - 1, 30))
        said = hashlib.blake2b(f"{self.seed}/{failures}/{key}".encode(), digest_size=8).digest()
        return whole * (1.0 - self.jitter * int.from_bytes(said, "big") / 2.0**64)
