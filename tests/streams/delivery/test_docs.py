from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["pace", "policy", "reached"])
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    failed, tried = doctest.testmod(import_module(f"streams.delivery.{name}"))
    assert (failed, tried > 0) == (0, True)
