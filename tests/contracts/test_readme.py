"""What the guides promise by name is there: files they point at, tests they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("README.md", "deploy/README.md", "deploy/ONCALL.md", "deploy/SETTINGS.md", "tests/README.md")


@pytest.mark.parametrize("guide", GUIDES)
def test_every_file_a_guide_points_at_is_there(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert [link for link in links if not ((ROOT / guide).parent / link).exists()] == []


def test_tests_named_in_the_readme_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"test_\w+\.py", text))
    assert named
    assert named - {path.name for path in (ROOT / "tests").rglob("test_*.py")} == set()
