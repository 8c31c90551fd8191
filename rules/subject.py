"""What verdicts on an alert of a detector are about, and how strict its rule is with a signal for that."""

from __future__ import annotations

from detectors.detector import detector_types
from detectors.signal import Signal
from detectors.surge import SurgeDetector
from rules.alert import Alert
from rules.compiling import CompiledRule
from rules.feedback import Feedback, Strictness

_HOUR_S = 3_600.0


def subject_of(signal: Signal) -> str:
    """Return what verdicts on an alert of such signals are about: area and kind, for surges the length of the window.

    It begins with the district whose verdicts are kept together, or with none where a detector sees the whole city.
    """
    window_s = (signal.ends_at - signal.starts_at).total_seconds()
    area = getattr(signal.place, signal.level, "")
    return _subject(signal.detector, signal.place.district, area, signal.kind, window_s)


def subject_of_alert(alert: Alert, detector: str) -> str:
    """Return the same of an alert: that of its least likely signal; of events counted, its place and kind."""
    place = alert.place
    area = place.key if place.level == "spot" else getattr(place, place.level, "")
    return _subject(detector, place.district, area, alert.kind, alert.window_s)


def _subject(detector: str, district: str, area: str, kind: str, window_s: float) -> str:
    type_ = detector_types().get(detector)
    pool = district if type_ is None or type_.scope == "district" else ""
    subject = f"{pool}|{area}|{kind}"
    if detector != SurgeDetector.name:
        return subject
    return f"{subject}|{'day' if window_s > _HOUR_S else 'hour'}"


def strictness_of(feedback: Feedback, compiled: CompiledRule, signal: Signal) -> Strictness:
    """Return how strict a rule is with a signal, by what people found out about its alerts."""
    return feedback.strictness(compiled.rule.id, subject_of(signal), signal.ends_at.timestamp())
