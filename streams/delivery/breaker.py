"""Leaves a channel alone that fails again and again, and tries it now and then."""

from __future__ import annotations

from typing import Literal

import msgspec

from streams.delivery.policy import Policy

Gate = Literal["closed", "open", "half-open"]


class Breaker(msgspec.Struct, kw_only=True):
    """Closed while messages get through, open after failures in a row, half open when one may try.

    Parameters
    ----------
    failures
        In a row.
    opened
        How often in a row it was opened.
    until
        When one message may try again, epoch seconds.

    """

    failures: int = 0
    opened: int = 0
    until: float = 0.0

    def gate(self, now: float) -> Gate:
        """Return whether messages may pass: all, none, or one at a time."""
        if not self.opened:
            return "closed"
        return "open" if now < self.until else "half-open"

    def succeed(self) -> None:
        """Note that the other side is there."""
        self.failures, self.opened, self.until = 0, 0, 0.0

    def fail(self, policy: Policy, now: float) -> bool:
        """Note that it is not; tell whether that opened the breaker."""
        self.failures += 1
        if self.failures < policy.open_after and not self.opened:
            return False
        if self.gate(now) == "open":
            return False  # said by a message that was on its way when it opened
        pause_s = min(policy.probe_most_s, policy.probe_after_s * 2.0 ** min(self.opened, 30))
        self.opened, self.until = self.opened + 1, now + pause_s
        return True
