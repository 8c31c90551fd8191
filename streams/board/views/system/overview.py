"""The whole page: every section, the worst first, and one verdict on top. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from detectors.areas import AreaTree
from rules.alert import Text
from streams.board.adoption import Adoption
from streams.board.cluster import Sighting
from streams.board.mirror import Mirror
from streams.board.views.system import inflow, outflow, works
from streams.board.views.system.outflow import BookInForce, Spent
from streams.board.views.system.verdicts import Section, Verdict, sorted_sections, worst


class Asked(NamedTuple):
    """What is not in the mirror: it takes asking, or is read by those pages only that need it.

    Parameters
    ----------
    sighting
        What the cluster says of itself.
    adoption
        Where the published book stands; ``None`` while not known.
    spent
        What was found of what chance may make, by detector; ``None`` while it is being read.

    """

    sighting: Sighting
    adoption: Adoption | None = None
    spent: Mapping[str, Spent] | None = None


class Overview(NamedTuple):
    """The page: its verdict, how many sections are how, and the sections, the worst first."""

    verdict: Verdict
    says: Text
    sections: tuple[Section, ...]


class Clocks(NamedTuple):
    """What time it is in the city and on the wall, epoch seconds; and since when Kafka does not answer."""

    now: float
    wall: float
    stale_since: float | None = None


def overview(mirror: Mirror, asked: Asked, areas: AreaTree, clocks: Clocks) -> Overview:
    """Return the page.

    Parameters
    ----------
    mirror
        What is known.
    asked
        What else was asked.
    areas
        The city.
    clocks
        What time it is.

    """
    now, wall, stale_since = clocks
    sighting = asked.sighting
    look = sighting.now

    def name_of(id_: str) -> Text:
        name = areas.name_of(id_) if id_ else areas.name
        return Text(name, areas.english.get(name, name))

    def say_at(t: float) -> str:
        return f"{datetime.fromtimestamp(t, UTC).astimezone(areas.zone):%m-%d %H:%M}"

    districts = [area.id for area in areas.districts()]
    force = BookInForce(mirror.books, asked.adoption, _stamped(mirror))
    sections = [
        works.kafka(sighting, stale_since, wall, mirror.unreadable),
        works.workers(look),
        works.lag(sighting),
        inflow.feeds(mirror.feeds, mirror.silences, districts, name_of, now, wall),
        outflow.channels(mirror.ways, wall),
        inflow.dead_letters(mirror.letters, mirror.feeds, wall, say_at),
        inflow.late(mirror.feeds, name_of, wall),
        outflow.book(force, look, wall, say_at),
        outflow.budget(mirror.books.book, asked.spent),
        inflow.quiet_places(mirror.silences, name_of),
        works.states(look),
    ]
    found = sorted_sections(sections)
    return Overview(worst(one.verdict for one in found), _gist(found), found)


def _stamped(mirror: Mirror) -> str:
    """Return the digest of the book that the newest alert is by."""
    newest = max(mirror.alerts.all(), key=lambda known: known.heard_ms, default=None)
    return newest.alert.rule.book if newest is not None else ""


def _gist(sections: Sequence[Section]) -> Text:
    counts = Counter(section.verdict for section in sections)
    if counts["ok"] == len(sections):
        return Text(f"{len(sections)}项全部正常", f"all {len(sections)} are normal")
    return Text(
        f"故障{counts['fault']}项，注意{counts['watch']}项，正常{counts['ok']}项",
        f"{counts['fault']} at fault, {counts['watch']} to attend to, {counts['ok']} normal",
    )
