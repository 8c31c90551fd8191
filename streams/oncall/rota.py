"""Who is asked for a role in an area at an instant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from detectors.areas import AreaTree
from rules.alert import Text
from streams.oncall.deputies import Deputies
from streams.oncall.duty import Roster


class OnDuty(NamedTuple):
    """Somebody who is asked.

    Parameters
    ----------
    person
        Who acts.
    why
        Because of which roster and shift, and in whose place.

    """

    person: str
    why: Text


class Rota:
    """All rosters of a city, with who stands in for whom.

    Parameters
    ----------
    rosters
        By name.
    deputies
        Who stands in.
    areas
        The area tree.

    """

    def __init__(self, rosters: Mapping[str, Roster], deputies: Deputies, areas: AreaTree) -> None:
        self._rosters = dict(rosters)
        self._deputies = deputies
        self._areas = areas
        self._by_role: dict[tuple[str, str], list[Roster]] = {}
        for roster in rosters.values():
            for area in roster.areas or (areas.city,):
                self._by_role.setdefault((roster.role, area), []).append(roster)

    def who(self, role: str, area: str, at: float) -> list[OnDuty]:
        """Return who is on duty in a role for an area, or where nobody is, for the next area up that has somebody.

        Parameters
        ----------
        role
            Role of a roster.
        area
            Id of an area at any level; one the tree does not list is the city's.
        at
            Epoch seconds.

        """
        for above in self.upwards(area):
            found = [one for roster in self._by_role.get((role, above), ()) for one in self.on(roster.name, at)]
            if found:
                return _once(found)
        return []

    def staffed(self, at: float) -> dict[str, int]:
        """Return how many people are on duty at epoch second `at`, by roster: none where it has a gap."""
        return {name: len(self.on(name, at)) for name in self._rosters}

    def on(self, name: str, at: float) -> list[OnDuty]:
        """Return who of one roster is on duty at epoch second `at`."""
        found = []
        for shift in self._rosters[name].on_duty(at):
            why = Text(f"{name}（{shift.why}）", f"{name} ({shift.why})")
            found += [self.acting(person, at, why) for person in shift.people]
        return _once(found)

    def acting(self, person: str, at: float, why: Text) -> OnDuty:
        """Return who acts for a person at epoch second `at`: they themselves, or who stands in."""
        chain = self._deputies.chain(person, at)
        if len(chain) == 1:
            return OnDuty(person, why)
        absent = "、".join(chain[:-1])
        return OnDuty(chain[-1], Text(f"{why.zh}，代{absent}", f"{why.en}, for {', '.join(chain[:-1])}"))

    def upwards(self, area: str) -> Iterator[str]:
        """Yield the ids of an area and of those around it, the city last."""
        node = self._areas.get(area)
        while node is not None:
            yield node.id
            node = self._areas.get(node.parent)
        yield self._areas.city


def _once(found: list[OnDuty]) -> list[OnDuty]:
    """Return each person once, with the first reason."""
    return list({one.person: one for one in reversed(found)}.values())[::-1]
