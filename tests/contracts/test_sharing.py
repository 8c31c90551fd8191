"""Processes that share the tests: what a module sets up for its tests is set up once, in one of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FILE = """
import pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("n", range(6))
def test_together(n):
    pass
"""


def test_the_tests_of_a_group_are_given_to_one_process(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(FILE)
    command = [sys.executable, "-m", "pytest", "-v", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "."]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    took = re.findall(r"^\[(gw\d)\].* PASSED", run.stdout, re.MULTILINE)
    assert len(took) == 6, run.stdout
    assert len(set(took)) == 1
