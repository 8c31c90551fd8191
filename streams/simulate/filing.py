"""From what happened to the report a source files about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

from detectors.area import Area
from detectors.event import Source
from streams.simulate.city import Site
from streams.simulate.dice import Uniform, pick, whole
from streams.simulate.slots import Cue
from streams.simulate.texts import Template, Texts
from streams.sources.grid import GridReport
from streams.sources.hotline import HotlineCall
from streams.sources.police import PoliceEvent
from streams.sources.report import Report
from streams.sources.sos import SosCall

KIND_GIVEN = 0.65
SLOPPY = 0.01
TITLED = 0.6
REGULARS = 0.12
"""Share of calls that come from somebody who calls often."""
_REGULARS_A_COMMUNITY = 25
_JITTER_DEG = 0.0002
_TYPES: dict[Source, type[Report]] = {
    "hotline": HotlineCall,
    "grid": GridReport,
    "police": PoliceEvent,
    "sos": SosCall,
}
_CONTACT_FIELDS: dict[Source, str] = {"hotline": "caller", "grid": "worker", "police": "caller", "sos": "device"}
_LETTERS: dict[Source, str] = {"hotline": "DH", "grid": "WG", "police": "JQ", "sos": "HJ"}
# Share of reports with coordinates, and of those with nothing but coordinates.
_LOCATED: dict[Source, tuple[float, float]] = {
    "hotline": (0.55, 0.005),
    "grid": (0.97, 0.02),
    "police": (0.85, 0.05),
    "sos": (0.95, 0.4),
}


class Draft(NamedTuple):
    """A report on its way: when it arrives, the report, what it is really about, and whose scenario it is of."""

    arrives: float
    report: Report
    kind: str
    staged: str = ""


class Desk:
    """Writes reports.

    Parameters
    ----------
    texts
        What people say.
    zone
        The city's time zone: times are given in it.

    """

    def __init__(self, texts: Texts, zone: ZoneInfo) -> None:
        self.texts = texts
        self._zone = zone

    def local(self, t: float) -> datetime:
        """Return an instant in the city's time, to the second."""
        return datetime.fromtimestamp(int(t), tz=self._zone)

    def file(
        self,
        kind: str,
        source: Source,
        site: Site,
        t: float,
        number: str,
        u: Uniform,
        *,
        cue: Cue,
        kind_given: float = KIND_GIVEN,
        body: Template | None = None,
        careful: bool = False,
    ) -> Report:
        """Return one report.

        Parameters
        ----------
        kind, source, site
            What is reported by whom, and where.
        t
            When, epoch seconds.
        number
            Last part of the report's id, unique for its source.
        u
            Chance.
        cue
            What the text has to agree with; `cue.phone` is the reporter.
        kind_given
            Probability that the source gives the kind; otherwise the text has to tell.
        body
            Said in place of one of the kind's own bodies; then there is no title.
        careful
            The place is given in full.

        """
        at = self.local(t)
        cue.hour = at.hour + at.minute / 60
        fields = full_place(site, source, u) if careful else given_place(site, source, u)
        if u() < kind_given and kind != "other":
            fields["kind"] = kind
        if body is None and source in {"hotline", "grid"} and u() < TITLED:
            fields["title"] = self.texts.title(kind, source, cue, u)
        if cue.depth_cm:
            fields["depth_cm"] = cue.depth_cm
        fields[_CONTACT_FIELDS[source]] = cue.phone
        return _TYPES[source](
            id=_LETTERS[source] + at.strftime("%y%m%d%H") + number,
            occurred_at=at,
            text=self.texts.text(kind, source, cue, u, body),
            people=cue.people,
            injured=cue.injured,
            **fields,
        )


def reporter(source: Source, site: Site, u: Uniform) -> str:
    """Return who reports: an invented telephone number, the grid's worker, or a device."""
    if source == "grid":
        return f"W{site.grid or site.community.id}"
    if source == "sos":
        return f"S{site.community.id}-{whole(1, 60, u):03d}"
    if u() < REGULARS:
        regular = whole(0, _REGULARS_A_COMMUNITY - 1, u)
        return f"1540{crc32(site.community.id.encode()) % 1000:03d}{regular:04d}"
    return f"1541{whole(0, 9_999_999, u):07d}"


def full_place(site: Site, source: Source, u: Uniform) -> dict[str, Any]:
    """Return every place field, as a careful operator fills them in."""
    fields: dict[str, Any] = {
        "district": site.district.name,
        "street": site.street.name,
        "community": site.community.name,
        "spot": site.name,
    }
    if source == "grid":
        fields["grid"] = site.grid
    return fields | _coordinates(site, u)


def given_place(site: Site, source: Source, u: Uniform) -> dict[str, Any]:
    """Return the place fields as they really come: often without coordinates, sometimes sloppy."""
    located, bare = _LOCATED[source]
    luck = u()
    if luck < bare and site.lon is not None:
        return _coordinates(site, u)
    if luck < bare + SLOPPY:
        return _sloppy_place(site, u)
    fields: dict[str, Any] = {"district": site.district.name, "street": site.street.name}
    if luck < 0.93 or source == "grid":  # noqa: PLR2004 - the rest names no more than the street
        fields |= {"community": site.community.name, "spot": site.name}
    if source == "grid":
        fields["grid"] = site.grid
    elif luck > 0.7:  # noqa: PLR2004 - three in ten tickets repeat the place as an address
        fields["address"] = f"{site.district.name}{site.street.name}{site.name}"
    return fields | _coordinates(site, u) if u() < located else fields


def _sloppy_place(site: Site, u: Uniform) -> dict[str, Any]:
    """Return a place as somebody in a hurry writes it: short names, a level left out."""
    return {
        "district": pick((site.district.name, _short(site.district), ""), u),
        "street": pick((_short(site.street), ""), u),
        "community": pick((_short(site.community), site.community.name), u),
        "spot": pick((site.name, f"{site.street.name}{site.name}", f" {site.name} "), u),
    }


def _short(area: Area) -> str:
    """Return an alias of an area, or its name without the suffix."""
    if area.aliases:
        return area.aliases[0]
    for suffix in ("街道", "社区", "镇", "区", "县"):
        if area.name.endswith(suffix) and len(area.name) > len(suffix) + 1:
            return area.name.removesuffix(suffix)
    return area.name


def _coordinates(site: Site, u: Uniform) -> dict[str, Any]:
    if site.lon is None or site.lat is None:
        return {}
    east, north = (u() - 0.5) * 2 * _JITTER_DEG, (u() - 0.5) * 2 * _JITTER_DEG
    return {"lon": round(site.lon + east, 6), "lat": round(site.lat + north, 6)}
