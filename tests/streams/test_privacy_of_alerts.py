"""Personal data in a day of reports is looked for in all that is made of them: alerts, messages, pages, reports."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import Phase, given, settings

from detectors.event import Source
from rules.alert import Text
from streams.backtest.command import backtest
from streams.backtest.order import Order
from streams.cap.compose import Sender, Wording, compose
from streams.channels.payload import told
from streams.feed import read_inputs
from streams.intake.places import load_areas
from streams.language import Lang
from streams.messages import Composer, load_templates
from streams.messages.forms import FORMS
from streams.replay_cli import replay_files
from streams.report.command import make_report, read_period, write
from streams.settings import Settings
from tests.builders import a_message
from tests.personal import ANY, Planted, found_in

DAY = datetime(2026, 1, 15, 0, 0, tzinfo=UTC)
FIELDS = ("id", "title", "text", "address", "spot", "community", "street", "grid", "contact")
CONTACTS: dict[Source, str] = {"hotline": "caller", "grid": "worker", "police": "caller", "sos": "device"}
TEXTS = ("楼道有浓烈煤气味", "积水30厘米车辆无法通行", "全小区停水", "电梯困人", "工地拖欠工资")


def all_planted(count: int = 240) -> list[Planted]:
    """What a day is sown with."""
    found: list[Planted] = []

    @settings(max_examples=count, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(ANY)
    def sow(planted: Planted) -> None:
        found.append(planted)

    sow()
    return found


@pytest.fixture(scope="module")
def sown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Planted]]:
    """A file of reports, urgent ones in a few places, each with personal data in one of its fields."""
    planted = all_planted()
    places = itertools.cycle([("440507", "金霞街道", "翠堤洲新村"), ("440511", "小公园街道", "新湖苑")])
    chosen = zip(
        planted, itertools.cycle(FIELDS), itertools.cycle(get_args(Source)), itertools.cycle(TEXTS), strict=False
    )
    lines = []
    for number, ((one, field, source, text), (district, street, spot)) in enumerate(zip(chosen, places, strict=False)):
        record: dict[str, Any] = {"source": source, "id": f"S{number}", "text": text, "district": district}
        record |= {"occurred_at": (DAY + timedelta(minutes=5 * number)).isoformat(), "street": street, "spot": spot}
        record[CONTACTS[source] if field == "contact" else field] = one.written
        if field == "text":
            record["text"] = f"{text}，{one.written}"
        lines.append(json.dumps(record, ensure_ascii=False))
    file = tmp_path_factory.mktemp("sown") / "day.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file, planted


def test_nothing_personal_is_in_alerts_messages_pages_or_reports(
    sown: tuple[Path, list[Planted]], tmp_path: Path
) -> None:
    file, planted = sown
    inputs, said = read_inputs(["fenghuo", str(file)]), dict[str, str]()
    alerts_to, hidden_to = tmp_path / "alerts.jsonl", tmp_path / "restricted.jsonl"
    summary, tally = replay_files(
        inputs, Settings(), areas="shantou", out=alerts_to, out_restricted=hidden_to, every_version=True
    )
    assert tally.verdicts["ACCEPTED"] > len(planted) * 0.8
    assert len(tally.final) > 10
    said["summary"] = repr(summary.as_dict())
    said["findings"] = msgspec.json.encode([*tally.findings.values(), *tally.shadow.values()]).decode()
    said["alerts"], said["restricted"] = alerts_to.read_text("utf-8"), hidden_to.read_text("utf-8")
    said["messages"] = "\n".join(_messages(tally.final.values()))
    said["report"] = _report(alerts_to, tmp_path)
    said["backtest"] = _backtest(inputs, tmp_path)
    leaks = {what: found_in(text, planted) for what, text in said.items()}
    assert not any(leaks.values()), leaks


def _messages(alerts: Any) -> Any:
    areas = load_areas("shantou")
    composer, wording = Composer(areas, load_templates()), Wording.of(areas)
    sender = Sender(id="desk@city.example", name=Text("值班台", "desk"))
    for alert in alerts:
        yield compose(alert, sender, wording).decode()
        yield told(a_message(alert), sign_links=False).decode()
        for form, lang in itertools.product(FORMS.values(), get_args(Lang)):
            yield composer.compose(a_message(alert, language=lang), form, 4_000).text


def _report(alerts: Path, folder: Path) -> str:
    subject = read_period(Settings(areas="shantou"), "2026-01-15", None)
    report = make_report(Settings(areas="shantou"), subject, as_of=None, restricted=True, file=alerts)
    return "".join(
        path.read_text("utf-8") for path in write(report, "zh", page_to=folder / "r.html", json_to=folder / "r.json")
    )


def _backtest(inputs: Any, folder: Path) -> str:
    order = Order(book="shipped", inputs=inputs, areas="shantou", html=folder / "b.html", json=folder / "b.json")
    backtest(order, Settings())
    return order.html.read_text("utf-8") + order.json.read_text("utf-8")
