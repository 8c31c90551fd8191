"""What mix of kinds is usual in a district and its streets, learned day by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from detectors.mixture import Floats, Usual

SLOTS = {"hour": 16, "day": 2}  # three hours each of workdays, of weekends; workdays and weekends
DISTRICT = ""
_UNSEEN = 0.5  # events that kinds never seen are worth, and that every kind seen is worth besides its own
_LIKE_ALL = 5.0  # events of a kind that the kind is taken to be like elsewhere, at other hours, before it shows
_BURSTS = 0.05  # variance of a kind's day over the square of its mean that a district begins with,
_SURE_OF_ALL, _SURE_OF_ONE = 50.0, 20.0  # and what that, what all its kinds' is worth, in squared standard deviations
_UNSURE = 1.1  # by which such a variance, known from few windows, is taken to be larger
_WILDEST = 5.0  # standard deviations beyond which a count says no more about bursts
_LEAST_BURSTS = 1e-4
_SLOT_HOURS, _DAY_HOURS, _WORKDAYS = 3.0, 24.0, 5
_REAL = np.dtype("<f8")
_GRIDS = ("hour", "day")


class Known(msgspec.Struct, frozen=True, array_like=True):
    """A district's usual mixes as they are stored: float64 little-endian in C order.

    Parameters
    ----------
    kinds, areas
        Columns and rows; the district's own row is the first.
    last
        Day number of each area's latest event.
    day, age
        Day learned last, and days learned.
    closed
        Latest hour learned, ``None`` before the first.
    mass
        Faded events, areas x kinds.
    hours
        Faded events by part of the day and the week, 18 x kinds.
    bursts
        Faded excess variance and its scale, hour and day x district and streets x 2 x kinds.
    heed
        Areas whose day so far was unusual, with the share of it that is believed.

    """

    kinds: list[str]
    areas: list[str]
    last: list[int]
    day: int
    age: int
    closed: int | None
    mass: bytes
    hours: bytes
    bursts: bytes
    heed: dict[str, float]


class UsualMix:
    """The mix of kinds of one district, its streets and the parts of its week.

    Shares are the district's, times a factor for the street and one for the part of the week. A factor is the number
    of a kind's events over what the district's shares would give, both with 5 more events: gamma posteriors, which say
    too how far a share may be wrong. Everything fades with `memory_days`. How much a kind comes in bursts, beyond
    chance and that, is a moment estimate over the windows scored, one for the district and one for all its streets,
    drawn in beyond 5 standard deviations and shrunk to what all kinds together show.

    Memory: 8 bytes x kinds x (26 + areas): with all 53 kinds 11 kB a district and 500 bytes a street.

    Parameters
    ----------
    memory_days
        Days over which what was learned fades to 1/e.

    References
    ----------
    Kleinman (1973), Proportions with extraneous variance, JASA 68: moments of shares that vary.
    Clayton & Kaldor (1987), Empirical Bayes estimates of age-standardized relative risks, Biometrics 43: gamma
    posteriors of observed over expected.

    Examples
    --------
    >>> mix = UsualMix(memory_days=60.0)
    >>> for day in range(30):
    ...     mix.learn(day, {("", "noise"): 9, ("", "fire"): 1}, workday=True)
    >>> usual = mix.usual("day", [""], slot=0)
    >>> mix.kinds, usual.shares[0].round(2).tolist()
    (['fire', 'noise'], [0.1, 0.9, 0.0])

    """

    def __init__(self, *, memory_days: float) -> None:
        self._fade = np.exp(-1.0 / memory_days)
        self.kinds: list[str] = []
        self.areas = [DISTRICT]
        self._last = [0]
        self.day = self.age = 0
        self.closed: int | None = None
        self._mass = np.zeros((1, 0))
        self._hours = np.zeros((sum(SLOTS.values()), 0))
        self._bursts = np.zeros((2, 2, 2, 1))
        self._heed: dict[str, float] = {}
        self._index()

    def table(self, counts: Mapping[tuple[str, str], int], areas: Sequence[str]) -> Floats:
        """Return counts by area and kind as areas x (kinds, and all kinds never seen in one)."""
        row = {area: number for number, area in enumerate(areas)}
        found = np.zeros((len(areas), len(self.kinds) + 1))
        for (area, kind), count in counts.items():
            if area in row:
                found[row[area], self._column.get(kind, -1)] += count
        return found

    def usual(self, grid: str, areas: Sequence[str], slot: int) -> Usual:
        """Return the usual mix of some areas in a part of the week.

        Parameters
        ----------
        grid
            ``hour`` or ``day``.
        areas
            Streets, or "" for the district; unknown ones have the district's mix.
        slot
            Part of the week, as in `SLOTS`.

        """
        shares, doubt = self._shares(grid, areas, slot)
        level = [int(area != DISTRICT) for area in areas]
        relative = self._burstiness(grid)[level] + doubt
        return Usual(shares, 1.0 / (shares * (1.0 - shares) * relative))

    def weigh(self, grid: str, areas: Sequence[str], counts: Floats, usual: Usual, heed: Floats) -> None:
        """Learn how much the kinds came in bursts in a scored window.

        Parameters
        ----------
        grid, areas
            As in `usual`.
        counts
            Events, areas x (kinds + 1).
        usual
            What was usual.
        heed
            Share of each area's window that is believed.

        """
        more = counts.sum(axis=1)[:, None] - 1.0
        chance = usual.shares * (1.0 - usual.shares)
        z = np.clip(usual.z_scores(counts), -_WILDEST, _WILDEST)
        spread = 1.0 + more / (usual.concentration + 1.0)
        bursts = self._burstiness(grid)[[int(area != DISTRICT) for area in areas]]
        own = spread - more * chance * bursts
        trust = heed[:, None] / (1.0 + _BURSTS * more * chance) ** 2
        excess = (z * z * spread - own) * trust
        scale = more * chance * trust
        for number, area in enumerate(areas):
            self._bursts[_GRIDS.index(grid), int(area != DISTRICT)] += excess[number], scale[number]
        for area, share in zip(areas, heed.tolist(), strict=True):
            if share < 1.0:
                self._heed[area] = min(share, self._heed.get(area, 1.0))

    def learn_hour(self, window: int, slot: int, counts: Mapping[str, int], heed: float) -> None:
        """Learn the mix of an hour of the district; kinds not known yet wait for the end of the day."""
        self.closed = window
        for kind, count in counts.items():
            column = self._column.get(kind)
            if column is not None:
                self._hours[slot, column] += heed * count

    def learn(self, day: int, counts: Mapping[tuple[str, str], int], *, workday: bool) -> None:
        """Learn a day's counts by area and kind; a street's are in its district's too."""
        faded = self._fade ** max(day - self.day, 0) if self.age else 1.0
        self.day, self.age = day, self.age + 1
        self._meet({kind for _, kind in counts})
        areas = sorted({area for area, _ in counts})
        self._settle(areas, day)
        self._mass *= faded
        self._hours *= faded
        self._bursts *= faded
        slot = SLOTS["hour"] + (not workday)
        for (area, kind), count in sorted(counts.items()):
            column = self._column[kind]
            believed = self._heed.get(area, 1.0) * count
            self._mass[self._row[area], column] += believed
            if area == DISTRICT:
                self._hours[slot, column] += believed
        for area in areas:
            self._last[self._row[area]] = day
        self._heed.clear()

    def forget(self, before: int) -> None:
        """Drop the streets that had no event since a day."""
        kept = [row for row, area in enumerate(self.areas) if area == DISTRICT or self._last[row] >= before]
        if len(kept) < len(self.areas):
            self.areas = [self.areas[row] for row in kept]
            self._last = [self._last[row] for row in kept]
            self._mass = self._mass[kept]
            self._index()

    def events(self, area: str) -> float:
        """Return the faded number of events learned of an area."""
        row = self._row.get(area)
        return 0.0 if row is None else float(self._mass[row].sum())

    def state(self) -> Known:
        """Return everything that was learned."""
        mass, hours, bursts = (array.astype(_REAL).tobytes() for array in (self._mass, self._hours, self._bursts))
        return Known(
            list(self.kinds), list(self.areas), list(self._last), self.day, self.age, self.closed,
            mass, hours, bursts, dict(sorted(self._heed.items())),
        )  # fmt: skip

    def restore(self, known: Known) -> None:
        """Go on from what `state` gave."""
        self.kinds, self.areas, self._last = list(known.kinds), list(known.areas), list(known.last)
        self.day, self.age, self.closed = known.day, known.age, known.closed
        read = (np.frombuffer(array, _REAL).astype(np.float64) for array in (known.mass, known.hours, known.bursts))
        mass, hours, bursts = read
        self._mass = mass.reshape(len(self.areas), len(self.kinds))
        self._hours = hours.reshape(-1, len(self.kinds)) if self.kinds else np.zeros((sum(SLOTS.values()), 0))
        self._bursts = bursts.reshape(2, 2, 2, -1)
        self._heed = dict(known.heed)
        self._index()

    def _shares(self, grid: str, areas: Sequence[str], slot: int) -> tuple[Floats, Floats]:
        """Return shares, areas x (kinds + 1), and by how much they may be wrong, relative variances."""
        kinds = len(self.kinds)
        whole = np.full(kinds + 1, _UNSEEN)
        whole[:kinds] += self._mass[0]
        doubt = 1.0 / whole
        whole /= whole.sum()
        part = np.zeros(kinds + 1)
        part[:kinds] = self._hours[slot + (SLOTS["hour"] if grid == "day" else 0)]
        own = np.zeros((len(areas), kinds + 1))
        for number, area in enumerate(areas):
            row = self._row.get(area, 0)
            own[number, :kinds] = self._mass[row]
        street = np.array([area != DISTRICT for area in areas])[:, None]
        factor = (part + _LIKE_ALL) / (part.sum() * whole + _LIKE_ALL)
        own_factor = np.where(street, (own + _LIKE_ALL) / (own.sum(axis=1)[:, None] * whole + _LIKE_ALL), 1.0)
        shares = whole * factor * own_factor
        doubts = doubt + 1.0 / (part + _LIKE_ALL) + np.where(street, 1.0 / (own + _LIKE_ALL), 0.0)
        return shares / shares.sum(axis=1, keepdims=True), doubts

    def _burstiness(self, grid: str) -> Floats:
        """Return the relative variance of each kind beyond chance, district and streets x (kinds + 1)."""
        excess, scale = self._bursts[_GRIDS.index(grid)].swapaxes(0, 1)
        pooled = (excess.sum(axis=1) + _SURE_OF_ALL * _BURSTS) / (scale.sum(axis=1) + _SURE_OF_ALL)
        found = (excess + _SURE_OF_ONE * pooled[:, None]) / (scale + _SURE_OF_ONE)
        least: Floats = np.maximum(_UNSURE * found, _LEAST_BURSTS)
        return least

    def _meet(self, kinds: Iterable[str]) -> None:
        """Add columns for kinds not seen before."""
        new = sorted(set(kinds) - self._column.keys())
        if new:
            self.kinds += new
            self._mass = np.hstack([self._mass, np.zeros((len(self.areas), len(new)))])
            self._hours = np.hstack([self._hours, np.zeros((len(self._hours), len(new)))])
            self._bursts = np.insert(self._bursts, [self._bursts.shape[-1] - 1] * len(new), 0.0, axis=-1)
            self._index()

    def _settle(self, areas: Iterable[str], day: int) -> None:
        """Add rows for areas not seen before."""
        new = sorted(set(areas) - self._row.keys())
        if new:
            self.areas += new
            self._last += [day] * len(new)
            self._mass = np.vstack([self._mass, np.zeros((len(new), len(self.kinds)))])
            self._index()

    def _index(self) -> None:
        self._column = {kind: number for number, kind in enumerate(self.kinds)}
        self._row = {area: number for number, area in enumerate(self.areas)}


def part_of_week(grid: str, position: float) -> tuple[int, bool]:
    """Return the part of the week, as in `SLOTS`, of a window, and whether that is a workday.

    Parameters
    ----------
    grid
        ``hour`` or ``day``.
    position
        Windows since Monday's midnight.

    """
    if grid == "day":
        return int(position >= _WORKDAYS), position < _WORKDAYS
    weekday, hour = divmod(position, _DAY_HOURS)
    workday = weekday < _WORKDAYS
    return int(hour // _SLOT_HOURS) + (0 if workday else int(_DAY_HOURS // _SLOT_HOURS)), workday
