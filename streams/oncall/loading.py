"""The file of people, rosters and routes, read, checked and ready to be asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from detectors.areas import AreaTree
from detectors.localtime import DayKinds, LocalDays
from detectors.taxonomy import Taxonomy
from rules.selector import seconds
from rules.silence import Silence, silence_faults
from rules.surroundings import Surroundings
from streams.oncall.checking import City, check
from streams.oncall.deputies import Deputies
from streams.oncall.duty import Days
from streams.oncall.news import Pace
from streams.oncall.people import People
from streams.oncall.quiet import Quiet, Window
from streams.oncall.reading import Sheet
from streams.oncall.rostering import make_rosters
from streams.oncall.rota import Rota
from streams.oncall.routing import Router
from streams.oncall.schema import OnCallFile
from streams.oncall.walltime import parse_instant


@dataclass(frozen=True)
class OnCall:
    """Everything about who is told of what.

    Parameters
    ----------
    file
        As it was read.
    people, rota, router
        Who there is, who is on duty, to whom alerts go.
    pace
        When messages go out.
    windows, silences
        What the file says is not told.
    areas
        The area tree.
    longest_silence_s
        How long a silence may last, seconds.

    """

    file: OnCallFile
    people: People
    rota: Rota
    router: Router
    pace: Pace
    windows: tuple[Window, ...]
    silences: tuple[Silence, ...]
    areas: AreaTree
    longest_silence_s: float

    def quiet(self) -> Quiet:
        """Return what keeps alerts from being told, without any alert yet."""
        return Quiet(self.windows, self.file.inhibit, self.silences, self.areas.city)


def load_oncall(
    path: Path, *, areas: AreaTree, taxonomy: Taxonomy, at: float, channels: Collection[str] | None = None
) -> OnCall:
    """Load people, rosters and routes.

    Parameters
    ----------
    path
        The YAML file; calendars are relative to it.
    areas, taxonomy
        What it may name.
    at
        From when on rosters are searched for gaps and overlaps, epoch seconds.
    channels
        Names of the configured channels; any are fine when not given.

    Raises
    ------
    ConfigurationError
        With every fault, its path and its line: also every time nobody is on duty, and every overlap without a rule.

    """
    sheet = Sheet(path)
    file = sheet.content
    city = City(areas, taxonomy, channels)
    check(sheet, city)
    people = People(file.people)
    rosters = make_rosters(sheet, city, people.names(), at, seconds(file.horizon))
    silences = _silences(sheet, areas)
    if not sheet.faults:
        for n, message in Deputies(file.deputies, areas.zone).faults():
            sheet.fault(("deputies", n), message)
    sheet.settle()
    kinds = DayKinds(areas.calendar, LocalDays(areas.zone))
    rota = Rota(rosters, Deputies(file.deputies, areas.zone), areas)
    return OnCall(
        file=file,
        people=people,
        rota=rota,
        router=Router(file, people, rota, areas, Surroundings(kinds)),
        pace=Pace.of(file.timing),
        windows=tuple(Window(one, Days(areas.zone, kinds), areas.city) for one in file.maintenance),
        silences=tuple(silences),
        areas=areas,
        longest_silence_s=seconds(file.longest_silence),
    )


def _silences(sheet: Sheet, areas: AreaTree) -> list[Silence]:
    """Return the silences of the file; those with a fault are left out."""
    found = []
    for n, one in enumerate(sheet.content.silences):
        try:
            since, until = parse_instant(one.since, areas.zone), parse_instant(one.until, areas.zone)
        except ValueError:
            continue  # told by `check`
        silence = Silence(
            id=one.name,
            matcher=one.when,
            from_at=datetime.fromtimestamp(since, UTC),
            until_at=datetime.fromtimestamp(until, UTC),
            by=one.by,
            why=one.why,
            red=one.red,
        )
        for path, message in silence_faults(silence, seconds(sheet.content.longest_silence)):
            name = {"$.matcher": "when", "$.until_at": "until", "$.id": "name"}.get(path, path.removeprefix("$."))
            sheet.fault(("silences", n, name), message)
        found.append(silence)
    return found
