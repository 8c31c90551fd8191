"""What our words are in the words of CAP 1.2: category, urgency, severity, certainty, response."""

from __future__ import annotations

from typing import NamedTuple

from rules.alert import Alert, Grade

_OF_CLASS = {
    "public_safety": "Safety",
    "utilities": "Infra",
    "municipal": "Infra",
    "natural_hazard": "Met",
    "public_health": "Health",
    "environment": "Env",
    "labour_finance": "Other",
    "dispute": "Security",
    "order": "Security",
    "city_management": "Other",
}
_OF_KIND = {
    "ebike_fire": "Fire",
    "fire_hazard": "Fire",
    "hazmat": "CBRNE",
    "confined_space": "Rescue",
    "elevator_trap": "Rescue",
    "building_danger": "Infra",
    "road_collapse": "Transport",
    "landslide": "Geo",
    "missing": "Rescue",
    "crowd": "Safety",
    "parking": "Transport",
    "traffic": "Transport",
}
_SEVERITY = {Grade.RED: "Extreme", Grade.ORANGE: "Severe", Grade.YELLOW: "Moderate", Grade.BLUE: "Minor"}
_URGENCY = {Grade.RED: "Immediate", Grade.ORANGE: "Immediate", Grade.YELLOW: "Expected", Grade.BLUE: "Future"}
_RESPONSE = {Grade.RED: "Execute", Grade.ORANGE: "Execute", Grade.YELLOW: "Prepare", Grade.BLUE: "Monitor"}
_SEVERAL = 2


class Axes(NamedTuple):
    """Urgency, severity and certainty, in the words of CAP."""

    urgency: str
    severity: str
    certainty: str


def categories(alert: Alert) -> tuple[str, ...]:
    """Return the categories of an alert: that of its kind, where it has one of its own, then that of its class."""
    of_class = _OF_CLASS.get(alert.category, "Other")
    of_kind = _OF_KIND.get(alert.kind, of_class)
    return (of_kind,) if of_class in {of_kind, "Other"} else (of_kind, of_class)


def is_over(alert: Alert) -> bool:
    """Tell whether there is nothing to warn of any more: closed, withdrawn, or found to be a false alarm."""
    return alert.status != "open" or alert.is_false_alarm


def axes(alert: Alert) -> Axes:
    """Return the three axes: as the alert states them, else as its grade and evidence imply.

    Severity is Extreme, Severe, Moderate or Minor for red, orange, yellow and blue. Urgency is Immediate for red and
    orange, Expected for yellow, Future for blue, and Past for what is over. Certainty is Observed when somebody
    confirmed the alert or found it true, or several people or sources say the same; Possible while it waits to be
    checked; Unlikely once it was found to be a false alarm, or taken back; else Likely: one report, or a tail
    probability. Of a grade that somebody gave by hand the first two follow the grade.
    """
    by_hand = is_by_hand(alert)
    urgency = "Past" if is_over(alert) else _stated(alert.urgency, by_hand=by_hand) or _URGENCY[alert.grade]
    severity = _stated(alert.severity, by_hand=by_hand) or _SEVERITY[alert.grade]
    return Axes(urgency, severity, _certainty(alert))


def is_by_hand(alert: Alert) -> bool:
    """Tell whether somebody gave the grade by hand: the axes and the steps of its rules do not explain it then."""
    handling = alert.revision.handling
    return handling is not None and handling.graded_by != ""


def _stated(axis: str, *, by_hand: bool) -> str:
    return "" if by_hand else axis.capitalize()


def _certainty(alert: Alert) -> str:
    handling = alert.revision.handling
    if alert.is_false_alarm or alert.status == "withdrawn":
        return "Unlikely"
    if handling is not None and (handling.verdict == "true" or handling.confirmed_by):
        return "Observed"
    if alert.certainty:
        return alert.certainty.capitalize()
    if alert.pending_check:
        return "Possible"
    several = max(alert.reporters, len(alert.sources)) >= _SEVERAL
    return "Observed" if several and alert.p_value is None else "Likely"


def response(alert: Alert) -> str:
    """Return what receivers are asked for: AllClear, Assess, or by grade Execute, Prepare, Monitor."""
    if is_over(alert):
        return "AllClear"
    return "Assess" if alert.pending_check else _RESPONSE[alert.grade]
