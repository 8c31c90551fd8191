"""What a group must hold before a rule can fire in it: until then its events need only wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rules.condition import Condition
from rules.gauges import Bits
from rules.window import COUNTED, Item


class Need(NamedTuple):
    """What one condition needs: so many counted events, and at least one event for every bit."""

    counted: int
    bits: int


def need_of(condition: Condition, bits: Bits) -> Need:
    """Return what must be there for `condition` to be met; there may be more to it.

    Parameters
    ----------
    condition
        One of a rule's `fires`.
    bits
        Where its selectors' answers are kept.

    """
    counted, needed = [1], COUNTED | bits.match | bits.share | bits.fired
    for bit in (*bits.ratio, *bits.after):
        needed |= bit
    if condition.count is not None:
        counted.append(condition.count.at_least)
    if condition.share is not None:
        counted.append(condition.share.least)
    if condition.change is not None and condition.change.times is not None:
        counted.append(condition.change.least)
    return Need(max(counted), needed)


class Needs:
    """What the conditions of one rule need, any of them.

    Parameters
    ----------
    needs
        By condition.

    """

    __slots__ = ("_needs", "least")

    def __init__(self, needs: Iterable[Need]) -> None:
        self._needs = tuple(needs)
        self.least = min((need.counted for need in self._needs), default=1)

    def __iter__(self) -> Iterator[Need]:
        return iter(self._needs)

    def may_be_met(self, roles: int) -> bool:
        """Tell whether there is one condition that events with these roles, taken together, leave nothing to ask for.

        Cheap, and never wrong when it says no.
        """
        return any([need.bits & roles == need.bits for need in self._needs])  # noqa: C419 - a generator costs more

    def met(self, items: Iterable[Item]) -> bool:
        """Tell whether the items are enough for one of the conditions."""
        counted = roles = 0
        for item in items:
            counted += item.roles & COUNTED
            roles |= item.roles
        return any(counted >= need.counted and need.bits & roles == need.bits for need in self._needs)
