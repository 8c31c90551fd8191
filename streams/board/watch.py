"""What pages ask of the cluster, in threads and not for every page anew: one question at a time, one answer for all."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar, cast

from rules.book import Book
from streams.board.adoption import Adoption, find_book
from streams.board.books import Origin
from streams.board.catching import CatchUp
from streams.board.cluster import Sighting, Sightings
from streams.board.ledger import DAY_S, KEPT_S, TOPICS, Ledger
from streams.board.probe import Probe
from streams.board.views.system.outflow import Spent, budgets
from streams.errors import BrokerUnavailable
from streams.settings import Settings

T = TypeVar("T")

_FRESH_S = 4.0
_AGAIN_S = 30.0
_ANSWER_FRESH_S = 10.0


class Watch:
    """Asks the cluster on behalf of all pages.

    Parameters
    ----------
    settings
        Cluster, prefix, group.

    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._probe = Probe(settings)
        self._sightings = Sightings()
        self._looked_at = self._sought_at = float("-inf")
        self._looking, self._seeking, self._asking = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        self._answers: dict[str, tuple[float, object]] = {}
        self._adoption: Adoption | None = None
        self._ledger = Ledger()
        self._reading = CatchUp(settings, TOPICS, timedelta(seconds=KEPT_S), self._ledger.take)

    async def sighting(self) -> Sighting:
        """Return what the cluster says of itself, at most a few seconds old."""
        async with self._looking:
            if time.monotonic() - self._looked_at > _FRESH_S:
                try:
                    self._sightings.saw(await asyncio.to_thread(self._probe.look))
                except BrokerUnavailable as error:
                    self._sightings.failed(str(error), time.time())
                self._looked_at = time.monotonic()
            return self._sightings.latest()

    def latest(self) -> Sighting:
        """Return what is known without asking."""
        return self._sightings.latest()

    def found(self, origin: Origin | None) -> Adoption | None:
        """Return where a book stands, as far as that was found, without asking."""
        return self._adoption if self._adoption is not None and self._adoption.origin == origin else None

    async def adoption(self, origin: Origin | None, wanted: int) -> Adoption | None:
        """Return where the book published with a record stands; ``None`` when none is, or nobody answers.

        Parameters
        ----------
        origin
            The record of ``rules``.
        wanted
            Partitions it ought to be on: it is looked for again until it is found on all.

        """
        if origin is None:
            return None
        async with self._seeking:
            known = self.found(origin)
            old = time.monotonic() - self._sought_at > _AGAIN_S
            if known is None or (old and len(known.offsets) < wanted):
                try:
                    known = self._adoption = await asyncio.to_thread(find_book, self._settings, origin)
                except BrokerUnavailable:
                    return known
                self._sought_at = time.monotonic()
            return known

    async def ask(self, name: str, question: Callable[[Ledger], T]) -> T:
        """Read what rules said up to now, and return the answer to a question about it.

        Parameters
        ----------
        name
            Of the question: who asks the same within some seconds gets the same answer.
        question
            Answered in a thread.

        Raises
        ------
        BrokerUnavailable
            When the broker does not answer, or a topic is not there.

        """
        async with self._asking:
            at, known = self._answers.get(name, (float("-inf"), None))
            if time.monotonic() - at < _ANSWER_FRESH_S:
                return cast("T", known)
            answer = await asyncio.to_thread(self._reading.ask, lambda: question(self._ledger))
            self._answers[name] = time.monotonic(), answer
            return answer

    def read_so_far(self) -> tuple[int, int]:
        """Return how many records were read of those there are."""
        return self._reading.read, self._reading.total

    async def spent(self, book: Book, now: float) -> Mapping[str, Spent] | None:
        """Return what was found of what chance may make, by detector; ``None`` when nobody answers."""
        groups = {signal: frozenset(rule.id for rule in rules) for signal, rules in budgets(book).items()}

        def count(ledger: Ledger) -> dict[str, Spent]:
            return {
                signal: Spent(
                    Counter(ledger.findings_by_grade(rules, now - 7 * DAY_S, now)),
                    Counter(ledger.findings_by_grade(rules, now - 30 * DAY_S, now)),
                )
                for signal, rules in groups.items()
            }

        try:
            return await self.ask("spent", count)
        except BrokerUnavailable:
            return None

    async def close(self) -> None:
        """Disconnect."""
        await asyncio.to_thread(self._probe.close)
        await asyncio.to_thread(self._reading.close)
