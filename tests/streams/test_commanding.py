"""Commands on the command line and among the findings: mergers, splits and answers, over restarts."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from rules.alert import Alert, Finding, FindingRef, Text
from rules.command import Command, CommandAnswer
from rules.duty import Duty
from rules.fusion import Fusion
from rules.life import STEPS
from streams.alerts import AlertsPartition
from streams.cli_alerts import alerts_app
from streams.codec import COMMAND, WATERMARK, encode, origin
from streams.commanding import check_said, find_alert, find_finding
from streams.emission import Emission
from streams.errors import ConfigurationError
from streams.watermarks import WatermarkRecord
from tests.builders import T0, an_alert, an_alert_place, an_area_tree, the_book

MIN = 60.0


def a_finding(id: str, kind: str, spot: str) -> Finding:  # noqa: A002
    place = an_alert_place(key=spot, name=spot, community=f"c-{spot}", lon=None, lat=None, grid="")
    alert = an_alert(id, kind=kind, place=place, evidence=(f"hotline:{id}",), districts=("d1",))
    return Finding(**{name: getattr(alert, name) for name in alert.__struct_fields__}, voices=(f"who {id}",))


def a_command(action: Any, alert: str, at: float = 0.0, **over: Any) -> Command:
    when = datetime.fromtimestamp(T0 + at, UTC)
    return Command(
        **{"id": f"{action} {alert} {at}", "action": action, "alert": alert, "by": "desk", "at": when, **over}
    )


def the_log(things: list[Finding | Command | float]) -> list[Any]:
    made, now = [], T0
    for n, thing in enumerate(things):
        if isinstance(thing, Finding):
            value, headers = encode(thing), []
        elif isinstance(thing, Command):
            now = max(now, thing.at.timestamp())
            value, headers = encode(thing), origin("commands/0", n, COMMAND)
        else:
            now = T0 + thing
            value, headers = encode(WatermarkRecord(watermark=T0)), origin("hotline.calls/0", n, WATERMARK)
        made.append(SimpleNamespace(offset=n, timestamp=int(now * 1000), headers=headers, value=value))
    return made


def a_partition() -> AlertsPartition:
    return AlertsPartition(Fusion(an_area_tree()), Duty(the_book(), "test"), the_book())


def told(partition: AlertsPartition, log: list[Any]) -> tuple[list[Alert], list[CommandAnswer]]:
    emissions: list[Emission] = []
    partition.take(log, emissions.append)
    alerts = [alert for emission in emissions for alert in emission.alerts]
    return alerts, [answer for emission in emissions for answer in emission.answers]


def led_to(alerts: list[Alert], action: str) -> list[Alert]:
    found = ((alert, alert.revision.handling) for alert in alerts)
    return [alert for alert, handling in found if handling is not None and handling.command.startswith(action)]


LEAK, LAMP = a_finding("leak", "gas_leak", "A"), a_finding("lamp", "streetlight", "B")


def ids() -> tuple[str, str]:
    alerts, _ = told(a_partition(), the_log([0.0, LEAK, LAMP]))
    first, second = (alert.id for alert in alerts)
    return first, second


def test_what_is_merged_goes_on_with_who_took_it_over_and_what_is_split_stands_alone() -> None:
    leak, lamp = ids()
    log = [
        *(0.0, LEAK, LAMP, a_command("sign", lamp), a_command("sign", leak), a_command("resolve", lamp, 1.0)),
        a_command("merge", leak, 2.0, other=lamp, why="one cable"),
        a_command("split", min(leak, lamp), 3.0, finding="lamp"),
    ]
    alerts, answers = told(a_partition(), the_log(log))
    assert [answer.reason for answer in answers] == [""] * 5
    merging = led_to(alerts, "merge")
    (gone,) = [alert for alert in merging if alert.status == "withdrawn"]
    (one,) = [alert for alert in merging if alert.status == "open"]
    assert gone.revision.handling is not None
    assert gone.revision.handling.moved_to == one.id
    assert {ref.id for ref in one.findings} == {"leak", "lamp"}
    handling = one.revision.handling
    assert handling is not None
    assert (handling.by, handling.why, handling.signed_by) == ("desk", "one cable", "desk")
    splitting = [
        a for a in alerts if a.revision.handling is not None and a.revision.handling.command.startswith("split")
    ]
    assert {tuple(ref.id for ref in alert.findings) for alert in splitting} >= {("lamp",)}


def test_a_merger_and_a_split_that_are_sent_again_are_answered_again_and_change_nothing() -> None:
    leak, lamp = ids()
    merge = a_command("merge", leak, other=lamp, why="one cable")
    split = a_command("split", min(leak, lamp), 1.0, finding="lamp")
    alerts, _ = told(a_partition(), the_log([LEAK, LAMP, merge, split]))
    again, answers = told(a_partition(), the_log([LEAK, LAMP, merge, merge, split, merge, split]))
    assert [answer.reason for answer in answers] == [""] * 5
    assert again == alerts


def test_what_cannot_be_merged_or_split_is_refused_with_a_sentence() -> None:
    leak, lamp = ids()
    commands = [
        a_command("merge", leak, other="elsewhere"),
        a_command("merge", leak, 1.0, other=leak),
        a_command("split", leak, 2.0, finding="leak"),
        a_command("split", leak, 3.0, finding="lamp"),
        a_command("split", lamp, 4.0),
        a_command("arrive", lamp, 5.0),
    ]
    partition = a_partition()
    alerts, answers = told(partition, the_log([0.0, LEAK, LAMP, *commands]))
    assert len(alerts) == 2
    assert [one.reason for one in answers] == ["UNKNOWN", "ALREADY", "SINGLE", "UNKNOWN", "INCOMPLETE", "NOT_SIGNED"]
    assert all(one.says.zh and one.says.en for one in answers)
    assert partition.counts["REFUSED_SINGLE"] == 1
    assert answers[0].says.zh == "没有 elsewhere"
    assert answers[3].says.en == "it has no finding lamp, its findings are leak"
    assert answers[-1].says.en == "nobody has signed it: sign it first"


def test_a_restart_at_any_record_says_and_answers_the_same() -> None:
    leak, lamp = ids()
    log = the_log(
        [
            *(0.0, LEAK, LAMP, a_command("sign", lamp), 21 * MIN, 31 * MIN, a_command("arrive", lamp, 32 * MIN)),
            *(a_command("merge", leak, 33 * MIN, other=lamp), a_command("sign", leak, 34 * MIN), 62 * MIN),
            a_command("split", leak, 63 * MIN, finding="leak"),
        ]
    )
    whole = told(a_partition(), log)
    for cut in range(len(log)):
        partition, again = a_partition(), a_partition()
        alerts, answers = told(partition, log[:cut])
        again.restore({key: data for key, data in partition.dirty().items() if data is not None})
        more, other = told(again, log)
        assert ([*alerts, *more], [*answers, *other]) == whole


def test_there_is_a_command_for_everything_people_do_about_alerts() -> None:
    names = {one.name for one in alerts_app.registered_commands}
    assert names >= {*STEPS, "merge", "split"}


def test_what_is_not_said_or_said_at_length_is_told_before_anything_is_sent() -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_said(" ", "x" * 201, {"to": "y" * 201, "grade": None})
    assert [fault.file for fault in caught.value.faults] == ["--by", "--why", "--to"]


def test_an_alert_is_found_by_how_its_id_alone_begins() -> None:
    current = {id_: an_alert(id_) for id_ in ("ab1", "ab2", "c")}
    assert find_alert(current, "c").id == "c"
    for given, said in (("ab", "2 alerts begin with it"), ("d", "no alert has this id"), ("", "no alert has this id")):
        with pytest.raises(ConfigurationError, match=said):
            find_alert(current, given)


def test_a_finding_is_found_by_how_its_id_alone_begins() -> None:
    whole = an_alert("a")
    refs = [
        FindingRef(id=id_, rule=whole.rule, kind="gas_leak", grade=whole.grade, status="open", title=Text(), events=1)
        for id_ in ("ab1", "ab2", "c1")
    ]
    alert = msgspec.structs.replace(whole, findings=tuple(refs))
    assert [find_finding(alert, given) for given in ("c", "ab2", "ab", "d")] == ["c1", "ab2", "ab", "d"]
