"""The inner loop of `detectors.zones`: sums over every zone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.compiled import compiled

Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]


@compiled("(f4[:, ::1], i8[:, ::1], i8[::1])")
def sums(values: Singles, order: Ints, keep: Ints) -> Singles:
    """Return sums of `values` (rows x areas) over zones: the beginnings of the rows of `order` that end at `keep`.

    Bit for bit what numpy's cumulative sums give.
    """
    rows, width = len(values), order.shape[1]
    found = np.empty((rows, len(keep)), np.float32)
    running = np.empty(order.size, np.float32)
    for row in range(rows):
        end = 0
        for centre in range(len(order)):
            total = np.float32(0.0)
            for near in range(width):
                total += values[row, order[centre, near]]
                running[end] = total
                end += 1
        for zone in range(len(keep)):
            found[row, zone] = running[keep[zone]]
    return found
