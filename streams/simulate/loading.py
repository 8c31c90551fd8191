"""Scenario files and plans: shipped ones by name, others by path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from detectors.taxonomy import load_taxonomy
from streams.errors import ConfigurationError, Fault
from streams.simulate.checking import convert, parse_yaml, read_text, shipped
from streams.simulate.schema import Plan, Scenario, Wave
from streams.simulate.texts import Texts, load_texts


def shipped_scenarios() -> list[str]:
    """Return the names of the scenarios and plans that come with the package."""
    return list(shipped("scenarios"))


def load_scenarios(names_or_paths: Sequence[str | Path]) -> list[Scenario]:
    """Load scenarios; a plan stands for all the scenarios it names.

    Parameters
    ----------
    names_or_paths
        Names of shipped files (``gas-leak``, ``demo-day``) or paths of YAML files.

    Raises
    ------
    ConfigurationError
        With every fault of every file.

    """
    loader = _Loader()
    scenarios = [scenario for name in names_or_paths for scenario in loader.load(str(name))]
    if loader.faults:
        raise ConfigurationError(loader.faults)
    return scenarios


class _Loader:
    """Loads files and keeps every fault."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._shipped = shipped("scenarios")
        self._texts = load_texts()
        self._kinds = load_taxonomy().kinds.keys()
        self._loaded: dict[str, list[Scenario]] = {}

    def load(self, name: str, base: Path | None = None) -> list[Scenario]:
        """Return the scenarios of one file; none of one that is faulty."""
        if name not in self._loaded:
            self._loaded[name] = []  # a plan that names itself finds nothing
            try:
                self._loaded[name] = self._read(name, base)
            except ConfigurationError as error:
                self.faults += error.faults
        return self._loaded[name]

    def _read(self, name: str, base: Path | None) -> list[Scenario]:
        file, text, folder = self._find(name, base)
        content = parse_yaml(text, file)
        if isinstance(content, dict) and "plan" in content:
            return self._plan(convert(content, Plan, file), folder)
        scenario = convert(content, Scenario, file)
        self.faults += [Fault(file, path, message) for path, message in _faults(scenario, self._texts, self._kinds)]
        return [scenario]

    def _find(self, name: str, base: Path | None) -> tuple[str, str, Path | None]:
        """Return the file's name for messages, its text and the folder that what it names may lie in."""
        if name in self._shipped:
            return f"{name}.yaml", self._shipped[name], base
        path = base / name if base else Path(name)
        if path.suffix not in {".yaml", ".yml"}:
            known = ", ".join(self._shipped)
            raise ConfigurationError([Fault(name, "", f"no such scenario; give a .yaml file or one of {known}")])
        return str(path), read_text(path), path.parent

    def _plan(self, plan: Plan, folder: Path | None) -> list[Scenario]:
        return [
            msgspec.structs.replace(scenario, at_h=entry.at_h, where=entry.where or scenario.where)
            for entry in plan.plan
            for scenario in self.load(entry.scenario, folder)
        ]


def _faults(scenario: Scenario, texts: Texts, kinds: object) -> Iterator[tuple[str, str]]:
    """Yield what the form alone does not show."""
    if not scenario.waves and not scenario.silences:
        yield "$", "needs waves or silences"
    for slot in texts.unknown_slots([f"{{{slot}}}" for slot in scenario.fill]):
        yield f"$.fill.{slot}", "no such slot in the texts"
    for n, wave in enumerate(scenario.waves):
        for field, message in _wave_faults(wave, texts, kinds):
            yield f"$.waves[{n}].{field}", message


def _wave_faults(wave: Wave, texts: Texts, kinds: object) -> Iterator[tuple[str, str]]:
    if wave.kind not in kinds:  # type: ignore[operator]
        yield "kind", f"{wave.kind!r} is no kind of the taxonomy"
    for slot in texts.unknown_slots(wave.texts):
        yield "texts", f"unknown slot {{{slot}}}"
    for field in ("people", "injured", "depth_cm"):
        span: list[int] | None = getattr(wave, field)
        if span and span[0] > span[1]:
            yield field, "the first number is larger than the second"
    if wave.reporters > sum(wave.reports.values()):
        yield "reporters", "more than there are reports"
