"""Commands as they stand on their topic and among the events, and what a partition makes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from detectors.event import Event
from rules.alert import Alert
from rules.duty import Command
from streams.bulletin import bulletin
from streams.codec import COMMAND, WATERMARK, encode, origin
from streams.commanding import read_command
from streams.emission import Emission
from streams.errors import BadInput
from streams.language import Voice
from streams.watermarks import WatermarkRecord
from tests.builders import T0, a_pipeline, an_event, the_book
from tests.stages import BothStages

MIN = 60.0
LEAK = an_event("leak", 0.0, "gas_leak")
AT = datetime.fromtimestamp(T0 + 5 * MIN, UTC)


def a_command(**over: Any) -> Command:
    base = {"action": "sign", "alert": "a", "by": "金霞街道值班室", "at": AT, **over}
    return Command(**{"id": f"{base['alert']} {base['by']}", **base})


def the_log(things: list[Event | Command | float]) -> list[Any]:
    """Events, commands, and watermarks that were written so many seconds after T0, on one partition of ``events``."""
    made, now = [], T0
    for n, thing in enumerate(things):
        if isinstance(thing, Event):
            value, headers = encode(thing), origin("hotline.calls/0", n)
        elif isinstance(thing, Command):
            value, headers = encode(thing), origin("commands/0", n, COMMAND)
        else:
            now = T0 + thing
            value, headers = encode(WatermarkRecord(watermark=T0 - 600)), origin("hotline.calls/0", n, WATERMARK)
        made.append(SimpleNamespace(offset=n, timestamp=int(now * 1000), headers=headers, value=value))
    return made


def a_partition() -> BothStages:
    return BothStages(a_pipeline(), ["hotline.calls/0"], the_book())


def said(partition: BothStages, log: list[Any]) -> list[Alert]:
    emissions: list[Emission] = []
    partition.take(log, emissions.append)
    return [alert for emission in emissions for alert in emission.alerts]


def test_a_leak_nobody_signs_goes_up_though_no_event_follows() -> None:
    alerts = said(a_partition(), the_log([0.0, LEAK, 10 * MIN, 30 * MIN, 59 * MIN, 60 * MIN]))
    changes = [
        (a.revision.version, a.revision.change, a.revision.handling and a.revision.handling.level) for a in alerts
    ]
    assert changes == [
        (1, "new", "community"),
        (2, "escalated", "street"),
        (3, "reminded", "street"),
        (4, "escalated", "district"),
    ]


def test_a_restart_at_any_record_says_the_same_versions() -> None:
    (first,) = said(a_partition(), the_log([0.0, LEAK]))
    late = msgspec.structs.replace(LEAK, id="hotline:later", reporter="another")
    log = the_log([0.0, LEAK, 31 * MIN, a_command(alert=first.id), late, 62 * MIN, a_command(alert=first.id, by="x")])
    whole = said(a_partition(), log)
    assert [alert.revision.change for alert in whole] == [
        "new",
        "escalated",
        "signed",
        "upgrade",
        "escalated",
        "signed",
    ]
    for cut in range(len(log)):
        partition, stored, again = a_partition(), {}, a_partition()
        parts = said(partition, log[:cut])
        stored = {key: data for key, data in partition.dirty().items() if data is not None}
        again.restore(stored)
        assert [*parts, *said(again, log)] == whole


def test_every_command_is_counted_as_obeyed_or_refused() -> None:
    (first,) = said(a_partition(), the_log([0.0, LEAK]))
    partition = a_partition()
    commands = [a_command(alert=first.id, by=by) for by in ("one", "one", "another")]
    alerts = said(partition, the_log([0.0, LEAK, *commands, a_command(alert="elsewhere")]))
    assert [alert.revision.change for alert in alerts] == ["new", "signed"]
    counts = partition.counts
    assert (counts["COMMAND"], counts["REFUSED_SIGNED"], counts["REFUSED_UNKNOWN"]) == (2, 1, 1)


def test_the_message_says_who_signed_or_to_whom_it_has_gone() -> None:
    (first,) = said(a_partition(), the_log([0.0, LEAK]))
    signed = said(a_partition(), the_log([0.0, LEAK, a_command(alert=first.id)]))[-1]
    missed = said(a_partition(), the_log([0.0, LEAK, 31 * MIN]))[-1]
    voice = Voice("zh", UTC)
    assert bulletin(signed, voice).plain.splitlines()[-1].endswith("金霞街道值班室 00:05已签收")
    assert "【橙色·签收】" in bulletin(signed, voice).plain
    assert bulletin(missed, voice).plain.splitlines()[-1].endswith("超期未签收，已提级至st1")
    assert "nobody signed in time: it has gone to st1" in bulletin(missed, Voice("en", UTC)).plain


def test_what_a_command_says_is_masked_whoever_wrote_it() -> None:
    said = read_command(b"a", encode(a_command(why="已联系13800138000", action="assign", to="张三13800138000")))
    assert "13800138000" not in said.why + said.to
    assert said.why.startswith("已联系")


@pytest.mark.parametrize(
    ("raw", "reason", "path"),
    [
        (b"", "NOT_JSON", "$"),
        (b'{"id": "1"}', "SCHEMA", "$.action"),
        (encode(a_command(by=" ")), "SCHEMA", "$.by"),
        (encode(a_command()).replace(b'"sign"', b'"sing"'), "SCHEMA", "$.action"),
        (encode(a_command()).replace(b"Z", b""), "SCHEMA", "$.at"),
        (encode(a_command(alert="b")), "KEY", "$.alert"),
        (encode(a_command()).replace(b'"by"', b'"bye"'), "SCHEMA", "$.bye"),
        (encode(a_command()).replace(b"2026-01-01T00:05:00Z", b"0001-01-01T00:00:00+14:00"), "SCHEMA", "$.at"),
        (encode(a_command(why="x" * 201)), "SCHEMA", "$.why"),
    ],
)
def test_a_command_that_cannot_be_used_says_why(raw: bytes, reason: str, path: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_command(b"a", raw)
    assert (caught.value.reason, caught.value.path) == (reason, path)
