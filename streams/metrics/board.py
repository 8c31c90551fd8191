"""Every metric of the board."""

from __future__ import annotations

from streams.metrics.parts import Bound, Registry

_TOPICS, _REASONS = 40, 40


class BoardMetrics(Registry):
    """What is counted while people look at the board.

    `ready` is 1 while Kafka answers: a board that is stale is not.
    """

    def __init__(self) -> None:
        super().__init__("board")
        self.pages = self.gauge("fenghuo_board_open_pages", "Pages open in browsers.")
        self.pushes = self.counter("fenghuo_board_pushes_total", "Changes pushed to open pages.")
        self.records = self.counter("fenghuo_board_records_total", "Records read, by topic.", "topic")
        self.unreadable = self.counter(
            "fenghuo_board_unreadable_records_total",
            "Records the board could not read and passed over, by topic.",
            "topic",
        )
        self.newest = self.gauge(
            "fenghuo_board_newest_record_timestamp_seconds",
            "Kafka timestamp of the newest record read, by topic: for how long nothing was heard.",
            "topic",
        )
        self.push_seconds = self.histogram(
            "fenghuo_board_push_seconds", "From the Kafka timestamp of an alert to open pages being told of it."
        )
        self.stale = self.gauge("fenghuo_board_stale", "Whether Kafka does not answer (1), so that pages say so.")
        self.commands = self.counter(
            "fenghuo_board_commands_total",
            "Commands people gave, by action and outcome: OBEYED, UNANSWERED, or why one was refused.",
            *("action", "outcome"),
        )
        self.sign_ins = self.counter("fenghuo_board_sign_ins_total", "People who signed in.")
        self.sign_in_failures = self.counter(
            "fenghuo_board_sign_in_failures_total", "Attempts to sign in that failed, by reason.", "reason"
        )
        self._topics, self._reasons = Bound(_TOPICS), Bound(_REASONS)
        self._newest: dict[str, int] = {}

    def read(self, topic: str, records: int, newest_ms: int) -> None:
        """Count records read from a topic (without prefix); `newest_ms` is the Kafka timestamp of the last."""
        topic = self._topics(topic)
        self.records.labels(topic).inc(records)
        if newest_ms > self._newest.get(topic, 0):  # partitions are not read in step
            self._newest[topic] = newest_ms
            self.newest.labels(topic).set(newest_ms / 1_000)

    def passed_over(self, topic: str) -> None:
        """Count a record of a topic (without prefix) that could not be read."""
        self.unreadable.labels(self._topics(topic)).inc()

    def gave(self, action: str, outcome: str) -> None:
        """Count a command and what became of it."""
        self.commands.labels(action, self._reasons(outcome)).inc()

    def refused_sign_in(self, reason: str) -> None:
        """Count an attempt to sign in that failed; `reason` is a name of the code, never what somebody typed."""
        self.sign_in_failures.labels(self._reasons(reason)).inc()
