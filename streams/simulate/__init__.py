"""A seeded city: reports in the order they arrive, and the truth of what was staged among them."""

from __future__ import annotations

from streams.simulate.delays import Delays
from streams.simulate.loading import load_scenarios, shipped_scenarios
from streams.simulate.schema import Scenario
from streams.simulate.simulation import Simulation, simulate
from streams.simulate.truth import Truth
from streams.simulate.writing import write_jsonl

__all__ = [
    "Delays",
    "Scenario",
    "Simulation",
    "Truth",
    "load_scenarios",
    "shipped_scenarios",
    "simulate",
    "write_jsonl",
]
