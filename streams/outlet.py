"""Where what a stage says goes: the topics, by what it is, and the metrics that count it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from rules.alert import Alert, alert_of
from rules.feedback import Judgement
from streams import topics
from streams.codec import COMMAND, JUDGED, TALLY, encode, letter_for, origin
from streams.emission import Emission, Refused
from streams.lines import DISTRICTS, Line
from streams.metrics import Metrics
from streams.producing import Outbox
from streams.settings import Settings
from streams.sides import side_of, standing
from streams.tallying import TallyRecord

log = logging.getLogger("fenghuo")


class Outlet:
    """Puts what a stage says into its outbox.

    Parameters
    ----------
    line
        Which stage.
    settings, outbox, metrics
        Names of topics, where records wait to be sent, and what counts them.

    """

    def __init__(self, line: Line, settings: Settings, outbox: Outbox, metrics: Metrics) -> None:
        self._line = line
        self._topic = settings.topic
        self._outbox = outbox
        self._metrics = metrics
        self._current: dict[tuple[str, bytes], tuple[bytes | None, int]] = {}
        self._told: set[str] = set()

    def emit(self, emission: Emission) -> None:
        """Put out what one record led to; what stands of alerts waits for `emit_current`."""
        if emission.refused is not None:
            self._bury(emission.refused)
        else:
            self._say(emission)

    def _say(self, emission: Emission) -> None:
        add, topic, at = self._outbox.add, self._topic, emission.timestamp
        for finding in emission.findings:
            add(topic(topics.FINDINGS), finding.id.encode(), encode(finding), timestamp_ms=at, partition=0)
        for signal in emission.signals:
            add(topic(topics.SIGNALS), signal.place.district.encode(), encode(signal), timestamp_ms=at)
            self._metrics.signals.labels(signal.detector).inc()
        for trial in emission.shadow:
            add(topic(topics.SHADOW), trial.id.encode(), encode(alert_of(trial)), timestamp_ms=at)
        self._metrics.find(emission.findings, emission.shadow)
        if emission.late is not None and self._line is DISTRICTS:  # the others are the same events again
            late = emission.late
            add(topic(topics.LATE), late.place.district.encode(), encode(late), timestamp_ms=at)
        if emission.tally is not None:
            self._tell(emission.tally, at)
        for alert in emission.alerts:
            self._issue(alert, crossed=alert.id in emission.crossed, at=at)
        for answer in emission.answers:
            add(topic(topics.ANSWERS), answer.command.alert.encode(), encode(answer), timestamp_ms=at, partition=0)
        self._metrics.answer(emission.answers)
        for n, silence in enumerate(emission.silences):
            headers = origin(f"{topics.FINDINGS}/0", n, COMMAND)
            where = topic(topics.NOTICES)
            add(where, silence.alert.encode(), encode(silence), timestamp_ms=at, headers=headers, partition=0)
        for score in emission.index:
            add(topic(topics.INDEX), score.key, score.value, timestamp_ms=at, partition=0)
        self._pass_on(emission.judgements, at)

    def _bury(self, refused: Refused) -> None:
        """Put a record that nobody but a worker should have written among the dead letters."""
        record, fault = refused
        letter = letter_for(self._line.events, record.partition, record, fault)
        self._outbox.add(self._topic(topics.DEAD), letter.where.encode(), encode(letter))
        self._metrics.dead_letters.labels(self._line.events, fault.reason).inc()
        if fault.reason not in self._told:  # once: there may be a million of them, and all are counted
            self._told.add(fault.reason)
            log.error("%s cannot be used, and only workers should write there: %s", letter.where, fault)

    def _issue(self, alert: Alert, *, crossed: bool, at: int) -> None:
        key, value = alert.id.encode(), encode(alert)
        self._outbox.add(self._topic(side_of(alert).versions), key, value, timestamp_ms=at)
        self._outbox.add(self._topic(topics.NOTICES), key, value, timestamp_ms=at, partition=0)
        for where, stands in standing(alert, crossed=crossed):
            self._current[where, key] = value if stands else None, at
        self._metrics.issue(alert, max(0.0, time.time() - at / 1000))

    def _tell(self, tally: TallyRecord, at: int) -> None:
        """Tell the stage that makes alerts what was counted for the index."""
        headers = origin(f"{topics.CITY}/0", tally.offset, TALLY)
        where = self._topic(topics.FINDINGS)
        self._outbox.add(where, TALLY.encode(), encode(tally), timestamp_ms=at, headers=headers, partition=0)

    def _pass_on(self, judgements: Iterable[Judgement], at: int) -> None:
        """Let the pipelines whose rules they are about know what somebody found out."""
        for n, judgement in enumerate(judgements):
            district, _, _ = judgement.key.partition("|")
            where, partition = (topics.EVENTS, None) if district else (topics.CITY, 0)
            self._outbox.add(
                self._topic(where),
                district.encode(),
                encode(judgement),
                timestamp_ms=at,
                headers=origin(f"{topics.FINDINGS}/0", n, JUDGED),
                partition=partition,
            )

    def emit_current(self) -> None:
        """Put out the last version of each alert of a batch; compacted topics need no others."""
        for (where, key), (value, at) in self._current.items():
            self._outbox.add(self._topic(where), key, value, timestamp_ms=at)
        self._current.clear()
