"""The evidence of an alert: its events with masked samples of text, as far as the board still has them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from detectors.event import Event
from detectors.taxonomy import Taxonomy
from rules.alert import Alert, Text
from rules.phrases import SOURCE_NAMES
from streams.language import Voice

_TAGS = {
    "danger": Text("险情", "danger"),
    "injury": Text("伤情", "injury"),
    "death": Text("死亡", "death"),
    "ill": Text("病症", "illness"),
    "crowd": Text("人群聚集", "a crowd"),
    "blocked": Text("通行受阻", "a way blocked"),
    "weapon": Text("器械", "a weapon"),
    "threat": Text("扬言", "a threat"),
    "sinking": Text("下沉", "sinking"),
    "seeping": Text("渗水", "seeping water"),
    "child": Text("涉及儿童", "children"),
    "elderly": Text("涉及老人", "the elderly"),
    "repeated": Text("多次反映", "reported before"),
}


class Evidence(NamedTuple):
    """One event.

    Parameters
    ----------
    id
        Its id.
    known
        Whether the board still has it.
    t
        When it happened, epoch seconds; 0 where that is not known.
    when, source, kind, place, text
        What is known of it; the text is masked.
    notes
        What else its source said: closed, injured, depth.

    """

    id: str
    known: bool
    t: float = 0.0
    when: str = ""
    source: str = ""
    kind: str = ""
    place: str = ""
    text: str = ""
    notes: tuple[str, ...] = ()


class Sourced(NamedTuple):
    """How much of the evidence came from a source, and when it spoke last."""

    source: str
    events: int
    last: str


def evidence_of(
    alert: Alert, event_of: Callable[[str], Event | None], taxonomy: Taxonomy, voice: Voice
) -> tuple[Evidence, ...]:
    """Return the evidence, the newest first; what the board does not have any more at the end."""
    rows = []
    for id_ in alert.evidence:
        event = event_of(id_)
        rows.append(_row(event, alert, taxonomy, voice) if event is not None else _gone(id_, voice))
    return tuple(sorted(rows, key=lambda row: (-row.t, row.id)))


def _gone(id_: str, voice: Voice) -> Evidence:
    return Evidence(id_, known=False, source=source_name(id_, voice))


def _row(event: Event, alert: Alert, taxonomy: Taxonomy, voice: Voice) -> Evidence:
    kind = taxonomy.kinds.get(event.kind)
    when = voice.clock(event.occurred_at, alert.last_at)
    if event.resolution == "day":
        when = f"{event.occurred_at.astimezone(voice.zone):%m-%d}"
    return Evidence(
        id=event.id,
        known=True,
        t=event.occurred_at.timestamp(),
        when=when,
        source=source_name(event.id, voice),
        kind=voice.pick(kind.zh, kind.en) if kind is not None and event.kind != alert.kind else "",
        place=event.place.name,
        text=event.text,
        notes=tuple(_notes(event, voice)),
    )


def _notes(event: Event, voice: Voice) -> list[str]:
    pick = voice.pick
    notes = [voice.say(_TAGS[tag]) for tag in event.tags if tag in _TAGS]
    if event.status == "closed":
        notes.append(pick("来源已办结", "closed at its source"))
    if event.people:
        notes.append(pick(f"涉及{event.people}人", f"{event.people} people"))
    if event.injured:
        notes.append(pick(f"{event.injured}人受伤", f"{event.injured} injured"))
    if event.depth_cm:
        notes.append(pick(f"水深{event.depth_cm:g}厘米", f"{event.depth_cm:g} cm deep"))
    return notes


def source_name(event_id: str, voice: Voice) -> str:
    """Return what the source of an event is called, by the event's id."""
    source = event_id.partition(":")[0]
    return voice.say(SOURCE_NAMES.get(source, Text(source, source)))


def sourced(rows: Sequence[Evidence]) -> tuple[Sourced, ...]:
    """Return how much came from each source, the most first."""
    counts = Counter(row.source for row in rows)
    last: dict[str, Evidence] = {}
    for row in rows:
        if row.source not in last or row.t > last[row.source].t:
            last[row.source] = row
    return tuple(Sourced(source, count, last[source].when) for source, count in counts.most_common())
