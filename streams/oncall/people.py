"""People and how they are reached."""

from __future__ import annotations

from collections.abc import Mapping

from rules.alert import Grade
from streams.channels.base import Recipient
from streams.oncall.schema import Person


class People:
    """Everybody who can be told.

    Parameters
    ----------
    people
        By id.

    """

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._people = dict(people)

    def __contains__(self, person: str) -> bool:
        return person in self._people

    def __getitem__(self, person: str) -> Person:
        return self._people[person]

    def recipients(self, person: str, grade: Grade) -> list[Recipient]:
        """Return the ways to reach somebody about an alert of this grade, the best first."""
        who = self._people[person]
        return [
            Recipient(id=person, channel=one.channel, address=one.address, language=who.language)
            for one in who.reach
            if grade.rank >= one.at_least.rank
        ]

    def reached(self, to: str) -> Recipient | None:
        """Return a recipient by ``channel/person``, ``None`` when the file no longer has them there."""
        channel, _, person = to.partition("/")
        ways = self.recipients(person, Grade.RED) if person in self._people else []
        return next((one for one in ways if one.channel == channel), None)

    def preference(self, to: str) -> int:
        """Return the place of a recipient (``channel/person``) among the ways to reach the person, 0 for the best."""
        channel, _, person = to.partition("/")
        return [one.channel for one in self._people[person].reach].index(channel)

    def names(self) -> dict[str, str]:
        """Return the id of a person by anything they are called, in small letters."""
        found: dict[str, str] = {}
        for id_, person in self._people.items():
            addresses = [one.address for one in person.reach if "@" in one.address]
            for name in (id_, person.name, *person.also, *addresses):
                found.setdefault(name.strip().lower(), id_)
        return found
