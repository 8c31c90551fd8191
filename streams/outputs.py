"""Files a command writes: checked before a long run, and written so that equal content is equal bytes."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO

from streams.errors import Fault


def output_faults(outputs: Mapping[str, Path | None], inputs: Iterable[Path]) -> list[Fault]:
    """Return what is wrong with the files to be written.

    Parameters
    ----------
    outputs
        By the option that names them; ``None`` where nothing is to be written.
    inputs
        Files to be read, which must not be written over.

    """
    faults: list[Fault] = []
    taken = {path.resolve(): "is one of the files to be read" for path in inputs}
    for option, path in outputs.items():
        if path is None:
            continue
        if path.is_dir():
            faults.append(Fault(str(path), option, "is a folder: give the name of a file"))
        elif not path.parent.is_dir():
            faults.append(Fault(str(path), option, f"cannot be written: there is no folder {path.parent}"))
        elif path.resolve() in taken and not path.is_char_device():
            faults.append(Fault(str(path), option, f"{taken[path.resolve()]}: give another name"))
        taken[path.resolve()] = f"is what {option} writes"
    return faults


@contextmanager
def open_output(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing; one whose name ends in ``.gz`` is packed, and carries neither name nor time."""
    with path.open("wb") as raw:
        if path.suffix != ".gz":
            yield raw
            return
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=4, fileobj=raw, mtime=0)
        with BufferedWriter(packed, 1 << 16) as file:
            yield file
