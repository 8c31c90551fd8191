"""The metrics of a worker about alerts: how many stand, whose clocks run, and how long people took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rules.alert import Alert
from rules.census import CLOCKS, Census
from rules.life import State
from streams.metrics.parts import GRADES, HOURS_S, Bound, Registry, Told

RESTRICTED = "restricted"
"""What the kind of an alert is called that only the duty desk may see: nobody else learns of it here."""
_OWNER = "alerts"
_GRADED = frozenset({"new", "raised", "reopened", "upgrade"})


class AlertMetrics:
    """What whoever makes alerts of findings tells; there is one such partition, and one worker that owns it.

    Parameters
    ----------
    metrics
        Of the worker.
    rules, districts, kinds
        Bounds of these labels.

    """

    def __init__(self, metrics: Registry, rules: Bound, districts: Bound, kinds: Bound) -> None:
        self._rules, self._districts, self._kinds = rules, districts, kinds
        self._count(metrics)
        self._show(metrics)

    def _count(self, metrics: Registry) -> None:
        self.versions = metrics.counter(
            "fenghuo_alert_versions_total",
            "Alert versions issued, by the rule that leads, grade and change.",
            *("rule", "grade", "change"),
        )
        self.commands = metrics.counter(
            "fenghuo_commands_total",
            "Commands by action and outcome: OBEYED, or why one was refused.",
            *("action", "outcome"),
        )
        self.missed = metrics.counter(
            "fenghuo_clocks_missed_total",
            "Times a clock ran out with nobody signing, or with nobody on site, by clock and grade.",
            *("clock", "grade"),
        )
        self.sign_seconds = metrics.histogram(
            "fenghuo_sign_seconds",
            "From an alert being raised to somebody signing it, by grade.",
            "grade",
            buckets=HOURS_S,
        )
        self.on_site_seconds = metrics.histogram(
            "fenghuo_on_site_seconds",
            "From an alert being raised to somebody being on site, by grade.",
            "grade",
            buckets=HOURS_S,
        )
        self.graded = metrics.counter(
            "fenghuo_alerts_graded_total",
            "Times an alert came to a grade that people are told of: it was new, raised, reopened or went up.",
            "grade",
        )
        for grade in GRADES:  # from zero on: Prometheus would not see the first, and the first red one counts
            for metric in (self.sign_seconds, self.on_site_seconds, self.graded):
                metric.labels(grade)
            for clock in CLOCKS[1:]:
                self.missed.labels(clock, grade)

    def _show(self, metrics: Registry) -> None:
        self._open = Told(
            metrics.gauge(
                "fenghuo_alerts_open",
                "Alerts that stand open, by grade, district and kind; the kind of those for the duty desk only is "
                "`restricted`.",
                *("grade", "district", "kind"),
            )
        )
        self._states = Told(metrics.gauge("fenghuo_alerts_in_state", "Alerts that stand open, by state.", "state"))
        self._waiting = Told(
            metrics.gauge(
                "fenghuo_alerts_waiting",
                "Alerts that wait for somebody to confirm, to sign, or to be on site, by clock and grade.",
                *("clock", "grade"),
            )
        )
        self._overdue = Told(
            metrics.gauge("fenghuo_alerts_overdue", "Alerts that wait and whose time is over.", *("clock", "grade"))
        )
        self._spent = Told(
            metrics.gauge(
                "fenghuo_budget_alerts",
                "Alerts of the last 30 days of event time led by rules with a budget of chance alerts, by grade.",
                "grade",
            )
        )
        self._allowed = Told(
            metrics.gauge(
                "fenghuo_budget_allowed_alerts", "Alerts that chance alone may make in 30 days, by grade.", "grade"
            )
        )
        self.index = Told(
            metrics.gauge(
                "fenghuo_area_index",
                "Risk index of the city and its districts, 0 (worst) to 100, as last told.",
                *("level", "area"),
            )
        )

    def issue(self, alert: Alert) -> None:
        """Count a version of an alert, and how long people took where it tells that somebody signed or arrived."""
        grade, change = alert.grade.value, alert.revision.change
        self.versions.labels(self._rules(alert.rule.id), grade, change).inc()
        if change in _GRADED:
            self.graded.labels(grade).inc()
        if change == "escalated":
            self.missed.labels("sign" if _state(alert) == "raised" else "on_site", grade).inc()
        elif change == "signed":
            for seconds in _since_raised(alert, "signed"):
                self.sign_seconds.labels(grade).observe(seconds)
        elif change == "arrived":
            for seconds in _since_raised(alert, "on_site"):
                self.on_site_seconds.labels(grade).observe(seconds)

    def take(self, census: Census | None) -> None:
        """State what stands; nothing where another worker makes the alerts now."""
        if census is None:
            for told in (
                self._open,
                self._states,
                self._waiting,
                self._overdue,
                self._spent,
                self._allowed,
                self.index,
            ):
                told.tell("index" if told is self.index else _OWNER, {})
            return
        standing: Counter[tuple[str, ...]] = Counter()
        for (grade, district, kind, restricted), n in census.open.items():
            standing[grade, self._districts(district), RESTRICTED if restricted else self._kinds(kind)] += n
        self._open.tell(_OWNER, standing)
        self._states.tell(_OWNER, {(state,): n for state, n in census.states.items()})
        every = [(clock, grade) for clock in CLOCKS for grade in (GRADES[2:] if clock == "confirm" else GRADES)]
        self._waiting.tell(_OWNER, {one: census.waiting[one] for one in every})
        self._overdue.tell(_OWNER, {one: census.overdue[one] for one in every})
        self._spent.tell(_OWNER, {(grade,): census.spent[grade] for grade in GRADES})
        self._allowed.tell(_OWNER, {(grade,): n for grade, n in census.allowed.items()})


def _state(alert: Alert) -> State | None:
    return alert.revision.handling.state if alert.revision.handling is not None else None


def _since_raised(alert: Alert, state: State) -> Iterator[float]:
    """Yield for how long an alert had been raised when it came into a state, where both are known."""
    times = alert.revision.handling.times if alert.revision.handling is not None else ()
    reached = {one.state: one.at for one in times}
    if state in reached and "raised" in reached:
        yield max(0.0, (reached[state] - reached["raised"]).total_seconds())
