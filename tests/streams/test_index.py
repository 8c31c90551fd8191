"""The area index in a worker's hands and of files: records with keys, scores for metrics, and real days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from rules.index_config import load_index_config
from rules.index_counting import EventCounter
from rules.index_record import AreaIndex
from streams.cli import app
from streams.errors import ConfigurationError
from streams.index import IndexStage, read_index_config
from streams.metrics import Metrics
from tests.builders import T0, a_taxonomy, an_alert, an_area_tree, an_event

DAY = 86_400.0
RUN = CliRunner()
decode = msgspec.json.Decoder(AreaIndex).decode


def a_stage() -> IndexStage:
    return IndexStage(an_area_tree(), a_taxonomy())


def days(first: int, last: int) -> list[Any]:
    return [an_event(f"{day}-{n}", day * DAY + n * 60) for day in range(first, last) for n in range(10)]


def test_records_are_keyed_by_area_and_day() -> None:
    stage = a_stage()
    for event in days(0, 12):
        stage.count(event)
    records = [record for day in range(1, 13) for record in stage.advance(T0 + day * DAY + 900)]
    assert (b"d1/2026-01-12") in {record.key for record in records}
    assert all(decode(record.value).key.encode() == record.key for record in records)


def test_metrics_show_the_city_and_its_districts_only_also_after_a_restart() -> None:
    stage, again, metrics = a_stage(), a_stage(), Metrics()
    for event in days(0, 12):
        stage.count(event)
    for day in range(1, 12):
        stage.advance(T0 + day * DAY + 900)
    again.restore({key: data for key, data in stage.dirty().items() if data is not None})
    assert set(again.scores) == set(stage.scores) == {("city", "test"), ("district", "d1")}
    metrics.tell_index(again.scores)
    assert b'fenghuo_area_index{area="d1",level="district"} 100.0' in metrics.text()


def test_tallies_of_another_stage_with_their_watermark_are_as_good_as_events() -> None:
    here, there, counter = a_stage(), a_stage(), EventCounter(an_area_tree(), a_taxonomy())
    told: list[tuple[list[Any], list[Any]]] = []
    for day in range(12):
        for event in days(day, day + 1):
            here.count(event)
            counter.count(event)
        for stage in (here, there):
            stage.note([an_alert(f"a{day}", raised_at=datetime.fromtimestamp(T0 + day * DAY, UTC))])
        watermark = T0 + (day + 1) * DAY + 900
        told.append((here.advance(watermark), there.absorb(counter.drain(watermark))))
    assert all(one == other for one, other in told)
    assert any(one for one, _ in told)


def test_a_faulty_configuration_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "index.yaml").write_text("version: 1", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"index\.yaml: .*bands"):
        read_index_config(tmp_path / "index.yaml")


def reports(folder: Path) -> Path:
    """Three weeks of noise in Longhu, then a day of falling trees."""
    begins, lines = datetime(2026, 3, 1, tzinfo=UTC), []
    for n in range(21 * 10):
        at = begins + timedelta(hours=2.4 * n)
        lines.append(
            {"id": f"n{n}", "occurred_at": at.isoformat(), "kind": "noise", "district": "440507", "text": "噪声"}
        )
    for n in range(40):
        at = begins + timedelta(days=20, hours=2, minutes=n)
        lines.append(
            {"id": f"t{n}", "occurred_at": at.isoformat(), "kind": "tree_fall", "district": "440507", "text": "树倒"}
        )
    path = folder / "calls.jsonl"
    ordered = sorted(lines, key=lambda line: line["occurred_at"])
    path.write_text(
        "".join(msgspec.json.encode({"source": "hotline", **x}).decode() + "\n" for x in ordered), encoding="utf-8"
    )
    return path


def test_the_index_of_files_is_shown_and_written(tmp_path: Path) -> None:
    out = tmp_path / "index.jsonl"
    said = RUN.invoke(
        app, ["index", "fenghuo", str(reports(tmp_path)), "--out", str(out), "--day", "2026-03-21", "--lang", "en"]
    )
    assert said.exit_code == 0, said.output
    assert "Longhu District" in said.output
    found = [decode(line) for line in out.read_bytes().splitlines()]
    (bad,) = [one for one in found if one.area == "440507" and one.day.isoformat() == "2026-03-21"]
    assert (bad.colour, bad.final) == ("red", True)
    assert bad.contributors[0].text.en == "Natural hazards: 40 events, normally 0 a day"
    assert {one.colour for one in found if one.area == "440507" and one.day < bad.day} == {"green"}


def test_a_day_without_scores_says_which_days_have_some(tmp_path: Path) -> None:
    said = RUN.invoke(app, ["index", "fenghuo", str(reports(tmp_path)), "--day", "2026-05-01"])
    assert isinstance(said.exception, ConfigurationError)
    assert "from 2026-03-09 to 2026-03-21" in str(said.exception)


@pytest.mark.data
def test_the_days_of_the_typhoon_are_red_and_most_days_are_green(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "index.jsonl"
    said = RUN.invoke(
        app, ["index", "pingshan", str(shared_data / "pingshan_2018" / "appeals.csv.gz"), "--out", str(out)]
    )
    assert said.exit_code == 0, said.output
    city = {one.day.isoformat(): one for one in map(decode, out.read_bytes().splitlines()) if one.level == "city"}
    for day in ("2018-09-16", "2018-09-17"):
        assert city[day].colour == "red"
        assert city[day].contributors[0].key == "natural_hazard"
    dense = [one for day, one in city.items() if "2018-09-04" <= day <= "2018-11-29" and one.final]
    assert len(dense) == 85
    assert sum(one.colour == "green" for one in dense) >= 0.7 * len(dense)
    assert city["2018-10-16"].colour == "green"
    assert load_index_config().bands.green == 90.0
