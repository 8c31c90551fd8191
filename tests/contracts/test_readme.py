"""What the guides promise by name is there: settings with their defaults, files they point at."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from streams.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("README.md", "deploy/README.md", "deploy/ONCALL.md", "tests/README.md")


def settings_in_the_readme() -> dict[str, str]:
    """Variable to default, as the table of settings says them; several may share a row."""
    told: dict[str, str] = {}
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if not line.startswith("|") or PREFIX not in cells[1]:
            continue
        names = re.findall(r"`(\w+)`", cells[1])
        defaults = cells[2].split(", ")
        told.update(zip(names, defaults * len(names) if len(defaults) == 1 else defaults, strict=False))
    return told


@pytest.mark.parametrize("field", msgspec.structs.fields(Settings), ids=lambda field: field.name)
def test_every_setting_is_in_the_readme_with_its_default(field: msgspec.structs.FieldInfo) -> None:
    told = settings_in_the_readme()
    name = f"{PREFIX}{field.name.upper()}"
    assert name in told
    if field.default != "":
        default = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
        assert told[name] == f"`{default}`"
    else:
        assert "`" not in told[name]


def test_the_readme_tells_of_no_setting_that_does_not_exist() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.__struct_fields__}
    assert set(settings_in_the_readme()) - known == {"KAFKA_BOOTSTRAP_SERVERS", "FENGHUO_LANG"}


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
