from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.protocols import Validator

from detectors.event import Event
from detectors.signal import Signal
from detectors.taxonomy import load_taxonomy
from rules.alert import Alert
from rules.command import Command, CommandAnswer
from rules.index_record import AreaIndex
from rules.surroundings import Declaration
from streams.audit import AuditEntry
from streams.codec import DeadLetter
from streams.contracts import asyncapi, render, schemas
from streams.delivery.record import Delivery
from streams.errors import BadInput
from streams.intake.decoding import ReportDecoder
from streams.intake.intake import Intake
from streams.intake.places import load_areas
from streams.lessons import Correction
from streams.published import PublishedBook
from streams.sources import source_types
from streams.topics import specs
from streams.watermarks import WatermarkRecord
from tests.builders import T0, a_pipeline, an_event

STREAMS = Path(__file__).parents[2] / "streams"
NOW = datetime(2026, 2, 1, tzinfo=UTC).timestamp()
MESSAGES = {
    "event": Event,
    "watermark": WatermarkRecord,
    "declaration": Declaration,
    "book": PublishedBook,
    "command": Command,
    "answer": CommandAnswer,
    "correction": Correction,
    "signal": Signal,
    "alert": Alert,
    "index": AreaIndex,
    "delivery": Delivery,
    "dead-letter": DeadLetter,
    "audit-entry": AuditEntry,
}
EXAMPLES = [(name, example) for name, schema in schemas().items() for example in schema.get("examples", [])]
TYPES: dict[str, type[msgspec.Struct]] = {type_.topic: type_ for type_ in source_types().values()} | MESSAGES  # type: ignore[assignment]


@cache
def validator(name: str) -> Validator:
    return jsonschema.Draft202012Validator(schemas()[name])


def valid(name: str, content: object) -> bool:
    return bool(validator(name).is_valid(content))


def test_the_files_are_what_the_code_says() -> None:
    written = {name: (STREAMS / name).read_text(encoding="utf-8") for name in render()}
    assert written == render(), "run: python -m streams.contracts"


def test_there_is_no_schema_that_nothing_describes() -> None:
    assert {path.stem for path in (STREAMS / "schemas").glob("*.json")} == set(schemas())


@pytest.mark.parametrize("name", schemas())
def test_every_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.parametrize("topic", [type_.topic for type_ in source_types().values()])
def test_every_field_of_a_raw_contract_is_described(topic: str) -> None:
    assert all("description" in one for one in schemas()[topic]["properties"].values())


def test_the_document_describes_every_public_topic() -> None:
    addresses = [channel["address"] for channel in asyncapi()["channels"].values()]
    assert sorted(addresses) == sorted(spec.name for spec in specs() if not spec.name.startswith("state."))


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = yaml.safe_load((STREAMS / "asyncapi.yaml").read_text(encoding="utf-8"))
    found = list(references(document))
    assert len(found) > 20
    for reference in found:
        if reference.startswith("#/"):
            node = document
            for part in reference[2:].split("/"):
                node = node[part]
        else:
            assert (STREAMS / reference).is_file()


def test_every_channel_has_an_operation_and_every_message_a_channel() -> None:
    document = asyncapi()
    operated = {one["channel"]["$ref"].rpartition("/")[2] for one in document["operations"].values()}
    assert operated == set(document["channels"])
    carried = {message for channel in document["channels"].values() for message in channel["messages"]}
    assert carried == set(document["components"]["messages"])


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_fits_its_schema_and_its_code(name: str, example: dict[str, Any]) -> None:
    validator(name).validate(example)
    msgspec.convert(example, TYPES[name])


@pytest.mark.parametrize("topic", [type_.topic for type_ in source_types().values()])
def test_every_raw_topic_has_an_example_and_intake_makes_a_valid_event_of_it(topic: str) -> None:
    (type_,) = [one for one in source_types().values() if one.topic == topic]
    intake = Intake(areas=load_areas("shantou"), taxonomy=load_taxonomy(), reporter_key=b"for tests only..")
    examples = [example for name, example in EXAMPLES if name == topic]
    assert examples
    for example in examples:
        envelope = {"specversion": "1.0", "id": "e", "source": "s", "type": "t", "data": example}
        validator(f"{topic}.cloudevent").validate(envelope)
        for content in (example, envelope):
            event = intake.normalise(intake.decode(type_.source, json.dumps(content).encode()), NOW)
            validator("event").validate(json.loads(msgspec.json.encode(event)))


def test_alerts_and_signals_of_the_pipeline_fit_their_schemas() -> None:
    pipeline = a_pipeline()
    alerts: list[Alert] = []
    signals: list[Signal] = []
    for number in range(60):
        outcome = pipeline.process(an_event(str(number), t=number * 60.0, kind="gas_leak", reporter=f"r{number}"))
        alerts += outcome.alerts
        signals += outcome.signals
    outcome = pipeline.advance(T0 + 40 * 86_400)
    assert alerts
    for alert in [*alerts, *outcome.alerts]:
        validator("alert").validate(json.loads(msgspec.json.encode(alert)))
    for signal in [*signals, *outcome.signals]:
        validator("signal").validate(json.loads(msgspec.json.encode(signal)))


def test_a_dead_letter_fits_its_schema() -> None:
    letter = DeadLetter(
        topic="hotline.calls",
        partition=0,
        offset=1,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        reason="SCHEMA",
        path="$.id",
        message="missing",
        raw="e30=",
    )
    validator("dead-letter").validate(json.loads(msgspec.json.encode(letter)))


GOOD = {"id": "1", "occurred_at": "2026-01-15T14:31:05+08:00"}
changed = st.dictionaries(
    st.sampled_from(
        ["id", "kind", "text", "lon", "lat", "status", "resolution", "people", "depth_cm", "caller", "spot", "zzz"]
    ),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 2_000_000),
        st.floats(-400, 20_000).filter(lambda x: not x.is_integer()),
        st.text(max_size=5),
        st.sampled_from(["open", "closed", "day", "instant", "x" * 201, [], {}]),
    ),
    max_size=3,
)


@given(changed)
def test_schema_and_code_agree_on_what_is_a_record(change: dict[str, Any]) -> None:
    content = GOOD | change
    try:
        ReportDecoder().decode("hotline", json.dumps(content).encode())
    except BadInput:
        accepted = False
    else:
        accepted = True
    assert accepted == valid("hotline.calls", content)
    envelope = {
        "specversion": "1.0",
        "id": "e",
        "source": "s",
        "type": "t",
        "time": GOOD["occurred_at"],
        "data": content,
    }
    assert accepted == valid("hotline.calls.cloudevent", envelope)


@pytest.mark.parametrize(
    ("content", "accepted"),
    [
        ({"id": "1"}, False),
        ({"occurred_at": "2026-01-15T14:31:05Z"}, False),
        (GOOD | {"occurred_at": "2026-01-15T14:31:05"}, False),
        (GOOD | {"occurred_at": "2026-01-15T14:31:05Z"}, True),
        (GOOD | {"occurred_at": "2026-01-15T14:31:05.123+08:00"}, True),
        (GOOD | {"occurred_at": 5}, False),
    ],
)
def test_schema_and_code_agree_on_instants(content: dict[str, Any], accepted: bool) -> None:  # noqa: FBT001
    assert valid("hotline.calls", content) is accepted
    try:
        ReportDecoder().decode("hotline", json.dumps(content).encode())
    except BadInput:
        decoded = False
    else:
        decoded = True
    assert decoded is accepted
