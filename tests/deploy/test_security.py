"""deploy/SECURITY.md: every control it names is shown by a test that there is; its table of roles is the code's."""

from __future__ import annotations

import ast
import re

from streams.board.ledger import TOPICS
from streams.board.mirror import Mirror
from streams.configuration.roles import PATH, fitted
from streams.rights import ROLES, WRITE, implied, rights
from streams.settings import Settings
from streams.topics import raw_topics, specs
from tests.builders import a_taxonomy, the_book
from tests.deploy.facts import ROOT

PAGE = PATH.read_text(encoding="utf-8")
SHOWN = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
WHERE = {"sources", "topics", "board", "channels", "links page", "state", "supply chain", "operators' machines"}


def threats() -> list[list[str]]:
    table = PAGE.partition("## Threats")[2].partition("## What remains")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [row for row in rows if row[0] != "where"]


def test_every_threat_has_a_control_and_a_test_that_there_is() -> None:
    assert {row[0] for row in threats()} == WHERE
    for row in threats():
        assert len(row) == 4, row
        named = SHOWN.findall(row[3])
        assert named, row
        assert not SHOWN.sub("", row[3]).strip(", "), f"more than tests: {row}"
        for file, name in named:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            found = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
            assert name in found, f"{file} has no {name}"


def test_the_table_of_roles_is_what_the_code_says() -> None:
    assert fitted(PAGE) == PAGE, "run: python -m streams.configuration.roles"


def test_roles_are_about_topics_that_there_are_and_every_topic_has_its_writer_and_its_reader() -> None:
    names = {spec.name for spec in specs()}
    reads = {name for role in ROLES.values() for name in role.reads}
    writes = {name for role in ROLES.values() for name in role.writes}
    assert reads | {"notices"} == names
    assert writes == names


def test_the_board_may_read_what_it_shows() -> None:
    assert {*Mirror(a_taxonomy(), the_book()).reads(), *TOPICS, *raw_topics()} <= ROLES["board"].reads


def test_names_of_rights_follow_prefix_and_group() -> None:
    found = rights("deliver", Settings(prefix="x-", group="g"))
    assert {(one.name, one.prefixed) for one in found if one.kind != "topic"} == {
        ("g.deliver", False),
        ("g.deliver/", True),
    }
    assert all(one.name.startswith("x-") for one in found if one.kind == "topic")
    assert implied([WRITE]) == {"DESCRIBE"}
