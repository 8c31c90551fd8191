"""The published JSON Schema is the language: it takes every shipped rule and refuses what the loader refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from rules.loader import BOOK, tags_of
from rules.rule import Rule
from rules.schema import PUBLISHED, render_schema, rule_schema
from tests.builders import a_taxonomy

SCHEMA = rule_schema(a_taxonomy().kinds, tags_of(a_taxonomy()))


def read(file: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return data


def test_the_published_schema_is_the_one_of_the_code() -> None:
    """When it is not: ``fenghuo rules schema > rules/book/schema.json``."""
    made = render_schema(a_taxonomy().kinds, tags_of(a_taxonomy()))
    assert PUBLISHED.read_text(encoding="utf-8") == made
    assert json.loads(made) == json.loads(json.dumps(SCHEMA))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(SCHEMA)))


@pytest.mark.parametrize("file", sorted(BOOK.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_rule_fits_and_tells_editors_where_the_schema_is(file: Path) -> None:
    jsonschema.Draft202012Validator(json.loads(json.dumps(SCHEMA))).validate(read(file))
    assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize(
    "over",
    [
        {"numbr": 3},
        {"kinds": ["gas_leek"]},
        {"grade": "purple"},
        {"quiet": "5 minutes"},
        {"fires": [{"count": {"at_least": 0}}]},
        {"raises": [{"to": "red", "when": {"tags": ["dangr"]}, "because": {"zh": "a", "en": "b"}}]},
    ],
)
def test_what_the_loader_refuses_an_editor_sees_too(over: dict[str, Any]) -> None:
    rule = {**read(BOOK / "07-gas-leak.yaml"), **over}
    assert list(jsonschema.Draft202012Validator(json.loads(json.dumps(SCHEMA))).iter_errors(rule))


def test_fields_are_explained_where_they_are_written() -> None:
    told = [name for name, field in SCHEMA["properties"].items() if "description" in field or "$ref" in field]
    assert set(told) >= set(Rule.__struct_fields__) - {"tail", "clocks", "grade", "maximum"}
