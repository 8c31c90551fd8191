"""The rule language as a JSON Schema, by which an editor completes and checks a rule while it is written."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from rules import alert, clocks, condition, rule, selector

PUBLISHED = Path(__file__).parent / "book" / "schema.json"

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_FIELD = re.compile(r"^(\w+(?:, \w+)*)\n((?: {4}.+\n?)+)", re.MULTILINE)
_KIND = "#/$defs/kind"
_HOMES = (rule, clocks, condition, selector, alert)
_LISTED = {"kinds": "kind", "not_kinds": "kind", "tags": "tag"}


def rule_schema(kinds: Collection[str], tags: Collection[str]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one rule file.

    Parameters
    ----------
    kinds, tags
        Kinds and marks of the taxonomy: what the lists of a rule may name.

    """
    (reference,), definitions = msgspec.json.schema_components([rule.Rule], ref_template="#/$defs/{name}")
    for name, schema in definitions.items():
        owner = next(
            (found for home in (rule, clocks, condition, selector, alert) if (found := vars(home).get(name))), None
        )
        if isinstance(owner, type) and issubclass(owner, msgspec.Struct):
            describe(schema, owner)
            _limit(schema)
    definitions |= {"kind": {"enum": sorted(kinds)}, "tag": {"enum": sorted(tags)}}
    own = definitions.pop(reference["$ref"].rpartition("/")[2])
    return {"$schema": _DRAFT, "$id": "urn:fenghuo:rule", **own, "$defs": definitions}


def render_schema(kinds: Collection[str], tags: Collection[str]) -> str:
    """Return the text of the published file."""
    return json.dumps(rule_schema(kinds, tags), ensure_ascii=False, indent=2) + "\n"


def describe(schema: dict[str, Any], type_: type) -> None:
    """Put the sentences of a numpydoc docstring, its own and inherited ones, beside the fields they are about."""
    schema["description"] = (inspect.getdoc(type_) or "").partition("\n")[0]
    for owner in reversed(type_.__mro__):
        for names, text in _FIELD.findall(inspect.getdoc(owner) or "") if issubclass(owner, msgspec.Struct) else ():
            for name in names.split(", "):
                if name in schema.get("properties", {}):
                    schema["properties"][name] = {**schema["properties"][name], "description": " ".join(text.split())}


def _limit(schema: dict[str, Any]) -> None:
    """Refer to the kinds and marks there are, so that an editor can offer them."""
    properties = schema.get("properties", {})
    for name in properties.keys() & _LISTED.keys():
        properties[name]["items"] = {"$ref": f"#/$defs/{_LISTED[name]}"}
    if "kind" in properties:
        properties["kind"] = {**properties["kind"], "type": "string"} | {"anyOf": [{"const": ""}, {"$ref": _KIND}]}
