"""What `fenghuo events` prints."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from detectors.event import Event, KindBy
from detectors.taxonomy import Taxonomy
from rules.alert import Text
from streams.correcting import Corrected
from streams.explain_words import kind_name
from streams.language import Voice
from streams.lessons import Correction

FOUND_BY: dict[KindBy, Text] = {
    "source": Text("来源给定", "given by the source"),
    "lexicon": Text("词典判定", "found by the lexicon"),
    "learned": Text("学习所得", "learned"),
    "none": Text("未能识别", "not recognised"),
}
_LONGEST = 40


def answer(said: Corrected, taxonomy: Taxonomy, voice: Voice) -> str:
    """Return what a correction means: what is learned, and that nothing of what was is changed."""
    event = said.correction.event
    if said.event is None:
        return voice.pick(
            f"{event}：已撤回，不再据此学习；事件和预警不变", f"{event}: taken back; events and alerts stay as they are"
        )
    kind = voice.say(kind_name(said.correction.kind, taxonomy))
    was, how = voice.say(kind_name(said.event.kind, taxonomy)), how_found(said.event, voice)
    same = said.correction.kind == said.event.kind
    return voice.pick(
        f"{event}：{was}（{how}）{'，确认无误' if same else f' → {kind}'}。此后接入的同类文本据此归类；"
        "这一事件和已发出的预警不变",
        f"{event}: {was} ({how}){', confirmed' if same else f' -> {kind}'}. It is learned for texts like it that come "
        "in from now on; this event and the alerts there are stay as they are",
    )


def unconfirmed(voice: Voice) -> str:
    """Return what to say when no worker has passed a correction on."""
    return voice.pick(
        "已发出，但无工作进程确认：是否有在运行的？", "sent, but no worker has confirmed it: is one running?"
    )


def how_found(event: Event, voice: Voice) -> str:
    """Return how the kind of an event was found, with the confidence of a learned one."""
    how = voice.say(FOUND_BY[event.kind_by])
    return f"{how} {event.kind_confidence:.2f}" if event.kind_by == "learned" else how


def lesson_table(lessons: Iterable[Correction], taxonomy: Taxonomy, voice: Voice) -> Table:
    """Return one line a lesson."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    zh = ("时间", "事件", "类别", "由", "文本", "备注")
    for heading in voice.pick(zh, ("at", "event", "kind", "by", "text", "why")):
        table.add_column(heading, overflow="fold")
    for lesson in lessons:
        text = lesson.text[:_LONGEST] + ("…" if len(lesson.text) > _LONGEST else "")
        at = f"{lesson.at:%Y-%m-%d %H:%M}Z"
        cells = (at, lesson.event, voice.say(kind_name(lesson.kind, taxonomy)), lesson.by, text, lesson.why)
        table.add_row(*map(escape, cells))
    return table
