"""How alerts and figures are said to operators: Chinese or English, local time, names in place of ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Literal, TypeVar

from detectors.areas import AreaTree
from rules.alert import Alert, Change, Grade, Handling, Text
from rules.phrases import duration
from rules.wording import GRADE_NAMES, per_day, source_list

Lang = Literal["zh", "en"]
T = TypeVar("T")

STYLES = {
    Grade.RED: "bold white on red3",
    Grade.ORANGE: "bold black on dark_orange",
    Grade.YELLOW: "bold black on gold1",
    Grade.BLUE: "bold white on dodger_blue2",
}
INKS = {Grade.RED: "red1", Grade.ORANGE: "dark_orange", Grade.YELLOW: "gold1", Grade.BLUE: "dodger_blue1"}

CHANGES: dict[Change, Text] = {
    "new": Text("新发", "new"),
    "update": Text("续报", "update"),
    "upgrade": Text("升级", "upgrade"),
    "downgrade": Text("降级", "downgrade"),
    "confirmed": Text("核实", "confirmed"),
    "raised": Text("发出", "raised"),
    "signed": Text("签收", "signed"),
    "assigned": Text("派单", "assigned"),
    "arrived": Text("到场", "on site"),
    "resolved": Text("办结", "resolved"),
    "reopened": Text("重开", "reopened"),
    "reminded": Text("催办", "reminder"),
    "escalated": Text("督办", "escalated"),
    "verified": Text("属实", "verified"),
    "false_alarm": Text("误报", "false alarm"),
    "noted": Text("备注", "noted"),
    "recovered": Text("平息", "quiet again"),
    "closed": Text("解除", "closed"),
    "expired": Text("失效", "expired"),
    "withdrawn": Text("撤销", "withdrawn"),
}
_COLOURS = {grade: Text(name.zh.removesuffix("色"), name.en) for grade, name in GRADE_NAMES.items()}
_WEEKDAYS = tuple(zip("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
_TOLD = 3
_CIRCLED = "①②③④⑤⑥⑦⑧⑨"


@dataclass(frozen=True)
class Voice:
    """Says things in one language, for one city.

    Parameters
    ----------
    lang
        ``zh`` or ``en``.
    zone
        Time zone instants are told in.
    name_of
        Gives the name of an area id.
    english
        English names of the city and its areas by name, as far as there are any.

    """

    lang: Lang = "zh"
    zone: tzinfo = UTC
    name_of: Callable[[str], str] = str
    english: Mapping[str, str] = field(default_factory=dict)

    def say(self, text: Text) -> str:
        """Return a text in this language."""
        return text.zh if self.lang == "zh" else text.en

    def pick(self, zh: T, en: T) -> T:
        """Return the first for Chinese, the second for English."""
        return zh if self.lang == "zh" else en

    def grade(self, grade: Grade) -> str:
        """Return 红色, or red."""
        return self.say(GRADE_NAMES[grade])

    def colour(self, grade: Grade) -> str:
        """Return 红, or red."""
        return self.say(_COLOURS[grade])

    def change(self, change: Change) -> str:
        """Return what became of an alert: 新发, 续报 …."""
        return self.say(CHANGES[change])

    def clock(self, at: datetime, beside: datetime | None = None) -> str:
        """Return a local time of day, with its date when that is not the date of `beside`."""
        local = at.astimezone(self.zone)
        same = beside is not None and local.date() == beside.astimezone(self.zone).date()
        return f"{local:%H:%M}" if same else f"{local:%m-%d %H:%M}"

    def moment(self, at: datetime) -> str:
        """Return a local date with weekday and time."""
        local = at.astimezone(self.zone)
        zh, en = _WEEKDAYS[local.weekday()]
        return self.pick(f"{local:%m-%d} 周{zh} {local:%H:%M:%S}", f"{en} {local:%m-%d %H:%M:%S}")

    def what(self, alert: Alert) -> str:
        """Return what it is about, without the place: the first half of the title."""
        title = self.say(alert.title)
        for bar in ("｜", " | "):
            title = title.removesuffix(f"{bar}{alert.place.name}")
        return title

    def named(self, name: str) -> str:
        """Return what the city or an area with this name is called in this language."""
        return name if self.lang == "zh" else self.english.get(name, name)

    def place(self, alert: Alert) -> str:
        """Return the place; in English what has an English name by that, else with that of its district."""
        local = alert.place.name
        if self.lang == "zh":
            return local
        said = "·".join(map(self.named, local.split("·")))
        district = self.name_of(alert.place.district)
        if said != local or self.named(district) == district:
            return said
        return f"{said}, {self.named(district)}"

    def where(self, alert: Alert) -> str:
        """Return the place, with the grid where the alert is about less than a community."""
        place, said = alert.place, self.place(alert)
        if not place.grid or place.grid == place.key:
            return said
        name = self.name_of(place.grid)
        return f"{said}{self.pick(f'（网格 {name}）', f' (grid {name})')}"

    def sources(self, alert: Alert) -> str:
        """Return the source types it rests on."""
        return self.say(source_list(alert.sources))

    def how_many(self, alert: Alert) -> str:
        """Return how many events by how many people."""
        if self.lang == "zh":
            people = f"，{alert.reporters}人反映" if alert.reporters > 1 else ""
            return f"{alert.events}起{people}"
        people = f" by {alert.reporters} people" if alert.reporters > 1 else ""
        return f"{alert.events} report{'s' if alert.events > 1 else ''}{people}"

    def norm(self, alert: Alert) -> str:
        """Return the normal value."""
        if alert.expected is None or alert.expected_high is None:
            return self.say(per_day(alert.expected))
        value, high, window = f"{alert.expected:.1f}", f"{alert.expected_high:.0f}", duration(alert.window_s)
        return self.pick(
            f"常态{value}起/{_per(window.zh)}（上限{high}）", f"normally {value} in {window.en} (at most {high})"
        )

    def norm_briefly(self, alert: Alert) -> str:
        """Return the normal value for a column headed so."""
        if alert.expected is None:
            return self.pick("未知", "unknown")
        if alert.expected_high is None:
            return self.pick(f"{alert.expected:.1f}/日", f"{alert.expected:.1f} a day")
        window = duration(alert.window_s)
        return self.pick(f"{alert.expected:.1f}/{_per(window.zh)}", f"{alert.expected:.1f} in {window.en}")

    def why(self, alert: Alert) -> str:
        """Return the reason, without the normal value many rules put at its end."""
        why = self.say(alert.why).removesuffix(self.say(per_day(alert.expected)))
        return why.rstrip("，, ")

    def sign_by(self, alert: Alert, now: datetime | None = None) -> str:
        """Return until when to sign, and how much is left of it at `now`."""
        until = self.clock(due_by(alert), alert.graded_at)
        left_min = None if now is None else int((due_by(alert) - now).total_seconds() // 60)
        if left_min is None:
            return self.pick(f"请于{until}前签收", f"sign by {until}")
        span = self.say(_minutes(abs(left_min)))
        if left_min < 0:
            return self.pick(f"应于{until}前签收，已超时{span}", f"was to be signed by {until}, {span} ago")
        return self.pick(f"请于{until}前签收，还剩{span}", f"sign by {until}, {span} left")

    def handled(self, alert: Alert) -> str:
        """Return who took it over and what came of it, or to whom it has gone because nobody did; empty before."""
        handling = alert.revision.handling
        if handling is None:
            return ""
        if handling.state == "candidate" and handling.confirm_by is not None:
            until = self.clock(handling.confirm_by, alert.graded_at)
            return self.pick(f"请于{until}前核实", f"confirm by {until}")
        to = self.named(self.name_of(handling.area))
        if handling.signed_by and handling.signed_at is not None:
            return self.pick("，", ", ").join(self._taken(handling, alert.graded_at, to))
        if not handling.missed:
            return ""
        return self.pick(f"超期未签收，已提级至{to}", f"nobody signed {_times(handling.missed)}: it has gone to {to}")

    def _taken(self, handling: Handling, beside: datetime, to: str) -> Iterator[str]:
        """Yield what somebody did who took it over; `to` is the area it has gone to when nobody was on site in time."""
        at = self.clock(handling.signed_at or beside, beside)
        yield self.pick(f"{handling.signed_by} {at}已签收", f"signed by {handling.signed_by} at {at}")
        if handling.assigned_to:
            yield self.pick(f"已派{handling.assigned_to}", f"{handling.assigned_to} was sent")
        if handling.arrived_at is not None:
            at = self.clock(handling.arrived_at, beside)
            yield self.pick(f"{at}到场", f"on site at {at}")
        elif handling.missed_on_site:
            yield self.pick(f"超期未到场，已提级至{to}", f"nobody was on site in time: it has gone to {to}")
        if handling.resolved_at is not None:
            at = self.clock(handling.resolved_at, beside)
            yield self.pick(f"{at}办结", f"resolved at {at}")

    def others(self, alert: Alert) -> str:
        """Return what else was found of the same incident; empty when nothing was."""
        titles = dict.fromkeys(self.say(ref.title) for ref in alert.findings[1:])
        found = [title for title in titles if title != self.say(alert.title)]
        more = self.pick(f" 等{len(found)}项", f" and {len(found) - _TOLD} more") if len(found) > _TOLD else ""
        return self.pick("；", "; ").join(found[:_TOLD]) + more

    def judged(self, alert: Alert) -> str:
        """Return who said what it turned out to be (属实, 误报); empty while nobody has."""
        handling = alert.revision.handling
        if handling is None or not handling.verdict or handling.judged_at is None:
            return ""
        at, by = self.clock(handling.judged_at, alert.graded_at), handling.judged_by
        if handling.verdict == "true":
            return self.pick(f"{by} {at}核实属实", f"verified by {by} at {at}")
        return self.pick(f"{by} {at}判为误报", f"a false alarm, says {by} at {at}")

    def advice(self, alert: Alert) -> str:
        """Return the advice in one line, numbered."""
        numbered = zip(_CIRCLED, alert.advice, strict=False)
        return " ".join(f"{mark}{self.say(text)}" for mark, text in numbered)


def due_by(alert: Alert) -> datetime:
    """Return until when somebody has to sign: by the clock people are held to, where there is one."""
    return alert.revision.handling.sign_by if alert.revision.handling is not None else alert.sign_by


def voice_of(areas: AreaTree, lang: Lang) -> Voice:
    """Return a voice that tells the time and the names of a city."""
    return Voice(lang, areas.zone, areas.name_of, areas.english)


def _times(n: int) -> str:
    return "in time" if n == 1 else f"in time, {n} times"


def _per(window: str) -> str:
    """Return a window as it stands after a stroke: 起/小时, not 起/1小时; but 起/12小时."""
    return window[1:] if window[0] == "1" and not window[1].isdigit() else window


def _minutes(count: int) -> Text:
    """Return so many minutes in words."""
    hours, rest = divmod(count, 60)
    if not hours:
        return Text(f"{rest}分钟", f"{rest} min")
    return Text(f"{hours}小时" + (f"{rest}分" if rest else ""), f"{hours} h" + (f" {rest} min" if rest else ""))
