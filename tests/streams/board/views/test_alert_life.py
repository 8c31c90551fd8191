from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from rich.text import Text as Styled

from rules.alert import Text
from streams.audit import AuditEntry
from streams.board.views.alert_life import Piece, life_at_hand, life_of, pieces
from streams.dossier.compose import compose
from streams.dossier.history import History, Related, Told
from streams.dossier.material import Material
from streams.language import Voice
from tests.builders import the_book
from tests.lives import HOUR, MINUTE, Life, at

ZH, EN = Voice("zh"), Voice("en")


def a_life() -> Life:
    life = Life().issue(0)
    life.command(5 * MINUTE, "sign", "李", why="已派员")
    life.command(6 * MINUTE, "sign", "王")
    return life


def a_history(life: Life, **over: object) -> History:
    material = Material(life.id, versions=list(life.versions), commands=list(life.commands))
    for name, value in over.items():
        setattr(material, name, value)
    return compose(material, the_book(), at(HOUR))


def said(history: History, voice: Voice = ZH) -> list[str]:
    return ["".join(piece.text for piece in (*line.mark, *line.said)) for line in life_of(history, voice).lines]


def test_commands_with_their_answers_versions_deliveries_and_reveals_stand_in_one_order() -> None:
    told = Told(
        key="k", alert="a1", version=1, channel="desk", recipient="区值班", attempt=1, outcome="SENT", at=at(60)
    )
    seen = AuditEntry(
        at=at(8 * MINUTE), by="赵", action="reveal", subject="hotline:1", about="a1", why="回拨", outcome="allowed"
    )
    lines = said(a_history(a_life(), deliveries=[told], seen=[seen]))
    wanted = ("新发", "区值班", "签收李  已执行", "已签收", "王  未受理", "审计 查看原文赵  已准许  hotline:1  “回拨”")
    assert len(lines) == len(wanted)
    for line, part in zip(lines, wanted, strict=True):
        assert part in line


def test_who_signed_and_how_long_that_took_is_told() -> None:
    life = life_of(a_history(a_life()), ZH)
    assert [(step.state, step.took, step.runs) for step in life.steps] == [
        ("待签收", "5分", False),
        ("已签收", "至今", True),
    ]
    assert [(clock.what, clock.kept, clock.took) for clock in life.clocks] == [
        ("签收", "按时", "用时5分"),
        ("到场", "计时中", ""),
    ]


def test_before_the_record_is_read_the_alert_itself_tells_what_it_can() -> None:
    life = life_at_hand(a_life().last, EN)
    assert not life.is_whole
    assert [[line.mark[0].text, line.said[0].text] for line in life.lines] == [
        ["waiting to be signed", "by itself"],
        ["signed", "李"],
    ]


def test_what_is_not_on_record_is_said() -> None:
    life = a_life()
    whole = life_of(a_history(life, versions=life.versions[1:]), EN)
    assert "versions 1 are not on record" in whole.notes[0]


def test_a_line_keeps_its_tones_and_nothing_that_steers_or_marks_up() -> None:
    styled = Styled.assemble("v1 ", ("未受理", "red"), ("\x1b[31m<b>x</b>", "dim"))
    assert pieces(styled) == (Piece("v1 ", ""), Piece("未受理", "bad"), Piece(" [31m<b>x</b>", "dim"))
    assert pieces(Styled("")) == ()


def test_times_are_local() -> None:
    line = life_of(a_history(a_life()), ZH).lines[0]
    assert (line.day, line.clock) == (f"{datetime.fromtimestamp(at(0).timestamp(), UTC):%Y-%m-%d}", "00:00:00")


def test_other_alerts_are_named_only_to_who_may_see_them() -> None:
    related = Related(id="b2", title=Text("别区的预警", "an alert elsewhere"), status="open")
    history = msgspec.structs.replace(a_history(a_life()), related=(related,))
    assert life_of(history, ZH).related == (("b2", "别区的预警"),)
    assert life_of(history, ZH, lambda _: False).related == ()


def test_a_step_that_still_runs_does_not_say_a_length_that_stands_still() -> None:
    runs = [step for step in life_of(a_history(a_life()), ZH).steps if step.runs]
    assert [step.took for step in runs] == ["至今"]
