"""A spread as a signal: from where, to where, how fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detectors.areas import AreaTree
from detectors.event import Place
from detectors.handover import HOUR_S, Handed, Onset
from detectors.signal import Sentence, Signal
from detectors.taxonomy import Taxonomy
from detectors.windows import instant

_NAMES = 6


@dataclass(frozen=True)
class SpreadReport:
    """Tells spreads.

    Parameters
    ----------
    level
        Level of the areas.
    window_hours
        How far back hand-overs count.
    areas, taxonomy
        Name areas and kinds.

    """

    level: str
    window_hours: float
    areas: AreaTree
    taxonomy: Taxonomy

    def signal(self, ends: float, district: str, kind: str, lately: Sequence[Onset], found: Handed, age: int) -> Signal:
        """Return the signal of the spread to which the last onset belongs.

        Parameters
        ----------
        ends
            End of the hour, epoch seconds.
        district, kind
            Where and what.
        lately
            All onsets in the window, in order.
        found
            Their hand-overs.
        age
            Days of the district.

        """
        root, chain = _chain(lately)
        now = lately[-1]
        return Signal(
            id=f"spread:{district}:{self.level}:{root}|{kind}:{instant(now.t):%Y%m%dT%H%M%SZ}",
            detector="spread",
            key=f"{root}|{kind}",
            kind=kind,
            place=self._place(district, root),
            level=self.level,
            starts_at=instant(ends - self.window_hours * HOUR_S),
            ends_at=instant(ends),
            observed=found.observed,
            expected=found.expected,
            expected_high=found.high,
            p_value=found.p_value,
            model_age=age,
            sources=tuple(sorted({onset.source for onset in chain})),
            evidence=tuple(onset.id for onset in chain),
            reporters=len({onset.reporter for onset in chain} - {""}),
            final=True,
            says=self._sentence(kind, root, chain, found),
        )

    def _place(self, district: str, root: str) -> Place:
        area = self.areas.get(root)
        street = area.parent if area and self.level == "community" and area.parent != district else ""
        community = root if self.level == "community" else ""
        lon, lat = (area.lon, area.lat) if area else (None, None)
        name = self.areas.name_of(root)
        return Place(district=district, street=street or root, community=community, name=name, lon=lon, lat=lat)

    def _sentence(self, kind: str, root: str, chain: Sequence[Onset], found: Handed) -> Sentence:
        named = self.taxonomy.kinds.get(kind)
        zh, en = (named.zh, named.en) if named else (kind, kind)
        reached = list(dict.fromkeys(onset.area for onset in chain if onset.area != root))
        names = [self.areas.name_of(area) for area in reached[:_NAMES]]
        english = [self.areas.english.get(name, name) for name in names]
        start = self.areas.name_of(root)
        hours = f"{(chain[-1].t - chain[0].t) / HOUR_S:.0f}"
        more = len(reached) - len(names)
        window, chance = f"{self.window_hours:g}", f"{found.expected:.1f}"
        return Sentence(
            zh=f"{zh}由{start}向周边扩散：{hours}小时内波及{'、'.join(names)}{f'等{len(reached)}处' if more else ''}；"
            f"{window}小时内{found.onsets}处新发中{found.observed}处紧邻已发地，偶然情况下约{chance}处",
            en=f"{en}: spreading from {self.areas.english.get(start, start)} to {', '.join(english)}"
            f"{f' and {more} more' if more else ''} in {hours} h; {found.observed} of {found.onsets} places new in "
            f"{window} h are neighbours of such, {chance} by chance",
        )


def _chain(lately: Sequence[Onset]) -> tuple[str, list[Onset]]:
    """Return the area from which the last onset can be followed, and the onsets that go back to it."""
    roots: dict[str, str] = {}
    for onset in lately:
        roots[onset.area] = roots.setdefault(onset.origin, onset.origin) if onset.origin else onset.area
    root = roots[lately[-1].area]
    return root, [onset for onset in lately if roots[onset.area] == root]
