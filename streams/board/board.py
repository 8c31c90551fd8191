"""What the pages of the board are given: what is known, the city, its clock, and a way to send commands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from detectors.areas import AreaTree
from detectors.taxonomy import Taxonomy
from rules.alert import Alert, Text
from rules.book import Book
from rules.command import Action
from streams.board.access.visitor import Visitor
from streams.board.archive import Archive
from streams.board.hub import Hub
from streams.board.mirror import Mirror
from streams.board.reader import Reader
from streams.board.sending import Outcome, Sender
from streams.board.shifts import ShiftReader
from streams.board.views.city_outlines import Polygon
from streams.board.watch import Watch
from streams.language import Lang, Voice, voice_of
from streams.metrics.board import BoardMetrics
from streams.settings import Settings

_REVEALED_AT_ONCE = 2
_APART_S = 6 * 3_600.0
_NO_ALERT = Text("预警已不存在", "this alert is no longer there")
_GONE = Text("您的账号已失效，请重新登录", "your account does not hold any more: sign in again")
_NOT_ALLOWED = Text("您的角色无权进行此操作", "your role does not allow this")
_UNKNOWN_NAME = Text("请先填写您的姓名或岗位", "say who you are first")


class Board:
    """One board.

    Parameters
    ----------
    settings
        Cluster, prefix and files.
    areas, taxonomy
        The city and its kinds.
    mirror
        What is known.
    reader
        Keeps it up to date.
    sender
        Sends commands.
    outlines
        Outlines of areas by id, for maps; a city without has a map of tiles.
    still
        Returns a visitor of an open page as its account says now, ``None`` when it has none any more.

    metrics
        Counts what is read, shown and done.

    Attributes
    ----------
    still, metrics
        As above.
    hub
        Tells open pages what changed.
    archive
        Reads what is only on the topics.
    watch
        Asks the cluster for what is not in the mirror.
    shifts
        Reads what shifts are told from.
    revealing
        Held while an original is looked for, which takes a thread for up to half a minute.

    """

    def __init__(
        self,
        settings: Settings,
        *,
        areas: AreaTree,
        taxonomy: Taxonomy,
        mirror: Mirror,
        reader: Reader,
        sender: Sender,
        outlines: Mapping[str, tuple[Polygon, ...]] | None = None,
        still: Callable[[Visitor], Visitor | None] = lambda visitor: visitor,
        metrics: BoardMetrics | None = None,
    ) -> None:
        self.settings = settings
        self.areas = areas
        self.taxonomy = taxonomy
        self.mirror = mirror
        self.reader = reader
        self.sender = sender
        self.outlines = outlines or {}
        self.still = still
        self.metrics = metrics or BoardMetrics()
        self.hub = Hub(self, self.metrics)
        self.archive = Archive(settings)
        self.watch = Watch(settings)
        self.shifts = ShiftReader(settings)
        self.revealing = asyncio.Semaphore(_REVEALED_AT_ONCE)
        self._voices: dict[Lang, Voice] = {"zh": voice_of(areas, "zh"), "en": voice_of(areas, "en")}

    def now(self) -> float:
        """Return the city's time, epoch seconds: the wall's, or in a replay the event time reached."""
        events = self.mirror.events
        if events.reached is None or abs(events.reached_ms / 1000 - events.reached) < _APART_S:
            return time.time()
        return events.reached

    def clock(self) -> float:
        """Return the time people are held to, epoch seconds: clocks to sign run by the wall's, also in a replay."""
        return time.time()

    def book(self) -> Book:
        """Return the rule book workers go by."""
        return self.mirror.books.book

    def voice(self, lang: Lang) -> Voice:
        """Return how things are said in a language."""
        return self._voices[lang]

    def stale_since(self) -> float | None:
        """Return since when Kafka does not answer, epoch seconds; ``None`` while it does."""
        return self.reader.stale_since()

    async def send(
        self,
        visitor: Visitor,
        alert_id: str,
        action: Action,
        why: str = "",
        *,
        by: str = "",
        **more: Any,  # noqa: ANN401
    ) -> Outcome:
        """Do something about an alert in the name of a visitor, and wait for the answer.

        Parameters
        ----------
        visitor
            Who asks.
        alert_id
            Id of the alert.
        action, why, more
            As `rules.command.Command` says: with ``grade``, and ``last_at`` for a verdict, as whoever asks has seen
            them. Without them it is taken for what stands now, which may be worse than what the page showed.
        by
            Who does it, where there are no accounts; else it is the visitor's account.

        """
        known = self.mirror.alerts.get(alert_id)
        now = self.still(visitor)
        if now is None:
            return Outcome(done=False, says=_GONE)
        visitor = now
        if known is None or not self.shows(visitor, alert_id):
            return Outcome(done=False, says=_NO_ALERT)
        if more.get("other") and not self.shows(visitor, more["other"]):
            return Outcome(done=False, says=_NO_ALERT)
        if not visitor.may(action):
            return Outcome(done=False, says=_NOT_ALLOWED)
        name = visitor.account or (by.strip() if visitor.anybody else "")
        if not name:
            return Outcome(done=False, says=_UNKNOWN_NAME)
        outcome = await self.sender.about(known.alert, action, name, why, **more)
        self.metrics.gave(action, _named(outcome))
        return outcome

    def shows(self, visitor: Visitor, alert_id: str) -> bool:
        """Tell whether a visitor may see an alert, which has to be known."""
        known = self.mirror.alerts.get(alert_id)
        return known is not None and _is_for(visitor, known.alert)

    def shows_now(self, visitor: Visitor, alert: Alert) -> bool:
        """Tell whether a visitor may see an alert, as it stands now where that is known, else as it was."""
        known = self.mirror.alerts.get(alert.id)
        return _is_for(visitor, alert if known is None else known.alert)


def _is_for(visitor: Visitor, alert: Alert) -> bool:
    return visitor.sees(alert.place, alert.districts) and (visitor.restricted or not alert.restricted)


def _named(outcome: Outcome) -> str:
    """Return what came of a command, as metrics name it."""
    if outcome.done:
        return "OBEYED"
    if outcome.answer is not None:
        return outcome.answer.reason or "OBEYED"
    return "UNANSWERED" if outcome.sent else "REFUSED"
