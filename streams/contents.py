"""What is on each topic, but for raw ones, which say it themselves."""

from __future__ import annotations

CONTENTS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "events": (
        ("event", "watermark", "declaration", "book", "judgement"),
        "district id",
        "Normalised, masked events; among them, on every partition, watermarks, declarations and rule books; verdicts.",
    ),
    "events.city": (
        ("event", "watermark", "declaration", "book", "judgement"),
        "district id",
        "All that is on `events` once more, in one partition, for what has to see all districts.",
    ),
    "context": (
        ("declaration",),
        "id of the declaration",
        "Weather warnings, modes and events declared of areas; compacted. A record without a value ends what was said.",
    ),
    "rules": (("book",), "book", "The rule book all workers go by; compacted."),
    "commands": (
        ("command", "correction"),
        "alert id; of a correction the event id",
        "What people do about alerts, and what they say of the kinds of events.",
    ),
    "commands.answers": (
        ("answer",),
        "alert id",
        "What became of each command: obeyed, or refused with a reason and a sentence that says why.",
    ),
    "lessons": (
        ("correction",),
        "event id",
        "Corrections of kinds, in the order they are learned; compacted. One without a kind takes back what was said.",
    ),
    "events.late": (("event",), "district id", "Events that came after the watermark of their raw partition."),
    "findings": (
        ("finding", "watermark", "book", "command", "tally"),
        "finding id; name of the source, of `rules` or of `commands`",
        "What single rules say, every version, which alerts are made of; with the clock, books and commands.",
    ),
    "findings.shadow": (
        ("alert",),
        "finding id",
        "What rules on trial say, every version, the duty desk's own among them: no alert is made of it.",
    ),
    "notices": (("alert",), "alert id", "Every version of every alert, the duty desk's own among them: for delivery."),
    "signals": (("signal",), "signal id", "What detectors say; a later signal of one id replaces the earlier one."),
    "alerts": (("alert",), "alert id", "Every version of every alert, but for restricted ones."),
    "alerts.current": (("alert",), "alert id", "The latest version of every alert; compacted, empty when withdrawn."),
    "alerts.restricted": (("alert",), "alert id", "Every version of every alert that only the duty desk may see."),
    "alerts.restricted.current": (("alert",), "alert id", "The latest version of each of those, as `alerts.current`."),
    "index": (
        ("index",),
        "area/day",
        "The risk index of areas, day by day; of one key the last record counts, and a final one is the last.",
    ),
    "deliveries": (("delivery",), "key of the message", "Every attempt to tell somebody, and what became of it."),
    "dead-letters": (
        ("dead-letter",),
        "raw topic/partition/offset, or file:line",
        "Records, and rows of files, that could not become events, with their original bytes and the reason.",
    ),
    "audit": (
        ("audit-entry",),
        "subject",
        "Who was shown what unmasked and who sent originals again, on record before it was done.",
    ),
}
"""By topic: the messages on it, the key, and what it is for."""


def purpose(topic: str) -> str:
    """Return in a sentence what is on a topic, empty for one that is of no concern to others."""
    return CONTENTS[topic][2] if topic in CONTENTS else ""
