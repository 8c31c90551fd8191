"""What became of a day: held against the replay without faults, record by record and alert by alert."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec

from rules.alert import Alert
from streams import topics
from streams.codec import decode_answer, read_origin
from streams.recorded import replay_topic
from streams.replay import Tally
from tests.faults.day import Day
from tests.faults.desk import Desk, steps_of
from tests.faults.others import Others
from tests.integration.delivering import deliveries
from tests.integration.harness import City, alerts, current, event_origins, final_form, read_all

_SHOWN = 5


class Verdict(msgspec.Struct):
    """What differs; all zero on a good day.

    Parameters
    ----------
    lost_events
        Reports not on their topic, records that became neither event nor dead letter, events not counted as they
        should be.
    lost_alerts, doubled_alerts
        Alerts of the replay that are not there; alerts that are there and not in the replay, or twice.
    wrong_state
        Alerts with another content or state, commands that got no answer, or another one, or left no trace.
    lost_messages, doubled_messages
        Alerts whose last version was neither told nor left out on purpose; messages that came again and did not say so.
    account
        Records fed and what became of them, with what is no fault: repeated versions, marked messages.
    worst_late_s
        How much later than due an alert was seen at its grade, less what it was held up by outages.
    told
        In words, the first few of everything that differs.
    ended
        What workers said that ended by themselves, and were started again.

    """

    lost_events: int = 0
    lost_alerts: int = 0
    doubled_alerts: int = 0
    wrong_state: int = 0
    lost_messages: int = 0
    doubled_messages: int = 0
    account: dict[str, int] = {}
    worst_late_s: float = 0.0
    told: list[str] = []
    ended: list[str] = []

    def note(self, field: str, what: str, found: Sequence[object]) -> None:
        """Count what differs, and keep the first few."""
        if found:
            setattr(self, field, getattr(self, field) + len(found))
            self.told.append(f"{field}: {what}: {len(found)}, {[str(one)[:120] for one in found[:_SHOWN]]}")

    @property
    def good(self) -> bool:
        """Whether nothing differs."""
        return not self.told


Outages = Sequence[tuple[float, float]]


def judge(
    city: City,
    day: Day,
    desk: Desk,
    others: Others,
    *,
    seen: Mapping[tuple[str, int], float],
    fed_at: Sequence[tuple[int, float]],
    outages: Outages,
    extra: int = 0,
    foreign: Callable[[Alert], bool] = lambda _: False,
) -> Verdict:
    """Compare all that a city has on its topics with what a day without faults leads to.

    Parameters
    ----------
    seen
        When an alert was first seen at a rank of its grades.
    fed_at
        How many parcels were confirmed, and when.
    outages
        When something was withheld.
    extra
        Records that faults put on raw topics themselves.
    foreign
        Alerts that came of these.

    """
    verdict, counts = Verdict(), Counter[str]()
    again = [alert for said in replay_topic(city.settings, city.parts(), counts=counts) for alert in said.alerts]
    live = alerts(city)
    _events(verdict, city, day, counts, extra)
    _alerts(verdict, {k: v for k, v in current(city).items() if not foreign(v)}, day.tally)
    _versions(verdict, live, again)
    _commands(verdict, city, desk, live)
    _messages(verdict, city, others)
    verdict.worst_late_s = _late(day, seen, fed_at, outages)
    return verdict


def _events(verdict: Verdict, city: City, day: Day, counts: Counter[str], extra: int) -> None:
    """Every record is an event, a duplicate, late or a dead letter, and as many of each as there should be."""
    raw = {
        f"{topic}/{record.partition}/{record.offset}": record.value  # type: ignore[attr-defined]
        for topic in topics.raw_topics()
        for record in read_all(city, topic)
    }
    missing = Counter(parcel.value for parcel in day.parcels) - Counter(raw.values())
    verdict.note("lost_events", "fed and not on their topic", list(missing.elements()))
    out = {f"{channel}/{o}" for (channel, _), offsets in event_origins(city).items() for o in offsets}
    late = _late_at_intake(city)
    buried = {record.key.decode() for record in read_all(city, topics.DEAD)}  # type: ignore[attr-defined]
    dead = {key for key in buried if key.split("/")[0] in topics.raw_topics()}
    verdict.note("lost_events", "neither event nor late nor dead letter", sorted(raw.keys() - out - late - dead))
    verdict.note("lost_events", "twofold", sorted((out & dead) | (out & late) | (dead & late)))
    became = {
        "events": counts["ACCEPTED"],
        "duplicates": counts["DUPLICATE"],
        "late": len(late) + counts["LATE"],
        "dead": len(dead),
    }
    verdict.account = {"fed": len(day.parcels) + extra, "raw": len(raw), **became, "repeated": counts["REPEATED"]}
    verdict.note("lost_events", "not accounted for", [0] * abs(len(raw) - sum(became.values())))
    if not extra:
        wanted = day.tally.verdicts
        should = {"events": wanted["ACCEPTED"], "late": wanted["LATE"], "dead": len(day.parcels) - day.reports}
        for name, number in should.items():
            verdict.note("lost_events", f"{name}, {number} in the replay", [0] * abs(became[name] - number))


def _late_at_intake(city: City) -> set[str]:
    """Where the records were that intake found too late; what pipelines find so has been an event."""
    came_from = [read_origin(record.headers) for record in read_all(city, topics.LATE)]  # type: ignore[attr-defined]
    return {f"{one[1]}/{one[2]}" for one in came_from if one is not None}


def _alerts(verdict: Verdict, got: dict[str, Alert], wanted: Tally) -> None:
    """The alerts that stand are those of the replay, to the byte; what people did decides whether one is open."""
    verdict.note("lost_alerts", "only in the replay", sorted(wanted.final.keys() - got.keys()))
    verdict.note("doubled_alerts", "not in the replay", sorted(got.keys() - wanted.final.keys()))
    both = sorted(got.keys() & wanted.final.keys())
    differ = [id_ for id_ in both if _form(got[id_]) != _form(wanted.final[id_])]
    verdict.note("wrong_state", "content", differ)


def _form(alert: Alert) -> bytes:
    return final_form(msgspec.structs.replace(alert, status="open") if steps_of(alert.id) else alert)


def _versions(verdict: Verdict, live: list[Alert], again: list[Alert]) -> None:
    """Every version is what a replay of the recorded topics says at that place, and said with one content only."""
    said: dict[tuple[str, int], bytes] = {}
    for alert in live:
        key, data = (alert.id, alert.revision.version), msgspec.json.encode(alert)
        if said.setdefault(key, data) != data:
            verdict.note("doubled_alerts", "a version with two contents", [key])
    wanted = {(alert.id, alert.revision.version): msgspec.json.encode(alert) for alert in again}
    differ = sorted(key for key in said.keys() | wanted.keys() if said.get(key) != wanted.get(key))
    verdict.note("wrong_state", "versions unlike those of the recorded topic replayed", differ)
    verdict.account["versions"] = len(said)
    verdict.account["repeated_versions"] = len(live) - len(said)


def _commands(verdict: Verdict, city: City, desk: Desk, live: list[Alert]) -> None:
    """Every command was answered, always in the same way, and what was obeyed is in the life of its alert."""
    answered: dict[str, set[str]] = {}
    for record in read_all(city, topics.ANSWERS):
        answer = decode_answer(record.value)  # type: ignore[attr-defined]
        answered.setdefault(answer.command.id, set()).add(answer.reason)
    verdict.note("wrong_state", "commands without an answer", sorted(desk.sent.keys() - answered.keys()))
    verdict.note("wrong_state", "commands with two answers", [k for k, found in answered.items() if len(found) > 1])
    traces = {one.revision.handling.command for one in live if one.revision.handling is not None}
    obeyed = {id_ for id_ in desk.sent if answered.get(id_) == {""}}
    verdict.note("wrong_state", "obeyed without a trace", sorted(obeyed - traces))
    verdict.account |= {"commands": len(desk.sent), "obeyed": len(obeyed)}


def untold(city: City) -> list[str]:
    """Alerts whose last version on ``notices`` was neither told to anybody nor left out on purpose."""
    last: dict[str, int] = {}
    for record in read_all(city, topics.NOTICES):
        if read_origin(record.headers) is not None:  # type: ignore[attr-defined]
            continue
        alert = msgspec.json.decode(record.value, type=Alert)  # type: ignore[attr-defined]
        last[alert.id] = max(alert.revision.version, last.get(alert.id, 0))
    told: dict[str, int] = {}
    for one in deliveries(city.settings):
        if one.outcome in {"SENT", "SUPPRESSED"}:
            told[one.alert] = max(one.version, told.get(one.alert, 0))
    return sorted(id_ for id_, version in last.items() if told.get(id_, 0) < version)


def _messages(verdict: Verdict, city: City, others: Others) -> None:
    """The last version of every alert was told, what is on record as sent came, and came once or said so."""
    came = Counter(key for _, key, _ in others.inbox.came)
    sent = {one.key for one in deliveries(city.settings) if one.outcome == "SENT"}
    verdict.note("lost_messages", "last version of an alert not told", untold(city))
    verdict.note("lost_messages", "sent and never come", sorted(sent - came.keys()))
    verdict.note("doubled_messages", "came again and did not say so", others.inbox.doubled())
    verdict.account |= {"messages": len(came), "marked_again": sum(came.values()) - len(came)}


def _late(
    day: Day, seen: Mapping[tuple[str, int], float], fed_at: Sequence[tuple[int, float]], outages: Outages
) -> float:
    """Return how long after it was due, less outages, the worst alert was seen at a grade."""
    worst = 0.0
    numbers = [number for number, _ in fed_at]
    for key, number in day.due.items():
        place = bisect_left(numbers, number)
        if key in seen and place < len(fed_at):
            fed = fed_at[place][1]
            held = sum(max(0.0, min(seen[key], end) - max(fed, begin)) for begin, end in outages)
            worst = max(worst, seen[key] - fed - held)
    return round(worst, 2)
