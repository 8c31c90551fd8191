"""The public contracts, written from the code: JSON Schemas of every message and an AsyncAPI 3 document of the topics.

``python -m streams.contracts`` writes ``streams/schemas/*.json`` and ``streams/asyncapi.yaml``.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
import yaml

from detectors.event import Event
from detectors.signal import Signal
from rules.alert import Alert, Finding
from rules.command import Command, CommandAnswer
from rules.feedback import Judgement
from rules.index_record import AreaIndex
from rules.schema import describe
from rules.surroundings import Declaration
from streams.audit import AuditEntry
from streams.channels.payload import Told
from streams.codec import BOOK, COMMAND, CONTEXT, JUDGED, SRC, TALLY, WATERMARK, DeadLetter
from streams.contents import CONTENTS
from streams.delivery.record import Delivery
from streams.examples import examples_of
from streams.lessons import Correction
from streams.published import PublishedBook
from streams.sources import source_types
from streams.sources.report import Report
from streams.tallying import TallyRecord
from streams.topics import CONTROL
from streams.watermarks import WatermarkRecord

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_OURS: dict[str, type[msgspec.Struct]] = {
    "event": Event,
    "watermark": WatermarkRecord,
    "declaration": Declaration,
    "book": PublishedBook,
    "command": Command,
    "answer": CommandAnswer,
    "judgement": Judgement,
    "correction": Correction,
    "signal": Signal,
    "alert": Alert,
    "finding": Finding,
    "tally": TallyRecord,
    "index": AreaIndex,
    "delivery": Delivery,
    "dead-letter": DeadLetter,
    "told": Told,
    "audit-entry": AuditEntry,
}
_ELSEWHERE = {"told"}
"""Messages for webhooks and for topics of others."""
_RAW_ORIGIN = "Raw topic, partition and offset: hotline.calls/3/1234"
_HEADERS = {
    SRC: _RAW_ORIGIN,
    WATERMARK: _RAW_ORIGIN,
    CONTEXT: "On `events` and `events.city` only: topic, partition and offset of what was declared: context/0/12",
    BOOK: "On `events`, `events.city`, `findings` only: topic, partition and offset of what was published: rules/3/2",
    JUDGED: "On `events` and `events.city` only: which verdict on an alert, of those said at once: findings/0/1",
    TALLY: "On `findings` only: topic, partition and offset of the watermark it was told at: events.city/0/9",
    COMMAND: "On `findings` only: topic, partition and offset of a command: commands/1/7",
}


_CARRIED = {
    "event": SRC,
    "watermark": WATERMARK,
    "declaration": CONTEXT,
    "book": BOOK,
    "judgement": JUDGED,
    "tally": TALLY,
}


def schemas() -> dict[str, dict[str, Any]]:
    """Return every JSON Schema by the name of its file without ending."""
    made: dict[str, dict[str, Any]] = {}
    for report in source_types().values():
        made[report.topic] = _schema(report.topic, report)
        made[f"{report.topic}.cloudevent"] = _envelope(report)
    return made | {name: _schema(name, type_) for name, type_ in _OURS.items()}


def _schema(name: str, type_: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the schema of one type, with field descriptions from its docstring."""
    (reference,), definitions = msgspec.json.schema_components([type_], ref_template="#/$defs/{name}")
    own = definitions.pop(reference["$ref"].rpartition("/")[2])
    for schema, owner in ((own, type_), *((one, _owners().get(key)) for key, one in definitions.items())):
        if owner is not None:
            describe(schema, owner)
    schema = {"$schema": _DRAFT, "$id": f"urn:fenghuo:{name}", **own}
    if definitions:
        schema["$defs"] = definitions
    if examples := examples_of(type_):
        schema["examples"] = examples
    return schema


def _envelope(report: type[Report]) -> dict[str, Any]:
    """Return the schema of a CloudEvents 1.0 envelope in structured mode around one report."""
    data = _schema(report.topic, report)
    definitions = data.pop("$defs", {})
    data.pop("examples", None)
    needed = [name for name in data.pop("required") if name not in {"id", "occurred_at"}]
    text = {"type": "string", "minLength": 1, "maxLength": 200}
    return {
        "$schema": _DRAFT,
        "$id": f"urn:fenghuo:{report.topic}.cloudevent",
        "title": f"{report.__name__} in CloudEvents 1.0",
        "description": "Without `id` or `occurred_at` in the data the envelope's `id` and `time` stand in.",
        "type": "object",
        "required": ["specversion", "id", "source", "type"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text,
            "source": text,
            "type": text,
            "time": {"anyOf": [data["properties"]["occurred_at"], {"type": "null"}]},
            "data": {name: one for name, one in data.items() if not name.startswith("$")} | {"required": needed},
            "data_base64": {"type": "string", "contentEncoding": "base64"},
        },
        "oneOf": [{"required": ["data"]}, {"required": ["data_base64"]}],
        **({"$defs": definitions} if definitions else {}),
    }


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3 document."""
    channels = {
        report.topic: ((report.topic, f"{report.topic}.cloudevent"), "anything; none", _summary(report))
        for report in source_types().values()
    } | CONTENTS
    received = {*(report.topic for report in source_types().values()), *CONTROL}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fenghuo",
            "version": metadata.version("fenghuo"),
            "description": (
                "Topics of Fenghuo. Values are JSON in UTF-8. All names may carry a prefix, all topics have the "
                "same number of partitions, but for `events.city`, `findings`, `notices`, `deliveries`, "
                "`commands.answers`, `lessons`, `index` and `audit`, which have one. Topics named `state.` are private."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name, *content) for name, content in channels.items()},
        "operations": {
            f"{'receive' if name in received else 'send'}-{name}": {
                "action": "receive" if name in received else "send",
                "channel": {"$ref": f"#/channels/{name}"},
            }
            for name in channels
        },
        "components": {"messages": {name: _message(name) for name in schemas() if name not in _ELSEWHERE}},
    }


def _channel(name: str, messages: tuple[str, ...], key: str, summary: str) -> dict[str, Any]:
    """Describe one topic."""
    return {
        "address": name,
        "description": f"{summary} Key: {key}.",
        "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
        "bindings": {"kafka": {"topic": name, "bindingVersion": "0.5.0"}},
    }


def _message(name: str) -> dict[str, Any]:
    """Describe one message; what became of a raw record says in a header which one it was."""
    header = _CARRIED.get(name)
    headers = {
        "headers": {
            "type": "object",
            **({"required": [header]} if header in {SRC, WATERMARK} else {}),
            "properties": {header: {"type": "string", "description": _HEADERS[header or SRC]}},
        }
    }
    payload = {"contentType": "application/json", "payload": {"$ref": f"./schemas/{name}.json"}}
    cloud = {"contentType": "application/cloudevents+json"} if name.endswith(".cloudevent") else {}
    return {"name": name, **payload, **cloud, **(headers if header else {})}


def _summary(type_: type) -> str:
    """Return the first line of a type's docstring."""
    return (inspect.getdoc(inspect.getmodule(type_)) or "").partition("\n")[0]


@cache
def _owners() -> Mapping[str, type]:
    """Return the struct types of the modules our messages live in, and those they use, by name."""
    modules = {sys.modules[type_.__module__] for type_ in (*_OURS.values(), *source_types().values())}
    return {
        name: value
        for module in sorted(modules, key=lambda one: one.__name__)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
    }


def render() -> dict[str, str]:
    """Return the text of every contract file by its path below ``streams/``."""
    files = {
        f"schemas/{name}.json": json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for name, schema in schemas().items()
    }
    head = "# Written by `python -m streams.contracts`; change the code, not this file.\n"
    return files | {"asyncapi.yaml": head + yaml.safe_dump(asyncapi(), allow_unicode=True, sort_keys=False, width=120)}


def main() -> None:
    """Write the contract files beside the code."""
    here = Path(__file__).parent
    (here / "schemas").mkdir(exist_ok=True)
    for name, text in render().items():
        (here / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
