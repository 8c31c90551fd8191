"""Planted personal data goes through a real Kafka, worker, delivery and board, and is looked for where they speak."""

from __future__ import annotations

import itertools
import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from streams import topics
from streams.board.page import all_pages
from streams.clients import connect
from streams.codec import decode_dead_letter
from streams.commanding import give
from streams.sources import source_types
from tests.browser.boards import RunningBoard, a_board
from tests.counterparts import HttpCounterpart, ok
from tests.integration.harness import City, a_city, alerts, read_all, wait_ready, work_off
from tests.integration.test_deliver import delivering
from tests.personal import Planted, found_in

PLANTED = (
    Planted("（+86）１３９－１２３４－５６７１", ("13912345671",)),
    Planted("一三九一二三四五六七二", ("13912345672",)),
    Planted("0754-8888 4321", ("88884321",)),
    Planted("440507 1971 0203 423X", ("19710203423x",)),
    Planted("6222 0212 3456 7890 128", ("6222021234567890128",)),
    Planted("粤D·9X8Y7", ("粤d9x8y7",)),
    Planted("wang.xiaoming ＠163.com", ("wang.xiaoming", "wangxiaoming")),
    Planted("微信号：wxid_9a8b7c6d", ("9a8b7c6d",)),
    Planted("来电人：欧阳雪梅，", ("欧阳雪梅", "雪梅")),
    Planted("，郑晓东师傅", ("郑晓东", "晓东")),
    Planted("17幢2单元2731室", ("2单元2731", "2731室")),
)
FIELDS = ("id", "title", "text", "address", "spot", "street", "community", "grid", "kind", "contact", "remark")
SECRET_OF_THE_DESK = Planted("请回电13812340987刘建国先生", ("13812340987", "刘建国"))


def records(now: datetime) -> Iterator[tuple[str, bytes]]:
    """Topic and record: each thing in each field, urgent and not; some are no records at all."""
    kinds = itertools.cycle(source_types().values())
    for number, (one, field) in enumerate(itertools.product(PLANTED, FIELDS)):
        type_ = next(kinds)
        record: dict[str, Any] = {"id": f"P{number}", "text": "楼道有浓烈煤气味", "district": "440507"}
        record |= {"occurred_at": (now - timedelta(seconds=600 - number)).isoformat(), "street": "金霞街道"}
        record[type_.contact_sort if field == "contact" else field] = one.written
        if number % 7 == 0:
            attributes = {"specversion": "1.0", "id": one.written, "source": one.written, "type": one.written}
            yield type_.topic, json.dumps({**attributes, "subject": one.written, "data": record}).encode()
        yield type_.topic, json.dumps(record, ensure_ascii=number % 2 == 0).encode()
    for one in PLANTED:
        yield "hotline.calls", f'{{"id": "{one.written}", "text": "{one.written}'.encode()
        yield "police.events", json.dumps({one.written: one.written}).encode()


@pytest.mark.slow
def test_nothing_that_speaks_tells_what_was_planted(
    kafka: str, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    said: dict[str, str] = {}
    with HttpCounterpart(ok(errcode=0)) as robot, HttpCounterpart() as hook:
        with a_city(kafka, topic_prefix, tmp_path, partitions=1, idle_s=1.0) as city:
            worker = city.start_worker()
            wait_ready(worker, city)
            sent = put(city)
            work_off(city)
            told = alerts(city)
            assert told, city.logs()
            with delivering(city.settings, tmp_path, robot.url, hook.url), a_board(city.settings, tmp_path) as board:
                done = give(city.settings, told[0].id, "note", by="desk", why=SECRET_OF_THE_DESK.written)
                assert done is not None
                wait_for(lambda: len(robot.requests) + len(hook.requests) > 1, "something is delivered", city)
                said |= dict(pages(board, told[0].id))
                said["metrics of the worker"] = get(f"http://127.0.0.1:{worker.port}/metrics")  # type: ignore[attr-defined]
            said |= dict(on_topics(city))
            accounted = (
                len(read_all(city, topics.EVENTS)) + len(read_all(city, topics.LATE)) + len(read_all(city, topics.DEAD))
            )
            assert accounted >= sent
        said["messages"] = "\n".join(one.body.decode() for one in [*robot.requests, *hook.requests])
    said |= {str(path): path.read_text(errors="replace") for path in [*tmp_path.glob("*.log"), *files_in(scratch)]}
    leaks = {where: found_in(text, (*PLANTED, SECRET_OF_THE_DESK)) for where, text in said.items()}
    assert not any(leaks.values()), {where: found for where, found in leaks.items() if found}


def put(city: City) -> int:
    """Put the records on their topics; return how many."""
    producer = connect(KafkaProducer, city.settings, acks="all")
    given = list(records(datetime.now(UTC)))
    for topic, raw in given:
        producer.send(city.settings.topic(topic), raw)
    producer.flush(30)
    producer.close(timeout=5)
    return len(given)


def wait_for(there: Any, what: str, city: City, timeout_s: float = 60.0) -> None:
    end = time.monotonic() + timeout_s
    while not there():
        assert time.monotonic() < end, f"{what}: not after {timeout_s} s\n{city.logs()}"
        time.sleep(0.3)


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as page:  # noqa: S310 - our own
        return page.read().decode()


def pages(board: RunningBoard, alert: str) -> Iterator[tuple[str, str]]:
    for page in all_pages():
        path = page.path.replace("{id}", alert)
        yield f"page {path}", get(board.url + path)


def files_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def on_topics(city: City) -> Iterator[tuple[str, str]]:
    """What is on every topic but those of the sources; of dead letters all but the original."""
    for spec in topics.specs():
        if spec.name in topics.raw_topics():
            continue
        texts = []
        for record in read_all(city, spec.name):
            value = record.value or b""  # type: ignore[attr-defined]
            if spec.name == topics.DEAD:
                letter = decode_dead_letter(value)
                assert found_in(letter.original(), PLANTED), "what is buried is the original"
                value = f"{letter.reason} {letter.path} {letter.message}".encode()
            headers = b" ".join(header for _, header in record.headers)  # type: ignore[attr-defined]
            texts.append(b" ".join((record.key or b"", headers, value)).decode(errors="replace"))  # type: ignore[attr-defined]
        yield f"topic {spec.name}", "\n".join(texts)
