"""The shift report in one language, as the browser is given it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rules.alert import Text
from streams.backtest.wording import DASH, GRADE_WORDS, percent
from streams.board.views.handover import Entry, Failed, Handover, Score
from streams.language import Voice
from streams.report import wording
from streams.report.figures import Deadlines, Report
from streams.report.lengths import length

Cells = list[dict[str, Any]]

_COLOURS = {
    "green": Text("绿", "green"),
    "yellow": Text("黄", "yellow"),
    "orange": Text("橙", "orange"),
    "red": Text("红", "red"),
}
_SAY = {
    "print": Text("打印", "Print"),
    "now": Text("本班", "this shift"),
    "before": Text("上一班", "shift before"),
    "after": Text("下一班", "next shift"),
    "date": Text("日期", "date"),
    "from": Text("起（时）", "from (hour)"),
    "to": Text("止（时）", "to (hour)"),
    "show": Text("查看", "show"),
    "none": Text("无", "none"),
    "handed": Text("交班人", "handed over by"),
    "taken": Text("接班人", "taken over by"),
    "time": Text("时间", "time"),
    "remarks": Text("交接说明", "remarks"),
}
_OPEN_NOTE = Text(
    "本班结束时（或此刻）尚未解除、也未判误报的预警，含此前遗留；最严重、最急的在前。「截止」为下一个时限。",
    "Alerts neither over nor called false at the end of the shift (or now), those of before too; the most serious and "
    "most urgent first. Due is the next clock.",
)
_SIGNED_NOTE = Text(
    "用时自签发至签收；升级或重开后重新起算，一条预警可列多次。",
    "Time from issue to signature, anew after an upgrade or a reopening: an alert may be listed more than once.",
)
_FAILED_NOTE = Text(
    "失败的会重试或改走其他通道；「无人收到」为最终放弃的，须电话补通知。",
    "What failed is tried again or takes another channel; what nobody got was given up: call them.",
)
_INDEX_NOTE = Text(
    "风险指数0（最差）至100，截至本班结束；括号内为本班内的变化。",
    "Risk index from 0 (worst) to 100 by the end of the shift; in brackets how it changed in the shift.",
)


def shift_page(report: Report, lists: Handover, voice: Voice) -> dict[str, Any]:
    """Return the page as plain data.

    Parameters
    ----------
    report
        The figures.
    lists
        Who did what, and what is open.
    voice
        Language.

    """
    say, zone = voice.say, ZoneInfo(report.now.period.zone)
    told = _Telling(voice, zone)
    return {
        "lang": voice.lang,
        "say": words(voice),
        "title": say(wording.title(report)),
        "span": say(wording.span(report)),
        "notes": [say(note) for note in report.notes],
        "cards": told.cards(report, len(lists.open)),
        "sections": [
            told.section("open", Text("未解除，交下一班", "Open, handed over"), told.open(lists.open), _OPEN_NOTE),
            told.section("grades", Text("预警", "Alerts"), told.grades(report), wording.COUNTED),
            told.section("signed", Text("签收", "Signed"), told.signed(lists.signed), _SIGNED_NOTE),
            told.section(
                "clocks", Text("签收时限", "Clocks to sign"), told.clocks(report.now.signing_by_grade), Text()
            ),
            told.section("missed", Text("超时与逾期", "Clocks missed"), told.missed(lists.missed), Text()),
            told.section("judged", Text("核实结论", "Verdicts"), told.judged(lists.judged), Text()),
            told.section("failed", Text("推送失败", "Deliveries failed"), told.failed(lists.deliveries), _FAILED_NOTE),
            told.section("index", Text("风险指数", "Index"), told.scores(lists.scores), _INDEX_NOTE),
        ],
    }


def words(voice: Voice) -> dict[str, str]:
    """Return the words of the page itself."""
    return {name: voice.say(text) for name, text in _SAY.items()}


class _Telling:
    """Tells the parts of the page in one language.

    Parameters
    ----------
    voice
        Language.
    zone
        The city's.

    """

    def __init__(self, voice: Voice, zone: ZoneInfo) -> None:
        self._voice = voice
        self._zone = zone

    def section(self, id_: str, title: Text, table: dict[str, Any], note: Text) -> dict[str, Any]:
        """Return a part with its table."""
        say = self._voice.say
        n = len(table["rows"]) if table.get("counted") else None
        named = say(title) if n is None else f"{say(title)}{self._voice.pick('：', ': ')}{n}"
        return {"id": id_, "title": named, "note": say(note), **table}

    def cards(self, report: Report, still: int) -> list[dict[str, Any]]:
        """Return the figures on top, with those of the shift before; `still` are open."""
        now, before = report.now, report.before
        share, was = now.signing_by_grade[-1].kept, before.signing_by_grade[-1].kept
        figures: list[tuple[Text, str, str, bool]] = [
            (Text("预警", "alerts"), f"{now.total:,}", f"{before.total:,}", False),
            (Text("红 + 橙", "red + orange"), _urgent(now.grades), _urgent(before.grades), False),
            (Text("按时签收率", "signed in time"), percent(share, briefly=True), percent(was, briefly=True), False),
            (Text("逾期未签", "overdue"), f"{now.overdue:,}", f"{before.overdue:,}", now.overdue > 0),
            (Text("未解除", "open"), f"{still:,}", _sum(before.open_at_end), False),
            (Text("误报", "false alarms"), f"{now.false_alarms:,}", f"{before.false_alarms:,}", False),
        ]
        word = self._voice.say(wording.before_word(now.period))
        return [
            {"name": self._voice.say(name), "value": value, "was": f"{word} {old}", "bad": bad}
            for name, value, old, bad in figures
        ]

    def open(self, entries: Sequence[Entry]) -> dict[str, Any]:
        """Return what is open and whose it is."""
        heads = (Text("状态", "state"), Text("责任", "whose"), Text("截止", "due"))
        return self._entries(entries, heads, lambda one: [self._text(one.says), self._text(one.who), self._at(one)])

    def signed(self, entries: Sequence[Entry]) -> dict[str, Any]:
        """Return who signed what, and how long it took."""
        heads = (Text("签收人", "signed by"), Text("签收", "at"), Text("用时", "took"), Text("是否按时", "in time"))

        def cells(one: Entry) -> Cells:
            return [
                self._text(one.who),
                self._at(one),
                self._text(length(one.took_s)),
                self._text(one.says, bad=one.late),
            ]

        return self._entries(entries, heads, cells)

    def missed(self, entries: Sequence[Entry]) -> dict[str, Any]:
        """Return the clocks that ran out."""
        heads = (Text("时限", "clock"), Text("责任", "whose"), Text("应于", "due"))

        def cells(one: Entry) -> Cells:
            return [self._text(one.says, bad=one.late), self._text(one.who), self._at(one)]

        return self._entries(entries, heads, cells)

    def judged(self, entries: Sequence[Entry]) -> dict[str, Any]:
        """Return the verdicts."""
        heads = (Text("结论", "verdict"), Text("判定人", "by"), Text("时间", "at"))
        return self._entries(entries, heads, lambda one: [self._text(one.says), self._text(one.who), self._at(one)])

    def grades(self, report: Report) -> dict[str, Any]:
        """Return alerts by grade, beside the shift before."""
        say = self._voice.say
        heads = [say(Text("班次", "shift")), *(say(word) for word in GRADE_WORDS.values()), say(wording.ALL)]
        rows = [
            [_cell(name), *(_cell(_number(n), number=True) for n in (*figures.grades.values(), figures.total))]
            for name, figures in (
                (say(Text("本班", "this shift")), report.now),
                (say(wording.before_word(report.now.period)), report.before),
            )
        ]
        return {"heads": heads, "rows": rows}

    def clocks(self, lines: Sequence[Deadlines]) -> dict[str, Any]:
        """Return what became of clocks to sign by."""
        heads = (
            Text("等级", "grade"), Text("时限", "clocks"), Text("按时", "in time"), Text("超时", "late"),
            Text("逾期", "overdue"), Text("免签", "no need"), Text("计时中", "running"), Text("中位用时", "median"),
            Text("按时率", "share in time"),
        )  # fmt: skip
        rows = []
        for line in lines:
            counts = (line.clocks, line.in_time, line.late, line.overdue, line.stopped, line.running)
            name = self._grade(line.id) if line.id else self._text(wording.ALL)
            cells = [_cell(_number(n), number=True) for n in counts]
            took = {**self._text(length(line.median_s)), "number": True}
            rows.append([name, *cells, took, _cell(percent(line.kept, briefly=True), number=True)])
        return {"heads": [self._voice.say(head) for head in heads], "rows": rows}

    def failed(self, found: Sequence[Failed]) -> dict[str, Any]:
        """Return the channels with failures."""
        heads = (
            Text("通道", "channel"), Text("送达", "sent"), Text("失败", "failed"), Text("无人收到", "nobody got"),
            Text("原因", "reasons"),
        )  # fmt: skip
        rows = []
        for one in found:
            reasons = self._voice.pick("、", ", ").join(f"{reason} {n}" for reason, n in one.reasons)
            counts = [_cell(_number(n), number=True) for n in (one.sent, one.failed)]
            lost = {**_cell(_number(one.lost), number=True), "bad": one.lost > 0}
            rows.append([_cell(one.channel or DASH), *counts, lost, _cell(reasons)])
        return {"heads": [self._voice.say(head) for head in heads], "rows": rows}

    def scores(self, found: Sequence[Score]) -> dict[str, Any]:
        """Return the index of the city and its districts."""
        heads = (Text("区域", "area"), Text("指数", "index"), Text("主要因素", "what took most off"))
        rows = []
        for index, before in found:
            change = "" if before is None else f" ({index.score - before:+.1f})"
            colour = self._voice.say(_COLOURS[index.colour])
            why = self._voice.pick("；", "; ").join(self._voice.say(one.text) for one in index.contributors)
            rows.append([self._text(index.name), _cell(f"{index.score:.1f} {colour}{change}"), _cell(why or DASH)])
        return {"heads": [self._voice.say(head) for head in heads], "rows": rows}

    def _entries(self, entries: Sequence[Entry], heads: Sequence[Text], cells: Any) -> dict[str, Any]:  # noqa: ANN401
        first = (Text("等级", "grade"), Text("预警", "alert"), Text("报出", "raised"))
        rows = []
        for one in entries:
            title = {**self._text(one.title), "href": f"/alert/{one.id}", "id": one.id}
            rows.append([self._grade(one.grade), title, _cell(self._clock(one.raised_at)), *cells(one)])
        return {"heads": [self._voice.say(head) for head in (*first, *heads)], "rows": rows, "counted": True}

    def _grade(self, grade: str) -> dict[str, Any]:
        return {**self._text(GRADE_WORDS[grade]), "grade": grade}

    def _text(self, text: Text, *, bad: bool = False) -> dict[str, Any]:
        return _cell(self._voice.say(text), bad=bad)

    def _at(self, one: Entry) -> dict[str, Any]:
        return _cell(DASH if one.at is None else self._clock(one.at), bad=one.late)

    def _clock(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%m-%d %H:%M}"


def _cell(text: str, *, number: bool = False, bad: bool = False) -> dict[str, Any]:
    return {"text": text, "number": number, "bad": bad}


def _number(n: int) -> str:
    return f"{n:,}" if n else DASH


def _urgent(grades: dict[str, int]) -> str:
    return f"{grades['red'] + grades['orange']:,}"


def _sum(grades: dict[str, int]) -> str:
    return f"{sum(grades.values()):,}"
