"""Functions of arrays compiled to machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(parameters: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Return a decorator that compiles a function by numba as it is defined, and keeps the code on disk.

    Where no folder for the code can be written (next to the module, ``NUMBA_CACHE_DIR`` or the user's cache), or the
    disk is full, every process compiles anew, which takes about three seconds for all there is. A module of compiled
    functions is called `*_kernels` and imported only by what calls them, since numba itself takes half a second.

    Parameters
    ----------
    parameters
        Types of the function's parameters in numba's notation; it works on arrays and numbers only.

    """
    import numba  # noqa: PLC0415 - see above

    def compile_(function: Callable[_P, _R]) -> Callable[_P, _R]:
        try:
            return cast("Callable[_P, _R]", numba.njit(parameters, cache=True)(function))
        except (RuntimeError, OSError):  # numba's "no locator available"; a disk that is full
            return cast("Callable[_P, _R]", numba.njit(parameters)(function))

    return compile_
