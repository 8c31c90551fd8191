"""A source's own codes and what they stand for with us."""

from __future__ import annotations

_REMEMBERED = 65_536


class CodeTable:
    """Codes of a source, exact or with ``*`` at either end, and what each stands for.

    Case does not count. An exact code goes before a pattern; among patterns the first in the file wins.
    """

    def __init__(self) -> None:
        self._exact: dict[str, str] = {}
        self._patterns: dict[str, str] = {}
        self._known: dict[str, str | None] = {}

    def add(self, code: str, meaning: str) -> None:
        """Add one code or pattern.

        Raises
        ------
        ValueError
            When it already has another meaning, or has ``*`` in its middle.

        """
        code = code.strip().casefold()
        if "*" in code.strip("*") or not code.strip("*"):
            raise ValueError(f"`{code}`: `*` stands at the start or the end of a pattern, with text beside it")
        known = self._patterns if "*" in code else self._exact
        if known.setdefault(code, meaning) != meaning:
            raise ValueError(f"`{code}` already stands for `{known[code]}`")

    def __getitem__(self, code: str) -> str | None:
        """Return the meaning of `code`, ``None`` when the table has none."""
        try:
            return self._known[code]
        except KeyError:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            meaning = self._known[code] = self._find(code.strip().casefold())
            return meaning

    def _find(self, code: str) -> str | None:
        if code in self._exact:
            return self._exact[code]
        for pattern, meaning in self._patterns.items():
            core = pattern.strip("*")
            if pattern[0] != "*":
                hit = code.startswith(core)
            elif pattern[-1] != "*":
                hit = code.endswith(core)
            else:
                hit = core in code
            if hit:
                return meaning
        return None
