"""R's surveillance package beside ours, on the same series."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.bench.noufaily import CURRENT, Floats, Series, at_rates, calibration, power

_SCRIPT = Path(__file__).with_name("surge_peers.R")
_SCORED = ("farrington_flexible", "ears_c1")
_LOGARITHMS = ("ears_c1",)  # of p-values, too small for numbers
_LIMITED = ("glrnb_2.6", "glrnb_5")
_CHECK = 'q(status = !requireNamespace("surveillance", quietly = TRUE))'


def missing() -> str:
    """Return what is missing to run the peers, or an empty text."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return "no Rscript: install the Debian packages r-base-core and r-cran-surveillance"
    if subprocess.run([rscript, "-e", _CHECK], check=False, capture_output=True).returncode != 0:
        return "no R package surveillance: install the Debian package r-cran-surveillance"
    return ""


def peers(series: Series) -> dict[str, float | str]:
    """Run the peers over the series; return their figures, or why there are none.

    Farrington flexible and EARS C1 give scores, so that they are also compared at our false-positive rates; glrnb
    starts anew after an alarm, so each of its limits is a run of its own.
    """
    absent = missing()
    if absent:
        print(f"peers left out: {absent}", file=sys.stderr)
        return {"peers": f"left out: {absent}"}
    with TemporaryDirectory() as name:
        folder = Path(name)
        for which in ("null", "current"):
            np.savetxt(folder / f"{which}.csv", getattr(series, which), fmt="%d", delimiter=",")
        subprocess.run(["Rscript", str(_SCRIPT), name, str(CURRENT + 1)], check=True)
        version, *took = (folder / "took.txt").read_text(encoding="utf-8").splitlines()
        figures: dict[str, float | str] = {
            "peers": f"surveillance {version.strip()}",
            "peer_series": len(series.null),
        }
        for line in took:
            method, us = line.split()
            figures[f"{method}_us_per_update"] = float(us)
        for method in (*_SCORED, *_LIMITED):
            figures |= {f"{method}_{name}": value for name, value in _figures(series, folder, method).items()}
    return figures


def _figures(series: Series, folder: Path, method: str) -> dict[str, float]:
    null, current = (_scores(folder, method, which) for which in ("null", "current"))
    if method in _LIMITED:
        return power(series, null <= 0.0, current <= 0.0)
    ranked = at_rates(series, null, current)
    if method in _LOGARITHMS:
        null, current = np.exp(null), np.exp(current)
    found = ranked | calibration(series, null)
    nominal = power(series, null <= 0.01, current <= 0.01)
    return {f"nominal_0.01_{name}": value for name, value in nominal.items()} | found


def _scores(folder: Path, method: str, which: str) -> Floats:
    """Return a method's scores; where it gave none it did not alarm."""
    return np.nan_to_num(np.loadtxt(folder / f"{method}-{which}.csv", delimiter=",", ndmin=2), nan=1.0)
