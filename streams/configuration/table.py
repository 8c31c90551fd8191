"""Writes the table of all settings: ``python -m streams.configuration.table`` writes deploy/SETTINGS.md."""

from __future__ import annotations

from pathlib import Path

from streams.configuration.about import ALL, About, abouts

PATH = Path(__file__).resolve().parents[2] / "deploy" / "SETTINGS.md"

_HEAD = """# Settings

Variables of the environment; options of commands go before them. `fenghuo config print` shows what is in force and
where it comes from, `fenghuo config check` whether all of it, and every file it names, can be used. A name that begins
with `FENGHUO_` and is not listed is a fault; all faults are told together.

**Secret** values are never shown or logged. Where there is a variable with `_FILE`, prefer it: a file can be kept from
other users, and secrets of containers and of systemd come as files. Secrets of channels stand in variables or files
that the file of channels names: [CHANNELS.md](CHANNELS.md).

Written from the code by `python -m streams.configuration.table`: do not edit.

| variable | default | meaning | secret | used by |
|---|---|---|---|---|
"""


def render() -> str:
    """Return the whole page."""
    return _HEAD + "".join(f"{_row(one)}\n" for one in abouts())


def _row(one: About) -> str:
    default = f"`{one.default}`" if one.default else "–"
    used = "all" if one.commands == (ALL,) else ", ".join(f"`{name}`" for name in one.commands)
    cells = (f"`{one.variable}`", default, one.meaning, "**secret**" if one.secret else "", used)
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
