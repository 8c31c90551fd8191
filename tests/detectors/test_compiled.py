"""Functions compiled to machine code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_ON_A_FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
from detectors.compiled import compiled

@compiled("int64(int64)")
def twice(n):
    return 2 * n

print(twice(21))
"""


def test_where_the_compiled_code_cannot_be_kept_because_the_disk_is_full_it_is_used_all_the_same(
    tmp_path: Path,
) -> None:
    script = tmp_path / "script.py"
    script.write_text(_ON_A_FULL_DISK)
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "compiled"), "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([sys.executable, str(script)], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
