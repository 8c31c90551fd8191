"""The report of a shift: what the next one takes over, who did what, what was missed; on the screen and on paper."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from nicegui import background_tasks, ui
from nicegui.element import Element

from rules.alert import Alert, Text
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.board.page import Page
from streams.board.shifts import Read
from streams.board.views.handover import Kept, handover, scores_of
from streams.board.views.shiftpage import shift_page, words
from streams.course import Version
from streams.errors import BrokerUnavailable
from streams.language import Voice
from streams.report.compose import compose
from streams.report.lives import lives
from streams.report.period import Period, shift_at, shift_of
from streams.report.reading import names_for

_HOURS = (0, 8, 16)
_YEARS = range(2000, 2100)
_TELL_S = 0.3
_LIVE_S = 60.0
_READING = Text("正在读取", "Reading")
_GONE = Text("Kafka 未应答，请稍后再试", "Kafka does not answer: try again in a moment")
_FAILED = Text("无法生成，原因见值班台日志", "It cannot be made: the board's log says why")
_NO_SHIFT = Text("没有这样的班次，改为显示本班", "there is no such shift: this one is shown")


class ShiftReport(Element, component="../web/shift_report.js"):
    """The report as plain data; drawn by the browser."""

    def __init__(self, voice: Voice, links: list[dict[str, Any]], chosen: dict[str, Any]) -> None:
        super().__init__()
        self._props |= {"lang": voice.lang, "words": words(voice), "links": links, "chosen": chosen, "reading": ""}

    def tell(self, reading: str) -> None:
        """Say how far it is."""
        if reading != self._props["reading"]:
            self._props["reading"] = reading
            self.update()

    def show(self, page: dict[str, Any]) -> None:
        """Show the report."""
        self._props |= {"page": page, "reading": ""}
        self.update()


async def build(board: Board, visitor: Visitor) -> None:
    """Fill the page."""
    voice, zone = board.voice(visitor.lang), board.areas.zone
    this = shift_at(datetime.fromtimestamp(board.now(), UTC), _HOURS, zone)
    request = ui.context.client.request
    wanted = dict(request.query_params) if request is not None else {}
    period, fault = _wanted(wanted, this)
    view = ShiftReport(voice, _links(period, this, voice), _chosen(period))
    progress = {"read": 0, "total": 0}
    done = False

    def told(read: int, total: int) -> None:
        progress.update(read=read, total=total)

    def tell() -> None:
        if done:
            telling.deactivate()
            return
        said = f" {progress['read']:,}/{progress['total']:,}" if progress["total"] else ""
        view.tell(f"{voice.say(_READING)}{said} …")

    async def read() -> None:
        nonlocal done
        try:
            found = await board.shifts.read(period, restricted=visitor.restricted, told=told)
            page = await asyncio.to_thread(_page, board, visitor, period, found)
        except BrokerUnavailable:
            view.tell(voice.say(_GONE))
            return
        except Exception:
            view.tell(voice.say(_FAILED))
            raise
        finally:
            done = True
        view.show(page)
        if fault:
            view.tell(voice.say(_NO_SHIFT))

    tell()
    telling = ui.timer(_TELL_S, tell)
    background_tasks.create(read(), name="shift report")


def _page(board: Board, visitor: Visitor, period: Period, found: Read) -> dict[str, Any]:
    areas = board.areas
    now = datetime.fromtimestamp(board.clock(), UTC)
    live = abs(board.now() - board.clock()) < _LIVE_S
    as_of = min(now, period.ends_at) if live else now  # people's clocks in a replay are of another time than its events
    versions = list(_visible(board, visitor, found.material.versions))
    material = msgspec.structs.replace(found.material, versions=versions)
    names = names_for(areas, board.taxonomy, board.book())
    city = Text(areas.name, areas.english.get(areas.name, areas.name))
    report = compose(material, period, as_of, city, names)
    mine = lives(versions, as_of)
    seen = {life.last.id for life in mine}
    kept = Kept(
        mine,
        [one for one in found.deliveries if one.alert in seen],
        scores_of(found.scores, period.begins_at, period.ends_at),
        as_of,
    )
    return shift_page(report, handover(kept, period, names.area), board.voice(visitor.lang))


def _visible(board: Board, visitor: Visitor, versions: Sequence[Version]) -> Iterator[Version]:
    """Return the versions of the alerts somebody may see as they are now, all of each.

    An alert may have gone to the duty desk only, or to another district: its versions of before would go on to tell of
    it, and look as if it were still so.
    """
    last: dict[str, Alert] = {}
    for one in versions:
        known = last.get(one.alert.id)
        if known is None or known.revision.version < one.alert.revision.version:
            last[one.alert.id] = one.alert
    seen = {id_ for id_, alert in last.items() if board.shows_now(visitor, alert)}
    return (one for one in versions if one.alert.id in seen)


def _wanted(query: Mapping[str, str], this: Period) -> tuple[Period, bool]:
    """Return the shift an address asks for, else this one; and whether what it asks for is none."""
    if not query:
        return this, False
    try:
        found = shift_of(date.fromisoformat(query["date"]), int(query["from"]), int(query["to"]), _zone(this))
    except (KeyError, ValueError, OverflowError):
        return this, True
    return (found, False) if found.begins_at.year in _YEARS else (this, True)


def _zone(period: Period) -> ZoneInfo:
    return ZoneInfo(period.zone)


def _chosen(period: Period) -> dict[str, Any]:
    """Return a shift as an address asks for it."""
    zone = _zone(period)
    begins, ends = period.begins_at.astimezone(zone), period.ends_at.astimezone(zone)
    return {"date": begins.date().isoformat(), "from": begins.hour, "to": ends.hour or 24}


def _links(period: Period, this: Period, voice: Voice) -> list[dict[str, Any]]:
    said = words(voice)
    before = period.before()
    length = period.ends_at - period.begins_at
    after = msgspec.structs.replace(period, begins_at=period.ends_at, ends_at=period.ends_at + length)
    wanted = [(said["before"], before), (said["now"], this)]
    if after.begins_at <= this.begins_at:
        wanted.append((said["after"], after))
    return [
        {"name": name, "href": f"/shift?{urlencode(_chosen(one))}", "current": one.begins_at == period.begins_at}
        for name, one in wanted
    ]


PAGE = Page(path="/shift", title=Text("交接班", "Shift"), icon="assignment", order=60, build=build)
