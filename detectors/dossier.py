"""Who told of a matter, from where, and in which words."""

from __future__ import annotations

import math

import msgspec

from detectors.event import Event, Place, common_place

_FIRST_EXAMPLES, _EXAMPLES, _EXAMPLE_LENGTH = 3, 8, 160
_REPORTERS, _TALLIED = 64, 16


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """One text about something, as somebody told it.

    Parameters
    ----------
    id
        Id of the event.
    t
        When it was told, epoch seconds.
    text
        Masked text.
    reporter
        Keyed hash of who told it; all unknown reporters count as one.
    place
        Where it happened; tellings from one street or community are more likely about one matter.
    kind, source
        Kind of the event and source type.

    """

    id: str
    t: float
    text: str
    reporter: str = ""
    place: Place = Place()
    kind: str = ""
    source: str = ""

    @classmethod
    def of(cls, event: Event) -> Telling:
        """Return what `event` tells."""
        return cls(
            id=event.id,
            t=event.occurred_at.timestamp(),
            text=event.text,
            reporter=event.reporter,
            place=event.place,
            kind=event.kind,
            source=event.source,
        )


class Dossier(msgspec.Struct, array_like=True):
    """Who told of a matter, from where, and in which words.

    Parameters
    ----------
    id
        Of the matter.
    first_t
        Its first telling, epoch seconds.
    born
        Tellings in the city before.
    last
        When each of its latest 64 reporters last told, epoch seconds, in that order.
    people, texts
        Reporters (one forgotten among the 64 counts anew) and tellings ever.
    examples
        Ids, texts and reporters of the first three and the latest five tellings.
    shared
        Of the place, what all tellings have in common, with the name of the first.
    places, kinds, sources
        Tellings by each, at most 16.
    named
        Reporters when it was last named a topic, because there were so many, 0 if never.
    named_t
        When it was last named, for whatever reason, epoch seconds.

    """

    id: str
    first_t: float
    born: int
    shared: Place
    last: dict[str, float] = {}
    people: int = 0
    texts: int = 0
    examples: list[tuple[str, str, str]] = []
    places: dict[str, int] = {}
    kinds: dict[str, int] = {}
    sources: dict[str, int] = {}
    named: int = 0
    named_t: float = -math.inf

    @classmethod
    def opened(cls, telling: Telling, born: int) -> Dossier:
        """Return an empty dossier of the matter `telling` founds after `born` tellings in the city."""
        return cls(id=f"topic:{telling.id}", first_t=telling.t, born=born, shared=telling.place)

    def note(self, telling: Telling) -> None:
        """Enter a telling."""
        self.people += self.last.pop(telling.reporter, None) is None
        self.last[telling.reporter] = telling.t
        self.texts += 1
        self.examples.append((telling.id, telling.text[:_EXAMPLE_LENGTH], telling.reporter))
        self.shared = common_place(self.shared, telling.place)
        count(self.places, telling.place.name)
        count(self.kinds, telling.kind)
        count(self.sources, telling.source)
        self._shorten()

    def join(self, other: Dossier) -> None:
        """Take over what is known of a younger matter that was found to be this one."""
        both = {*self.last, *other.last}
        self.people += other.people - (len(self.last) + len(other.last) - len(both))
        latest = {one: max(self.last.get(one, other.first_t), other.last.get(one, self.first_t)) for one in both}
        self.last = dict(sorted(latest.items(), key=lambda one: (one[1], one[0])))
        self.first_t, self.born = min(self.first_t, other.first_t), min(self.born, other.born)
        self.shared = common_place(self.shared, other.shared)
        self.texts += other.texts
        self.examples = self.examples[:_FIRST_EXAMPLES] + other.examples + self.examples[_FIRST_EXAMPLES:]
        self.named, self.named_t = max(self.named, other.named), max(self.named_t, other.named_t)
        for mine, others in ((self.places, other.places), (self.kinds, other.kinds), (self.sources, other.sources)):
            mine |= {name: mine.get(name, 0) + number for name, number in others.items()}
            cut(mine)
        self._shorten()

    def voices(self) -> list[str]:
        """Return a text of each reporter among the examples, the latest: what one of them repeats counts once."""
        return list({reporter: text for _, text, reporter in self.examples}.values())

    def _shorten(self) -> None:
        if len(self.examples) > _EXAMPLES:
            del self.examples[_FIRST_EXAMPLES : _FIRST_EXAMPLES - _EXAMPLES + len(self.examples)]
        while len(self.last) > _REPORTERS:
            del self.last[next(iter(self.last))]


def count(tally: dict[str, int], name: str) -> None:
    """Count `name` in `tally`; what has no name is not counted."""
    if name:
        tally[name] = tally.get(name, 0) + 1
        cut(tally)


def cut(tally: dict[str, int]) -> None:
    """Keep the 16 largest of `tally`."""
    if len(tally) > _TALLIED:
        kept = dict(most(tally)[:_TALLIED])
        tally.clear()
        tally.update(kept)


def most(tally: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Return names with their numbers, largest first, then by name.

    Examples
    --------
    >>> most({"b": 2, "a": 2, "c": 3})
    (('c', 3), ('a', 2), ('b', 2))

    """
    return tuple(sorted(tally.items(), key=lambda one: (-one[1], one[0])))
