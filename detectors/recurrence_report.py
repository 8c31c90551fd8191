"""A recurrence as a signal, with the dates of the earlier times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from detectors.areas import AreaTree
from detectors.cells import Mark
from detectors.repeats import DAY_S, Expected, Record, Spot
from detectors.signal import Sentence, Signal
from detectors.taxonomy import Taxonomy
from detectors.windows import instant

_ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth"}
_DATES = 5
_ONE_DECIMAL = 0.05


@dataclass(frozen=True)
class Report:
    """Tells recurrences.

    Parameters
    ----------
    horizon_days
        How far back episodes count.
    areas, taxonomy
        Name areas and kinds.

    """

    horizon_days: float
    areas: AreaTree
    taxonomy: Taxonomy

    def signal(self, ends: float, kind: str, spot: Spot, mark: Mark, record: Record, expected: Expected) -> Signal:
        """Return the signal of an episode.

        Parameters
        ----------
        ends
            End of the hour it began in, epoch seconds.
        kind, spot
            What and where.
        mark
            Its first event.
        record, expected
            All episodes there, and what was expected.

        """
        level, where = spot
        begins = instant(mark[0])
        return Signal(
            id=f"recurrence:{mark[4].district}:{level}:{where}|{kind}:{begins:%Y%m%dT%H%M%SZ}",
            detector="recurrence",
            key=f"{where}|{kind}",
            kind=kind,
            place=mark[4],
            level=level,
            starts_at=instant(ends - self.horizon_days * DAY_S),
            ends_at=instant(ends),
            observed=len(record.starts),
            expected=expected.mean,
            expected_high=expected.high,
            p_value=expected.p_value(len(record.starts)),
            model_age=expected.places,
            sources=tuple(sorted({start.source for start in record.starts})),
            evidence=tuple(start.id for start in record.starts),
            reporters=len({start.reporter for start in record.starts} - {""}),
            final=True,
            says=self._sentence(kind, mark, record, expected),
        )

    def _sentence(self, kind: str, mark: Mark, record: Record, expected: Expected) -> Sentence:
        named = self.taxonomy.kinds.get(kind)
        zh, en = (named.zh, named.en.lower()) if named else (kind, kind)
        place, days, times = self.areas.path_name(mark[4]), f"{self.horizon_days:g}", len(record.starts)
        before = [datetime.fromtimestamp(start.t, self.areas.zone).date() for start in record.starts[:-1]][-_DATES:]
        more = times - 1 > _DATES
        dates_zh = ("…、" if more else "") + "、".join(f"{day.month}月{day.day}日" for day in before)
        dates_en = ("… " if more else "") + ", ".join(map(str, before))
        ordinal = _ORDINALS.get(times, f"{times}th")
        often = f"{expected.mean:.1f}" if expected.mean >= _ONE_DECIMAL else f"{expected.mean:.2g}"
        return Sentence(
            zh=f"{place}：{days}天内第{times}次{zh}（此前：{dates_zh}），同类地点平均{often}次",
            en=f"{place}: {ordinal} time in {days} days of {en} (before: {dates_en}); {often} expected at such a place",
        )
