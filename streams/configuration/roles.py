"""Writes who may do what on the cluster into deploy/SECURITY.md: ``python -m streams.configuration.roles``."""

from __future__ import annotations

from pathlib import Path

from streams.rights import CLUSTER, ROLES, TOPIC, TRANSACTIONS, Right, rights
from streams.settings import Settings

PATH = Path(__file__).resolve().parents[2] / "deploy" / "SECURITY.md"
BEGIN, END = "<!-- roles: written by `python -m streams.configuration.roles` -->\n", "<!-- roles: end -->\n"

_HEAD = "| role | for | reads | writes | reads and writes | sees | besides |\n|---|---|---|---|---|---|---|\n"


def render() -> str:
    """Return the table."""
    return _HEAD + "".join(f"{_row(role)}\n" for role in ROLES)


def fitted(page: str) -> str:
    """Return the page with the table in its place."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{render()}\n{END}{after}"


def _row(role: str) -> str:
    wanted = rights(role, Settings())
    cells = [f"`{role}`", ROLES[role].about]
    for operations in (("READ",), ("WRITE",), ("READ", "WRITE"), ("DESCRIBE",)):
        named = [right.name for right in wanted if right.kind == TOPIC and _plain(right) == operations]
        cells.append(", ".join(f"`{name}`" for name in named) or "–")
    cells.append(", ".join(_besides(right) for right in wanted if right.kind != TOPIC) or "–")
    if ROLES[role].manages:
        cells[-1] += "; CREATE and DESCRIBE_CONFIGS on every topic"
    return f"| {' | '.join(cells)} |"


def _plain(right: Right) -> tuple[str, ...]:
    """Return the operations that are columns; what managing takes besides is told at the end."""
    return tuple(one for one in right.operations if one in {"READ", "WRITE", "DESCRIBE"})


def _besides(right: Right) -> str:
    operations = " and ".join(right.operations)
    if right.kind == CLUSTER:
        return f"{operations} on the cluster"
    what = "transactional ids" if right.kind == TRANSACTIONS else "group"
    return f"{operations} on {what} `{right.name}{'*' * right.prefixed}`"


if __name__ == "__main__":
    PATH.write_text(fitted(PATH.read_text(encoding="utf-8")), encoding="utf-8")
