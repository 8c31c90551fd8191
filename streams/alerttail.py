"""`fenghuo alerts tail`: alerts as they are issued, for people or for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

import msgspec
from rich.console import Console

from rules.alert import Alert
from streams.bulletin import bulletin
from streams.codec import encode
from streams.language import Voice
from streams.newest import Newest
from streams.passing import legible
from streams.settings import Settings
from streams.sides import ORDINARY, RESTRICTED
from streams.tail import Heard, Tail

_decode = msgspec.json.Decoder(Alert).decode


def read_alerts(tail: Tail, *, follow: bool, standing: bool = False) -> Iterator[Alert]:
    """Yield every version of every alert once; what is sent again after a restart is left out.

    Parameters
    ----------
    tail
        Of ``alerts``, or of ``alerts.current`` when `standing`; those of restricted alerts may be beside.
    follow
        Go on for ever, instead of ending where the topic ends now.
    standing
        Begin with the last version of each alert that was not withdrawn, by event time, instead of all versions.

    """
    newest = Newest()
    if standing:
        last = {(record.topic, record.key): record for record in tail.to_end()}
        alerts = [alert for record in last.values() if (alert := legible(record, _decode)) is not None]
        alerts.sort(key=lambda alert: -alert.revision.version)  # one that changed sides may stand on both
        yield from sorted(filter(newest.is_new, alerts), key=lambda alert: (alert.raised_at, alert.id))
        if not follow:
            return
    for record in _following(tail) if follow else tail.to_end():
        if (alert := legible(record, _decode)) is not None and newest.is_new(alert):
            yield alert


def _following(tail: Tail) -> Iterator[Heard]:
    while True:
        yield from tail.poll(1.0)


def names_of(*, current: bool, restricted: bool) -> list[str]:
    """Return the topics to read: of what stands or of all versions, and those of restricted alerts only if asked."""
    sides = (ORDINARY, RESTRICTED) if restricted else (ORDINARY,)
    return [side.current if current else side.versions for side in sides]


def tail_alerts(
    settings: Settings,
    out: TextIO,
    *,
    as_json: bool,
    current: bool,
    from_beginning: bool,
    follow: bool,
    voice: Voice,
    restricted: bool = False,
) -> int:
    """Print alerts until Ctrl-C, or until the end of the topic; return how many.

    Parameters
    ----------
    settings
        Cluster and prefix.
    out
        Where to.
    as_json
        One JSON object a line, as in the topic, instead of blocks of text.
    current
        The latest version of every alert that is not over, and what becomes of them, instead of all versions.
    from_beginning
        Those of before as well.
    follow
        Wait for more.
    voice
        Language and city of the blocks.
    restricted
        Those that only the duty desk may see as well.

    """
    console = Console(file=out, highlight=False, soft_wrap=True)
    shown = 0
    names = names_of(current=current, restricted=restricted)
    with Tail(settings, names, from_beginning=from_beginning or current) as tail:
        stood = set[str]()
        for alert in read_alerts(tail, follow=follow, standing=current):
            if alert.status == "open":
                stood.add(alert.id)
            elif current and alert.id not in stood:
                continue
            if as_json:
                out.write(encode(alert).decode() + "\n")
                out.flush()
            else:
                console.print(bulletin(alert, voice))
                console.print(f"{voice.pick('编号：', 'Id: ')}{alert.id}", style="dim", end="\n\n")
            shown += 1
    return shown
