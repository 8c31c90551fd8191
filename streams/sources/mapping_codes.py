"""A source's own codes and what they stand for with us."""

from __future__ import annotations

_REMEMBERED = 65_536


class CodeTable(dict[str, str | None]):
    """Codes of a source, exact or with ``*`` at either end, and what each stands for.

    Case does not count. An exact code goes before a pattern; among patterns the first in the file wins. ``table[code]``
    is the meaning, ``None`` when there is none: a dictionary of the codes met so far, which asks the patterns
    only once.
    """

    def __init__(self) -> None:
        super().__init__()
        self._exact: dict[str, str] = {}
        self._patterns: dict[str, str] = {}

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

    def __missing__(self, code: str) -> str | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        meaning = self[code] = self._find(code.strip().casefold())
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
